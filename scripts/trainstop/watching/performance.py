"""Performance on late labels: has the served model surely fallen below what it was judged to be?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import studentise, unit_codes, unit_sums
from trainstop.judgement.samples import Rows, Sample
from trainstop.judgement.statistic import Statistic
from trainstop.records.watching import Signal

POWER = 0.8


@dataclass(frozen=True)
class Measured:
    """A metric of some rows: its value, its standard error, and the independent units it rests on."""

    value: float
    error: float
    units: int


def measure(metric: Metric, sample: Sample, clusters: Rows | None, *, minimum: int) -> Measured | str:
    """Return a metric with its jackknife standard error over clusters, or say why there is none.

    Args:
        metric: what is measured.
        sample: the rows.
        clusters: each row's cluster, numbered from 0 without gaps; None takes rows as independent.
        minimum: fewer clusters, or fewer rows of a class, are not enough.

    """
    if not len(sample):
        return "no labelled row"
    if missing := metric.missing(sample):
        return missing
    codes, units = unit_codes(len(sample), clusters, seed=0)
    if units < minimum:
        return f"only {units} independent {'rows' if clusters is None else 'clusters'}; {minimum} are needed"
    scarce = [f"{count} rows of {name}" for name, count in sample.class_counts().items() if count < minimum]
    if metric.by_class and scarce:
        return f"only {', '.join(scarce)}; {minimum} are needed"
    statistic = Statistic(unit_sums(metric.terms(sample), codes, units), metric.formula)
    measured = studentise([statistic], resamples=1, seed=0)[0]
    if not (math.isfinite(measured.value) and math.isfinite(measured.error)):
        return metric.undefined
    return Measured(measured.value, measured.error, units)


def point(metric: Metric, sample: Sample) -> float | None:
    """Return a metric's value, or None where it is not defined."""
    if not len(sample) or metric.missing(sample):
        return None
    value = metric.value(sample)
    return round(value, 6) if math.isfinite(value) else None


def signal(
    metric: Metric,
    now: Measured | str,
    reference: Measured | str,
    *,
    stretch: str,
    tolerance: float | None,
    tail: float,
    confidence: float,
    windows: Sequence[float | None] = (),
) -> Signal:
    """Compare what the model achieves now with what it was judged to achieve.

    The limit is a line that the project drew: the evaluation's value less the tolerance. It says `act` when the metric
    is surely on the wrong side of it: the end of a one-sided interval (Student's t) is.

    Args:
        metric: gives the direction.
        now: of the served version's labelled rows.
        reference: of its evaluation.
        stretch: of time that `now` is of, in words; empty for the windows themselves.
        tolerance: how large a fall is still none, in the metric's unit; None takes the reference's own uncertainty.
        tail: probability that a model which fell by no more than the tolerance is said to have.
        confidence: of the interval that is shown.
        windows: the metric's value in each window, oldest first.

    """
    name = f"performance:{metric.name}" + (f" over {stretch}" if stretch else "")
    if isinstance(reference, str) or isinstance(now, str):
        reason = now if isinstance(now, str) else f"its evaluation cannot be compared with: {reference}"
        return Signal(name=name, level="not enough data", windows=tuple(windows), reason=reason)
    usual = (1 + confidence) / 2
    allowed = tolerance if tolerance is not None else _quantile(reference.units, usual) * reference.error
    sign = 1.0 if metric.greater_is_better else -1.0
    fall = sign * (reference.value - now.value)
    far = _quantile(now.units, 1 - tail) * now.error
    half = _quantile(now.units, usual) * now.error
    judged = f"its evaluation gave {reference.value:.4g}"
    if fall - far > allowed:
        judged = f"{fall:.4g} worse: {judged}"
    elif fall > allowed:
        judged = f"seems worse, but these labels cannot tell: {judged}"
    return Signal(
        name=name,
        level="act" if fall - far > allowed else "not enough data" if fall > allowed else "quiet",
        value=round(now.value, 6),
        limit=round(reference.value - sign * allowed, 6),
        interval=(round(now.value - half, 6), round(now.value + half, 6)),
        windows=tuple(windows),
        reason=f"{judged}; a fall of {allowed + far + _quantile(now.units, POWER) * now.error:.2g} would be seen "
        "8 times in 10",
    )


def clusters_of(names: Sequence[str]) -> Rows:
    """Number the clusters from 0."""
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.intp)


def _quantile(units: int, probability: float) -> float:
    """Quantile of Student's t."""
    return float(stdtrit(max(units - 1, 1), probability))
