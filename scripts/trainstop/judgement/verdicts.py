"""One table judged: every metric with its interval, and beside the champion's on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import intervals
from trainstop.judgement.comparisons import Scope, compare
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import (
    MAXIMUM_UNITS,
    Statistic,
    Studentised,
    studentise,
    unit_codes,
    unit_sums,
)
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.records.judging import Estimate, MetricResult


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How to judge.

    Attributes:
        confidence: share of intervals that shall hold the truth.
        resamples: of the bootstrap.
        seed: of everything random.
        minimum: fewer of either class, or fewer independent units, give no interval.
        tolerances: by metric, how much worse than the champion is still no loss.
        unit: what is independent, in words (`clusters (day)`, or `rows`).

    """

    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    minimum: int = 20
    tolerances: Mapping[str, float] = field(default_factory=dict)
    unit: str = "rows"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The same rows answered by candidate and champion, in the same order; no champion is None.

    Attributes:
        clusters: each row's cluster, numbered from 0 without gaps, shape (rows,); None takes rows as independent.

    """

    candidate: Sample
    champion: Sample | None = None
    clusters: Rows | None = None

    @property
    def units(self) -> int:
        """Number of independent units."""
        return len(self.candidate) if self.clusters is None else int(self.clusters.max(initial=-1)) + 1

    def take(self, rows: Rows) -> "Pair":
        """Return the rows at these positions, clusters numbered anew."""
        champion = self.champion.take(rows) if self.champion else None
        clusters = None if self.clusters is None else np.unique(self.clusters[rows], return_inverse=True)[1]
        return Pair(candidate=self.candidate.take(rows), champion=champion, clusters=clusters)


@dataclass(frozen=True)
class _Measured:
    """One metric of both models: points, and sums per unit where there is one to be had."""

    metric: Metric
    candidate: Estimate
    champion: Estimate | None
    sums: Floats | None
    champion_sums: Floats | None
    too_few: str


def judge(pair: Pair, metrics: Sequence[Metric], rules: Rules) -> tuple[MetricResult, ...]:
    """Compute each metric of candidate and champion, their intervals, and the word for their difference.

    Raises nothing for bad numbers: a metric that cannot be computed has no value and says why.
    """
    codes, units = unit_codes(len(pair.candidate), pair.clusters, seed=rules.seed)
    shortage = _shortage(pair, rules)
    measured = [_measure(metric, pair, codes, units, shortage, rules) for metric in metrics]
    statistics: list[Statistic] = []
    places: list[dict[str, int]] = []
    for item in measured:
        wanted = _statistics(item)
        places.append({name: len(statistics) + number for number, name in enumerate(wanted)})
        statistics.extend(wanted.values())
    drawn = studentise(statistics, resamples=rules.resamples, seed=rules.seed) if statistics else []
    method = _method(pair, rules)
    return tuple(
        _result(item, {name: drawn[at] for name, at in place.items()}, units, pair.units, rules, method)
        for item, place in zip(measured, places, strict=True)
    )


def _shortage(pair: Pair, rules: Rules) -> str:
    """Say why there can be no interval at all, or return an empty text."""
    if pair.units < rules.minimum:
        return f"only {pair.units} {rules.unit}: intervals need {rules.minimum}"
    return ""


def scarce_class(sample: Sample, minimum: int) -> str:
    """Say which class has too few rows, or return an empty text."""
    name, count = min(sample.class_counts().items(), key=lambda item: item[1], default=("", minimum))
    return f"only {count} rows of class `{name}`: intervals need {minimum}" if count < minimum else ""


def _measure(metric: Metric, pair: Pair, codes: Rows, units: int, shortage: str, rules: Rules) -> _Measured:
    """Compute the points, and sums per unit."""
    candidate, sums = _point(metric, pair.candidate, codes, units)
    champion, champion_sums = _point(metric, pair.champion, codes, units) if pair.champion else (None, None)
    too_few = shortage or (scarce_class(pair.candidate, rules.minimum) if metric.by_class else "")
    for held in (sums, champion_sums):
        if held is not None and not too_few:
            carrying = int(np.count_nonzero(held[:, 1]))
            if carrying < rules.minimum:
                too_few = f"only {carrying} {rules.unit} say anything about it: intervals need {rules.minimum}"
    return _Measured(metric, candidate, champion, sums, champion_sums, too_few)


def _point(metric: Metric, sample: Sample, codes: Rows, units: int) -> tuple[Estimate, Floats | None]:
    """Return the value without an interval, and the sums per unit; no sums when there is no value."""
    missing = metric.missing(sample)
    if missing:
        return Estimate(value=None, reason=missing), None
    terms = metric.terms(sample)
    value = metric.of_terms(terms)
    if not np.isfinite(value):
        return Estimate(value=None, reason=metric.undefined), None
    return Estimate(value=value), unit_sums(terms, codes, units)


def _statistics(item: _Measured) -> dict[str, Statistic]:
    """Return what is to be resampled of one metric."""
    if item.too_few:
        return {}
    own = intervals.on_scale(item.metric)
    found = {}
    if item.sums is not None:
        found["candidate"] = Statistic(item.sums, own)
    if item.champion_sums is not None:
        found["champion"] = Statistic(item.champion_sums, own)
    if item.sums is not None and item.champion_sums is not None and item.metric.compared:
        found["difference"] = difference(item.metric, item.sums, item.champion_sums)
    return found


def difference(metric: Metric, sums: Floats, champion_sums: Floats) -> Statistic:
    """Return candidate less champion, signed so that more is better."""
    width, sign = sums.shape[1], 1.0 if metric.greater_is_better else -1.0

    def formula(both: NDArray[np.inexact]) -> NDArray[np.inexact]:
        return np.asarray(sign * (metric.formula(both[..., :width]) - metric.formula(both[..., width:])))

    size = max(abs(float(metric.formula(held.sum(axis=0)))) for held in (sums, champion_sums))
    return Statistic(np.hstack([sums, champion_sums]), formula, size or 1.0, _unseen_flips(metric, sums))


def _unseen_flips(metric: Metric, sums: Floats) -> float:
    """Return the standard error of two more rows that only one of the models gets right, one each way.

    Where two classifiers decide differently on a handful of rows, or on none, those rows alone are too sure: intervals
    of paired shares hold once such pairs are added (Agresti and Min 2005). Among many rows it is next to nothing.
    """
    decides = metric.needs == "prediction" and metric.task != "regression"
    return float(np.sqrt(2) / sums[:, 1].sum()) if decides else 0.0


def _result(
    item: _Measured, drawn: Mapping[str, Studentised], units: int, all_units: int, rules: Rules, method: str
) -> MetricResult:
    """Put points, intervals and the comparison together."""
    candidate = _estimate(item, item.candidate, drawn.get("candidate"), units, rules)
    champion = item.champion and _estimate(item, item.champion, drawn.get("champion"), units, rules)
    comparison = None
    if champion is not None:
        difference = drawn.get("difference")
        tolerance = rules.tolerances.get(item.metric.name)
        scope = Scope(units=all_units, groups=units, unit=rules.unit, confidence=rules.confidence)
        comparison = compare(item.metric, candidate, champion, difference, tolerance, scope, too_few=item.too_few)
    return MetricResult(
        name=item.metric.name,
        greater_is_better=item.metric.greater_is_better,
        candidate=candidate,
        champion=champion,
        comparison=comparison,
        method=method if drawn else "",
    )


def _estimate(item: _Measured, point: Estimate, drawn: Studentised | None, units: int, rules: Rules) -> Estimate:
    """Add the interval to a point, or the reason why there is none."""
    if point.value is None:
        return point
    if drawn is None:
        return Estimate(value=point.value, reason=item.too_few)
    if drawn.alike or not np.isfinite(drawn.error):
        return Estimate(value=point.value, reason="all rows say the same: there is no spread to judge by")
    ends = intervals.ends(drawn, units, rules.confidence)
    if ends is None:
        return Estimate(value=point.value, reason="too many resamples lack it: the rows are too few or too alike")
    return Estimate(value=point.value, interval=intervals.back(item.metric, intervals.interval(drawn, ends)))


def _method(pair: Pair, rules: Rules) -> str:
    """Say how the intervals were made, and why so."""
    pooled = f", added up at random into {MAXIMUM_UNITS:,} groups" if pair.units > MAXIMUM_UNITS else ""
    paired = "paired " if pair.champion else ""
    return (
        f"{paired}bootstrap-t over {pair.units:,} {rules.unit}{pooled}, {rules.resamples:,} resamples, "
        f"seed {rules.seed}; jackknife standard errors; no end nearer than Student's t with "
        f"{min(pair.units, MAXIMUM_UNITS) - 1:,} degrees of freedom, since resampling alone is too sure of few or "
        "unequal units"
    )
