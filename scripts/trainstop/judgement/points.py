"""Metrics that come as bare numbers: a metrics file beside the champion's recorded values, and nothing of certainty."""

import math
from collections.abc import Mapping

from trainstop.config.judging import GateSection
from trainstop.errors import ConfigurationError
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.metrics.base import Scale
from trainstop.judgement.samples import Task
from trainstop.records.judging import Comparison, Estimate, MetricResult

RANGE: Mapping[Scale, tuple[float, float]] = {
    "share": (0, 1),
    "loss": (0, math.inf),
    "gain": (-math.inf, 1),
    "real": (-math.inf, math.inf),
    "correlation": (-1, 1),
}
"""What a metric of each scale can be."""
BETWEEN = {
    (0, 1): "between 0 and 1",
    (0, math.inf): "at 0 or above",
    (-math.inf, 1): "at 1 or below",
    (-1, 1): "between -1 and 1",
}
LACKING = "the champion has no such metric on record"
NO_UNCERTAINTY = "these are bare numbers from a file, so nobody knows how sure they are"


def judge_points(
    values: Mapping[str, float],
    champion: Mapping[str, float] | None,
    gates: Mapping[str, GateSection],
    task: Task,
    *,
    own: Mapping[str, bool] | None = None,
    lacking: str = LACKING,
) -> tuple[MetricResult, ...]:
    """Put metrics of a file beside the champion's.

    Args:
        values: by name, NaN and infinity included.
        champion: its recorded values; None when there is no champion.
        gates: by metric; tell the direction of metrics that trainstop does not know.
        task: tells which metrics trainstop knows.
        own: whether more is better, by metric of the project's own.
        lacking: why a metric of the champion's is not there.

    Raises:
        ConfigurationError: a metric shall be compared and its direction is not known.

    """
    found = []
    for name, value in values.items():
        gate, known = gates.get(name), BY_TASK[task].get(name)
        greater = _direction(name, gate, (own or {}).get(name, known.greater_is_better if known else None))
        found.append(_result(name, value, champion, gate.tolerance if gate else None, greater, known, lacking))
    return tuple(found)


def _result(
    name: str,
    value: float,
    champion: Mapping[str, float] | None,
    tolerance: float | None,
    greater: bool | None,
    known: Metric | None,
    lacking: str,
) -> MetricResult:
    """Judge one metric."""
    candidate = _estimate(value, known)
    if champion is None:
        return MetricResult(name=name, greater_is_better=greater, candidate=candidate)
    other = _estimate(champion[name], known) if name in champion else None
    if other is None:
        comparison = Comparison(difference=None, tolerance=tolerance, reason=lacking)
    elif candidate.value is None or other.value is None:
        comparison = Comparison(difference=None, reason="one of them has no finite value")
    elif greater is None:
        comparison = Comparison(difference=None, reason="nothing says whether more is better")
    else:
        sign = 1 if greater else -1
        difference = sign * (candidate.value - other.value)
        comparison = Comparison(difference=difference, tolerance=tolerance, reason=NO_UNCERTAINTY)
    return MetricResult(
        name=name, greater_is_better=greater, candidate=candidate, champion=other, comparison=comparison
    )


def _estimate(value: float, metric: Metric | None) -> Estimate:
    """Return a bare number, or the reason why it is none: not finite, or not what this metric can be."""
    if not math.isfinite(value):
        return Estimate(value=None, reason=f"the file says {value}")
    low, high = RANGE[metric.scale] if metric else RANGE["real"]
    if not low <= value <= high:
        return Estimate(value=None, reason=f"the file says {value:g}, and it lies {BETWEEN[(low, high)]}")
    return Estimate(value=value)


def _direction(name: str, gate: GateSection | None, known: bool | None) -> bool | None:
    """Say whether more is better: by the gate, by what is known of the metric, by the only limit of the gate.

    Raises:
        ConfigurationError: the metric shall be compared and nothing says so.

    """
    if gate and gate.greater_is_better is not None:
        return gate.greater_is_better
    if known is not None:
        return known
    if gate and (gate.min is None) != (gate.max is None):
        return gate.max is None
    if gate and gate.tolerance is not None:
        raise ConfigurationError(
            f"nothing says whether more of {name!r} is better",
            where=f"key `gates.{name}`",
            fix="set `greater-is-better` to true or false",
        )
    return None
