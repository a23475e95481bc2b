"""Performance on late labels: has the served model surely fallen below what it was judged to be?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import studentise, unit_codes, unit_sums
from trainstop.judgement.samples import Rows, Sample
from trainstop.judgement.statistic import Statistic
from trainstop.records.watching import Level, Signal

POWER = 0.8


@dataclass(frozen=True)
class Measured:
    """A metric of some rows: its value, its standard error, and the independent units it rests on."""

    value: float
    error: float
    units: int


@dataclass(frozen=True)
class Pace:
    """How labels come in.

    Attributes:
        periods: over how many periods the rows are spread.
        period: what a period is.
        most: of how many periods labels are ever looked at.

    """

    periods: int
    period: str
    most: int


def measure(
    metric: Metric, sample: Sample, clusters: Rows | None, *, minimum: int, pace: Pace | None = None
) -> Measured | str:
    """Return a metric with its jackknife standard error over clusters, or say why there is none.

    Args:
        metric: what is measured.
        sample: the rows.
        clusters: each row's cluster, numbered from 0 without gaps; None takes rows as independent.
        minimum: fewer clusters, or fewer rows of a class, are not enough.
        pace: over how much time the rows are spread, to say how long enough clusters would take.

    """
    if not len(sample):
        return "no labelled row"
    if missing := metric.missing(sample):
        return missing
    codes, units = unit_codes(len(sample), clusters, seed=0)
    if units < minimum:
        what = "rows" if clusters is None else "clusters"
        return f"only {units} independent {what}; {minimum} are needed{_wait(minimum / units, pace)}"
    scarce = [f"{count} rows of {name}" for name, count in sample.class_counts().items() if count < minimum]
    if metric.by_class and scarce:
        return f"only {', '.join(scarce)}; {minimum} are needed"
    statistic = Statistic(unit_sums(metric.terms(sample), codes, units), metric.formula)
    measured = studentise([statistic], resamples=1, seed=0)[0]
    if not (math.isfinite(measured.value) and math.isfinite(measured.error)):
        return metric.undefined
    return Measured(measured.value, measured.error, units)


def _wait(times: float, pace: Pace | None) -> str:
    """Say how long `times` as many clusters would take, or return an empty text."""
    if pace is None:
        return ""
    needed = math.ceil(times * pace.periods)
    beyond = f", and no more than {pace.most} are looked at" if needed > pace.most else ""
    return f", which at that rate take {needed} {pace.period}s{beyond}"


def point(metric: Metric, sample: Sample) -> float | None:
    """Return a metric's value, or None where it is not defined."""
    if not len(sample) or metric.missing(sample):
        return None
    value = metric.value(sample)
    return round(value, 6) if math.isfinite(value) else None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the project asks of a metric in production.

    Attributes:
        tolerance: how large a fall is still none, in the metric's unit; None takes the evaluation's own uncertainty.
        gate: what it must reach by itself: the smallest value of a metric whose greater values are better, the largest
            of the others. The other end says that an evaluation is too good to be true, which production never is.
        blocks: whether missing the gate is to be acted on, as it blocks the line; otherwise it is a look.

    """

    tolerance: float | None = None
    gate: float | None = None
    blocks: bool = True


@dataclass(frozen=True)
class _Line:
    """A value that a metric must not surely be on the wrong side of."""

    value: float
    level: Literal["look", "act"]
    surely: str
    seemingly: str


def signal(
    metric: Metric,
    now: Measured | str,
    reference: Measured | str,
    *,
    stretch: str,
    limit: Limit,
    tail: float,
    confidence: float,
    windows: Sequence[float | None] = (),
) -> Signal:
    """Compare what the model achieves now with what it was judged to achieve, and with its own gate.

    Both are lines that the project drew: the evaluation's value less the tolerance, and the gate. It says `act` when
    the metric is surely on the wrong side of one: the end of a one-sided interval (Student's t) is. One end is compared
    with both, so a model that is on the right side of both is said to miss any with a probability of `tail` at most.

    Args:
        metric: gives the direction.
        now: of the served version's labelled rows.
        reference: of its evaluation.
        stretch: of time that `now` is of, in words; empty for the windows themselves.
        limit: what is asked of it.
        tail: probability that a model which fell by no more than the tolerance is said to have.
        confidence: of the interval that is shown.
        windows: the metric's value in each window, oldest first.

    """
    name = f"performance:{metric.name}" + (f" over {stretch}" if stretch else "")
    if isinstance(now, str):
        return Signal(name=name, level="not enough data", windows=tuple(windows), reason=now)
    usual = (1 + confidence) / 2
    sign = 1.0 if metric.greater_is_better else -1.0
    lines = _lines(metric, now, reference, limit, usual)
    far = _quantile(now.units, 1 - tail) * now.error
    half = _quantile(now.units, usual) * now.error
    missed = [line for line in lines if sign * (line.value - now.value) > far]
    perhaps = [line for line in lines if line not in missed and sign * (line.value - now.value) > 0]
    found = "; ".join([line.surely for line in missed] + [line.seemingly for line in perhaps])
    if isinstance(reference, str):
        basis = f"its evaluation cannot be compared with: {reference}"
    else:
        allowed = sign * (reference.value - lines[0].value)
        seen = allowed + far + _quantile(now.units, POWER) * now.error
        basis = f"its evaluation gave {reference.value:.4g}; a fall of {seen:.2g} would be seen 8 times in 10"
    return Signal(
        name=name,
        level=_level(missed, unknown=bool(perhaps) or isinstance(reference, str)),
        value=round(now.value, 6),
        limit=round(sign * max(sign * line.value for line in lines), 6) if lines else None,
        interval=(round(now.value - half, 6), round(now.value + half, 6)),
        windows=tuple(windows),
        reason=f"{found}: {basis}" if found else basis,
    )


def _lines(metric: Metric, now: Measured, reference: Measured | str, limit: Limit, usual: float) -> list[_Line]:
    """Return the lines; that of the evaluation, where there is one, first."""
    sign = 1.0 if metric.greater_is_better else -1.0
    lines = []
    if not isinstance(reference, str):
        tolerance = limit.tolerance
        allowed = tolerance if tolerance is not None else _quantile(reference.units, usual) * reference.error
        fall = f"{sign * (reference.value - now.value):.4g} worse"
        seemingly = "seems worse, but these labels cannot tell"
        lines.append(_Line(reference.value - sign * allowed, "act", fall, seemingly))
    if limit.gate is not None:
        key = f"`gates.{metric.name}.{'min' if metric.greater_is_better else 'max'}` = {limit.gate:g}"
        seemingly = f"seems to miss {key}, but these labels cannot tell"
        lines.append(_Line(limit.gate, "act" if limit.blocks else "look", f"it misses {key}", seemingly))
    return lines


def _level(missed: Sequence[_Line], *, unknown: bool) -> Level:
    """Return how bad it is: what is surely missed counts, and what cannot be told is not quiet."""
    if missed:
        return "act" if any(line.level == "act" for line in missed) else "look"
    return "not enough data" if unknown else "quiet"


def clusters_of(names: Sequence[str]) -> Rows:
    """Number the clusters from 0."""
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.intp)


def _quantile(units: int, probability: float) -> float:
    """Quantile of Student's t."""
    return float(stdtrit(max(units - 1, 1), probability))
