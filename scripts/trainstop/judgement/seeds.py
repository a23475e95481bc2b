"""From one model file to the code that makes it: what the spread between several seeds' models adds to an interval.

The metric of the code is the mean over its seeds' models. Two things make it unsure: the rows, whose interval is the
model file's own, and the seeds, whose mean has Student's t interval. Both are put together by the method of variance
estimates recovery (MOVER: Zou and Donner 2008), end by end, so that a skewed interval stays skewed:

    lower = mean - sqrt((value - lower of the file)^2 + (t * s / sqrt(k))^2), and likewise above,

with s the standard deviation of the k seeds' values and t of k - 1 degrees of freedom. Seeds answer the same rows, and
what the rows do to one model apart from the others is in s too: the sum is rather too wide than too narrow.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtrit

from trainstop.judgement.comparisons import POWER, worded
from trainstop.judgement.metrics import Metric
from trainstop.judgement.points import RANGE
from trainstop.judgement.verdicts import Rules
from trainstop.judgement.words import needed
from trainstop.records.judging import Comparison, Estimate, Interval, MetricResult, SeedValues

SAME = 1e-9
"""Two values of one model on the same rows differ by less, relative to their size."""


@dataclass(frozen=True)
class Seeds:
    """The values of each metric, a model a seed, seed 0 first.

    Attributes:
        candidate: by metric, of its models on the rows that are judged; None where a model has no value.
        champion: by metric, of its models, as recorded when it was judged; without a metric it is one model.
        same_rows: whether the champion's were computed on the same evaluation data and by the same settings.

    """

    candidate: Mapping[str, Sequence[float | None]]
    champion: Mapping[str, Sequence[float]] = field(default_factory=dict)
    same_rows: bool = False


@dataclass(frozen=True)
class Spread:
    """What one group of seeds adds: the standard error of what is taken for the code's metric, and how surely."""

    error: float
    degrees: int

    def reach(self, probability: float) -> float:
        """Return the distance that it stays within with this (one-sided) probability."""
        return float(stdtrit(self.degrees, probability)) * self.error


@dataclass(frozen=True)
class _Side:
    """The champion beside several seeds: what its code's metric is taken to be, and what is unsure about it."""

    value: float
    alone: tuple[Spread, ...]
    """Of its own value."""
    apart: tuple[Spread, ...]
    """Of the difference between the candidate's code and its."""
    words: str


def about_code(
    results: Sequence[MetricResult], seeds: Seeds, metrics: Mapping[str, Metric], rules: Rules, units: int
) -> tuple[MetricResult, ...]:
    """Make results about one model file results about the code that made it.

    Args:
        results: of seed 0's model, beside the champion's.
        seeds: two values or more of each metric.
        metrics: those that trainstop knows, by name; they say what a metric can be.
        rules: as the results were judged by.
        units: independent units in the data.

    """
    return tuple(_about_code(result, seeds, metrics.get(result.name), rules, units) for result in results)


def _about_code(result: MetricResult, seeds: Seeds, metric: Metric | None, rules: Rules, units: int) -> MetricResult:
    """Make one metric's result one about the code."""
    values = seeds.candidate[result.name]
    lacking = [number for number, value in enumerate(values) if value is None]
    if lacking:
        return _without_value(result, f"the model of seed {lacking[0]} has no value")
    known = [value for value in values if value is not None]
    mean, own = float(np.mean(known)), _of_mean(known)
    tail = 1 - (1 - rules.confidence) / 2
    limits = RANGE[metric.scale] if metric else RANGE["real"]
    recorded = tuple(seeds.champion.get(result.name, ()))
    side = _side(result.champion, recorded, known, same_rows=seeds.same_rows)
    comparison = result.comparison
    if side and comparison and comparison.difference is not None:
        sign = 1.0 if result.greater_is_better else -1.0
        moved = sign * (mean - side.value)
        comparison = _compared(comparison, moved, side.apart, tail=tail, units=units, unit=rules.unit)
    method = _words(len(known), own, tail, side.words if side and comparison else "")
    return result.model_copy(
        update={
            "candidate": _moved(result.candidate, mean, (own,), tail, limits),
            "champion": _moved(result.champion, side.value, side.alone, tail, limits)
            if side and result.champion
            else result.champion,
            "comparison": comparison,
            "seeds": SeedValues(candidate=tuple(known), champion=recorded if len(recorded) > 1 else (), method=method),
            "method": f"{result.method}; {method}" if result.method else "",
        }
    )


def _without_value(result: MetricResult, reason: str) -> MetricResult:
    """Say that the code has no such metric; what one of its models has is not it."""
    comparison = result.comparison and Comparison(
        difference=None, tolerance=result.comparison.tolerance, reason=f"the candidate has no value: {reason}"
    )
    return result.model_copy(
        update={"candidate": Estimate(value=None, reason=reason), "comparison": comparison, "method": ""}
    )


def _of_mean(values: Sequence[float]) -> Spread:
    """Return how unsure the mean of seeds' values is."""
    return Spread(float(np.std(values, ddof=1)) / math.sqrt(len(values)), len(values) - 1)


