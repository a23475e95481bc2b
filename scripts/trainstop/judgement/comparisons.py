"""One metric of candidate and champion compared: difference, interval, word, and what it would take to tell."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from trainstop.judgement import intervals, words
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import Studentised
from trainstop.records.judging import Comparison, Estimate, Word

POWER = 0.8
UNDEFINED = "too many resamples lack it: the rows are too few or too alike"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a comparison rests on.

    Attributes:
        units: independent units in the data.
        groups: units of the bootstrap; fewer than `units` when those were added up.
        unit: what they are, in words.
        confidence: share of intervals that shall hold the truth.

    """

    units: int
    groups: int
    unit: str
    confidence: float


def compare(
    metric: Metric,
    candidate: Estimate,
    champion: Estimate,
    drawn: Studentised | None,
    tolerance: float | None,
    scope: Scope,
    *,
    too_few: str = "",
) -> Comparison:
    """Return the comparison of one metric.

    Args:
        metric: gives the direction.
        candidate: its value.
        champion: its value on the same rows.
        drawn: the bootstrap of the difference; None when the data are too few.
        tolerance: how much worse is still no loss; without one only `better` can be said.
        scope: what the bootstrap rests on.
        too_few: why there is no bootstrap.

    """
    if candidate.value is None or champion.value is None:
        whose, reason = ("candidate", candidate.reason) if candidate.value is None else ("champion", champion.reason)
        return Comparison(difference=None, tolerance=tolerance, reason=f"the {whose} has no value: {reason}")
    if not metric.compared:
        return Comparison(difference=None, reason="it has no better direction: limit it with `min` and `max`")
    difference = candidate.value - champion.value if metric.greater_is_better else champion.value - candidate.value
    told = Comparison(difference=difference, tolerance=tolerance)
    if drawn is None:
        return _unsure(told, too_few)
    same = "both models do the same on all rows" if difference == 0 else "the difference is the same on all rows"
    alike = same if drawn.alike else ""
    if drawn.error == 0:
        return worded(told, (difference, difference), alike)
    ends = intervals.ends(drawn, scope.groups, scope.confidence)
    if ends is None or not np.isfinite(drawn.error):
        return _unsure(told, UNDEFINED)
    found = worded(told, intervals.interval(drawn, ends), alike)
    return _planned(found, drawn.error, scope)


def _unsure(comparison: Comparison, reason: str) -> Comparison:
    """Say that without an interval nothing can be told."""
    word: Word | None = None if comparison.tolerance is None else "cannot tell"
    return comparison.model_copy(update={"word": word, "reason": reason})


def worded(comparison: Comparison, interval: tuple[float, float], reason: str = "") -> Comparison:
    """Add the interval and the word it allows."""
    word: Word | None
    if comparison.tolerance is not None:
        word = words.word(interval, comparison.tolerance)
    else:
        word = "better" if interval[0] > 0 else None
        reason = reason or ("" if word else "no tolerance is set for it")
    return comparison.model_copy(update={"interval": interval, "word": word, "reason": reason})


def _planned(comparison: Comparison, error: float, scope: Scope) -> Comparison:
    """Add the smallest difference that would be seen and, when nothing can be told, the data it would take."""
    tail = (1 - scope.confidence) / 2
    degrees = scope.groups - 1
    visible = words.smallest_visible(error, float(stdtrit(degrees, 1 - tail)), float(stdtrit(degrees, POWER)))
    comparison = comparison.model_copy(update={"smallest_visible": visible})
    if comparison.word != "cannot tell" or comparison.tolerance is None:
        return comparison
    needed = words.needed(scope.units, visible, comparison.tolerance)
    if needed <= scope.units:
        reason = "these data would show two equal models to be so; the difference lies near the tolerance itself"
        return comparison.model_copy(update={"reason": reason})
    reason = f"about {needed:,} {scope.unit} would tell, 8 times in 10, if both models are equally good"
    return comparison.model_copy(update={"needed": needed, "reason": reason})
