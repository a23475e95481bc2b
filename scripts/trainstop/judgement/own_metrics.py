"""Metrics of the project's own: intervals and words for a function of which nothing is known but its values.

The standard error is that of the delete-a-group jackknife (Kott 2001; Shao and Tu 1995, section 2.3): independent units
are dealt at random into as many groups as the root of their number, 20 to 100, and the function is computed without
each of them. It holds for what changes smoothly with the rows' weights (means, ratios, ranks). For a quantile it needs
groups much larger than the root (Shao and Wu 1989): of skewed data a median's 95% interval holds 91 times in 100 at 600
units, 93 at 2,000.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainstop.judgement import intervals
from trainstop.judgement.comparisons import Scope, compare
from trainstop.judgement.metrics.base import Metric, ratio
from trainstop.judgement.resampling import Studentised
from trainstop.judgement.samples import Floats, Rows, Sample, Task
from trainstop.judgement.statistic import ROUNDING
from trainstop.judgement.verdicts import Rules
from trainstop.records.judging import Estimate, MetricResult

FEWEST, MOST = 20, 100
"""More groups cost more calls; Student's t with 99 degrees of freedom is 1.2% wider than with infinitely many."""
NO_SPREAD = "it is the same without any group: there is no spread to judge by"


def groups_of(units: int) -> int:
    """Return into how many groups so many independent units are dealt."""
    return min(units, max(FEWEST, min(MOST, math.isqrt(units))))


@dataclass(frozen=True)
class Replicates:
    """A function's value on all rows, and without each group; NaN where it has none.

    Attributes:
        value: on all rows.
        without: without each group; empty where no interval is wanted.
        reason: why there is no value.

    """

    value: float
    without: tuple[float, ...] = ()
    reason: str = ""


def deal(rows: int, clusters: Rows | None, *, seed: int) -> tuple[Rows, int, int]:
    """Deal independent units into groups at random.

    Returns:
        Each row's group from 0 without gaps, how many groups there are, and how many units.

    """
    codes = np.arange(rows, dtype=np.intp) if clusters is None else clusters
    units = int(codes.max(initial=-1)) + 1
    count = groups_of(units)
    dealt = np.arange(units, dtype=np.intp) % count
    if units > count:
        np.random.default_rng(seed).shuffle(dealt)
    return dealt[codes], count, units


def judge(
    name: str,
    task: Task,
    candidate: Replicates,
    champion: Replicates | None,
    *,
    greater_is_better: bool,
    units: int,
    rules: Rules,
) -> MetricResult:
    """Return a metric of the project's own as if it were one of ours.

    Args:
        name: of the metric.
        task: of the model.
        candidate: its values.
        champion: its values without the same groups; None where there is no champion.
        greater_is_better: the direction.
        units: independent units in the data.
        rules: how to judge.

    """
    too_few = f"only {units} {rules.unit}: intervals need {rules.minimum}" if units < rules.minimum else ""
    own = _estimate(candidate, too_few, rules)
    other = _estimate(champion, too_few, rules) if champion else None
    comparison = None
    if other is not None and champion is not None:
        sign = 1.0 if greater_is_better else -1.0
        size = max(abs(candidate.value), abs(champion.value)) or 1.0
        apart = sign * (candidate.value - champion.value)
        pairs = zip(candidate.without, champion.without, strict=False)
        drawn = _jackknife(apart, [sign * (mine - theirs) for mine, theirs in pairs], size)
        flat = NO_SPREAD if drawn is not None and drawn.alike and not _equal(apart, candidate) else ""
        scope = Scope(units=units, groups=groups_of(units), unit=rules.unit, confidence=rules.confidence)
        comparison = compare(
            _described(name, task, greater_is_better=greater_is_better),
            own,
            other,
            None if too_few or flat else drawn,
            rules.tolerances.get(name),
            scope,
            too_few=too_few or flat or _undefined([*candidate.without, *champion.without]),
        )
    return MetricResult(
        name=name,
        greater_is_better=greater_is_better,
        candidate=own,
        champion=other,
        comparison=comparison,
        method=_method(units, rules) if candidate.without and not too_few else "",
    )


def _estimate(values: Replicates, too_few: str, rules: Rules) -> Estimate:
    """Return a value with its interval, or the reasons why one or both are missing."""
    if not np.isfinite(values.value):
        return Estimate(value=None, reason=values.reason or f"the function returned {values.value}")
    drawn = None if too_few else _jackknife(values.value, values.without, abs(values.value) or 1.0)
    if drawn is None:
        return Estimate(value=values.value, reason=too_few or _undefined(values.without))
    if drawn.alike:
        return Estimate(value=values.value, reason=NO_SPREAD)
    ends = intervals.ends(drawn, len(values.without), rules.confidence)
    return Estimate(value=values.value, interval=intervals.interval(drawn, ends) if ends else None)


def _equal(apart: float, candidate: Replicates) -> bool:
    """Say whether models whose difference never changes are equal: it is zero, though the values themselves vary.

    A function of few values, a median of whole minutes or a maximum, shows no spread whatever the models do.
    """
    own = _jackknife(candidate.value, candidate.without, abs(candidate.value) or 1.0)
    return apart == 0 and own is not None and not own.alike


def _jackknife(value: float, without: Sequence[float], size: float) -> Studentised | None:
    """Return a value with its delete-a-group standard error; None where some group's is missing.

    There are no draws to follow a skewness by, so that its ends are Student's t with groups - 1 degrees of freedom.
    """
    left = np.asarray(without, dtype=np.float64)
    if len(left) < 2 or not np.isfinite(left).all() or not np.isfinite(value):
        return None
    centred = left - left.mean()
    alike = bool(np.abs(centred).max() <= ROUNDING * size)
    error = 0.0 if alike else float(np.sqrt((len(left) - 1) / len(left) * (centred**2).sum()))
    return Studentised(value, error, alike, np.zeros(1))


def _undefined(without: Sequence[float]) -> str:
    """Say without how many groups the function has no value."""
    missing = int(np.count_nonzero(~np.isfinite(without)))
    return f"it has no value without {missing} of its {len(without)} groups of rows, one at a time"


def _method(units: int, rules: Rules) -> str:
    """Say how the intervals were made, and why so."""
    count = groups_of(units)
    dealt = f", dealt at random into {count} groups (seed {rules.seed})" if units > count else ""
    return (
        f"delete-a-group jackknife over {units:,} {rules.unit}{dealt}, Student's t with {count - 1} degrees of "
        "freedom, since nothing is known of the function but its values; too sure of a quantile of few rows"
    )


def _described(name: str, task: Task, *, greater_is_better: bool) -> Metric:
    """Return what a comparison asks of a metric: its name and direction."""
    return Metric(
        name=name,
        task=task,
        greater_is_better=greater_is_better,
        needs="prediction",
        terms=_no_terms,
        formula=ratio,
        scale="real",
    )


def _no_terms(sample: Sample) -> Floats:
    """Nothing is summed: the function's values are all there is."""
    return np.empty((len(sample), 2))