def _side(
    champion: Estimate | None, recorded: Sequence[float], values: Sequence[float], *, same_rows: bool
) -> _Side | None:
    """Return what is known of the champion's code; None without a champion that has a value.

    Its recorded seeds count where they were judged on the same rows, which the first one's value must agree with. Else
    the champion is one model, as likely as any other that its code makes: one draw from its own recorded spread, or, if
    it has none, from the candidate's.
    """
    if champion is None or champion.value is None:
        return None
    own = _of_mean(values)
    if len(recorded) < 2:
        draw = Spread(own.error * math.sqrt(len(values) + 1), own.degrees)
        return _Side(champion.value, (), (draw,), "the champion is one model, taken for a draw from the same spread")
    theirs = _of_mean(recorded)
    if len(recorded) == len(values) and np.allclose(recorded, values, rtol=SAME, atol=0):
        return _Side(float(np.mean(recorded)), (theirs,), (), "the champion's seeds give the same values one by one")
    if same_rows and math.isclose(recorded[0], champion.value, rel_tol=SAME):
        words = f"the champion's {len(recorded)} seeds add their own"
        return _Side(float(np.mean(recorded)), (theirs,), (own, theirs), words)
    draw = Spread(theirs.error * math.sqrt(len(recorded)), theirs.degrees)
    words = (
        f"the champion's {len(recorded)} seeds answered other rows, so it is one model, taken for a draw from their "
        "spread"
    )
    return _Side(champion.value, (), (own, draw), words)


def _widened(ends: Interval, value: float, to: float, spreads: Sequence[Spread], tail: float) -> Interval:
    """Move an interval of a value to another one, and widen each end by the spreads."""
    reaches = [spread.reach(tail) for spread in spreads]
    return to - math.hypot(value - ends[0], *reaches), to + math.hypot(ends[1] - value, *reaches)


def _moved(
    estimate: Estimate, mean: float, spreads: Sequence[Spread], tail: float, limits: tuple[float, float]
) -> Estimate:
    """Return the estimate of the code's metric, within what the metric can be."""
    if estimate.interval is None or estimate.value is None:
        return estimate.model_copy(update={"value": mean})
    low, high = _widened(estimate.interval, estimate.value, mean, spreads, tail)
    return estimate.model_copy(update={"value": mean, "interval": (max(low, limits[0]), min(high, limits[1]))})


def _compared(
    comparison: Comparison, difference: float, spreads: Sequence[Spread], *, tail: float, units: int, unit: str
) -> Comparison:
    """Return the comparison of two codes, worded anew."""
    told = comparison.model_copy(update={"difference": difference})
    if comparison.interval is None or comparison.difference is None:
        return told
    ends = _widened(comparison.interval, comparison.difference, difference, spreads, tail)
    alike = comparison.reason if ends[0] == ends[1] else ""
    told = worded(told.model_copy(update={"reason": "", "needed": None}), ends, alike)
    rows = comparison.smallest_visible or 0.0
    ours = math.hypot(*(spread.reach(tail) + spread.reach(POWER) for spread in spreads))
    told = told.model_copy(update={"smallest_visible": math.hypot(rows, ours)})
    return _planned(told, rows, ours, units, unit) if told.word == "cannot tell" else told


def _planned(comparison: Comparison, rows: float, seeds: float, units: int, unit: str) -> Comparison:
    """Say what it would take to tell: more rows, or, where the seeds alone hide the tolerance, more seeds.

    Args:
        comparison: that cannot tell.
        rows: smallest true difference that the rows alone would show 8 times in 10.
        seeds: likewise of the seeds alone.
        units: independent units in the data.
        unit: what they are.

    """
    tolerance = comparison.tolerance or 0.0
    if seeds >= tolerance:
        reason = f"the seeds differ too much for this tolerance: more of them would tell, more {unit} alone would not"
        return comparison.model_copy(update={"reason": reason})
    wanted = needed(units, rows, math.sqrt(tolerance**2 - seeds**2))
    if wanted <= units:
        reason = "these data would show two equal codes to be so; the difference lies near the tolerance itself"
        return comparison.model_copy(update={"reason": reason})
    reason = f"about {wanted:,} {unit} would tell, 8 times in 10, if both codes are equally good"
    return comparison.model_copy(update={"needed": wanted, "reason": reason})


def _words(count: int, own: Spread, tail: float, champion: str) -> str:
    """Say how the seeds were put in, and why so."""
    quantile = float(stdtrit(own.degrees, tail))
    said = (
        f"mean of {count} seeds' models, each end widened by their spread (MOVER, Zou and Donner 2008; Student's t "
        f"with {own.degrees} degree{'' if own.degrees == 1 else 's'} of freedom, {quantile:.3g} standard errors)"
    )
    if own.degrees == 1:
        said += "; two seeds say little of their spread, a third makes it a third as wide"
    return f"{said}; {champion}" if champion else said
