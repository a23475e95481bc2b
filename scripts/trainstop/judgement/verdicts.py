"""One table judged: every metric with its interval, and beside the champion's on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trainstop.judgement import intervals, measuring, methods, parallel
from trainstop.judgement.comparisons import Scope, compare
from trainstop.judgement.measuring import Measured, Model, Units
from trainstop.judgement.methods import Method
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import MAXIMUM_UNITS, Studentised, settled, stratified_codes, studentise, unit_codes
from trainstop.judgement.samples import Rows, Sample
from trainstop.judgement.single_draws import draw_singly
from trainstop.judgement.statistic import Statistic
from trainstop.records.judging import Estimate, Interval, MetricResult


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
        method: how intervals are made; see `judgement.methods`.

    """

    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    minimum: int = 20
    tolerances: Mapping[str, float] = field(default_factory=dict)
    unit: str = "rows"
    method: Method = "auto"


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
class _Judging:
    """What every metric of one table is judged with."""

    pair: Pair
    rules: Rules
    units: Units
    strata: Rows | None


def judge(pair: Pair, metrics: Sequence[Metric], rules: Rules) -> tuple[MetricResult, ...]:
    """Compute each metric of candidate and champion, their intervals, and the word for their difference.

    Raises nothing for bad numbers: a metric that cannot be computed has no value and says why.
    """
    judging = _judging(pair, rules)
    shortage = _shortage(pair, rules)
    with parallel.apart():
        measured = _measured(metrics, judging, shortage)
        drawn = _drawn([item.statistics() for item in measured], judging)
    return tuple(_result(item, numbers, judging) for item, numbers in zip(measured, drawn, strict=True))


def _drawn(wanted: Sequence[Mapping[str, Statistic]], judging: _Judging) -> list[dict[str, Studentised]]:
    """Measure how sure the numbers of all metrics are, in one go."""
    rules, flat = judging.rules, [statistic for numbers in wanted for statistic in numbers.values()]
    if not flat:
        return [{} for _ in wanted]
    if rules.method == "rows":
        drawn = iter(draw_singly(wanted, resamples=rules.resamples, seed=rules.seed))
    elif rules.method == "closed-form":
        drawn = map(settled, flat)
    else:
        drawn = iter(studentise(flat, resamples=rules.resamples, seed=rules.seed, strata=judging.strata))
    return [{name: next(drawn) for name in numbers} for numbers in wanted]


def _judging(pair: Pair, rules: Rules) -> _Judging:
    """Settle what is independent, and how it is added up and drawn."""
    rows = len(pair.candidate)
    if rules.method == "stratified" and pair.clusters is None and pair.candidate.class_counts():
        strata = _strata(np.asarray(pair.candidate.target, dtype=np.intp))
        codes, of_group = stratified_codes(strata, seed=rules.seed)
        return _Judging(
            pair, rules, Units(None, rows, codes if len(of_group) < rows else None, len(of_group)), of_group
        )
    if rules.method == "rows":
        return _Judging(pair, rules, Units(pair.clusters, pair.units, None, pair.units), None)
    if rules.method == "closed-form":
        groups = min(pair.units, MAXIMUM_UNITS)
        return _Judging(pair, rules, Units(pair.clusters, pair.units, None, groups), None)
    codes, groups = unit_codes(pair.units, None, seed=rules.seed)
    return _Judging(pair, rules, Units(pair.clusters, pair.units, codes if groups < pair.units else None, groups), None)


def _strata(classes: Rows) -> Rows:
    """Number the classes that rows are drawn within; one of a single row has no spread, and joins the largest.

    Args:
        classes: each row's class, shape (rows,).

    """
    strata, counts = np.unique(classes, return_inverse=True, return_counts=True)[1:]
    joined = np.where(counts < 2, counts.argmax(), np.arange(len(counts)))
    return np.unique(joined[strata], return_inverse=True)[1]


def _shortage(pair: Pair, rules: Rules) -> str:
    """Say why there can be no interval at all, or return an empty text."""
    if pair.units < rules.minimum:
        return f"only {pair.units} {rules.unit}: intervals need {rules.minimum}"
    return ""


def scarce_class(sample: Sample, minimum: int) -> str:
    """Say which class has too few rows, or return an empty text."""
    name, count = min(sample.class_counts().items(), key=lambda item: item[1], default=("", minimum))
    return f"only {count} rows of class `{name}`: intervals need {minimum}" if count < minimum else ""


def scattered_class(sample: Sample, clusters: Rows | None, minimum: int, unit: str) -> str:
    """Say which class lies in too few clusters, or return an empty text.

    Where each row of a class is weighed by the class's own size, as in a macro average, what its rows add to a number
    evens out within a single cluster, so that a few clusters show too little of how it varies between them.

    Args:
        sample: the rows.
        clusters: each row's cluster, numbered from 0, shape (rows,); None where rows are independent.
        minimum: in so many clusters each class must lie.
        unit: what clusters are, in words.

    """
    counts = sample.class_counts()
    if clusters is None or not counts:
        return ""
    width = int(clusters.max(initial=-1)) + 1
    found = np.bincount(np.asarray(sample.target, dtype=np.intp) * width + clusters, minlength=len(counts) * width)
    within = np.count_nonzero(found.reshape(len(counts), width), axis=1)
    name, count = min(zip(counts, within.tolist(), strict=True), key=lambda item: item[1])
    return f"class `{name}` lies in only {count} {unit}: intervals need {minimum}" if count < minimum else ""


def _measured(metrics: Sequence[Metric], judging: _Judging, shortage: str) -> list[Measured]:
    """Compute the points of both models, and what their certainty rests on."""
    pair, rules = judging.pair, judging.rules
    closed, drawn = rules.method in {"closed-form", "rows"}, rules.method != "closed-form"

    def work(asked: tuple[Metric, Sample]) -> Model:
        return measuring.measure(*asked, judging.units, closed=closed, drawn=drawn)

    models = [pair.candidate, *([pair.champion.beside(pair.candidate)] if pair.champion else [])]
    asked = [(metric, sample) for metric in metrics for sample in models]
    found = list(parallel.each(work, asked, size=len(pair.candidate)))
    scattered = scattered_class(pair.candidate, pair.clusters, rules.minimum, rules.unit)
    own, others = found[:: len(models)], found[1::2] if pair.champion else [None] * len(metrics)
    return [
        _with_reason(metric, candidate, champion, judging, shortage, scattered)
        for metric, candidate, champion in zip(metrics, own, others, strict=True)
    ]


def _with_reason(
    metric: Metric, candidate: Model, champion: Model | None, judging: _Judging, shortage: str, scattered: str
) -> Measured:
    """Put both models together, and say why there can be no interval."""
    pair, rules = judging.pair, judging.rules
    too_few = shortage or (scarce_class(pair.candidate, rules.minimum) if metric.by_class else "")
    for model in (candidate, champion):
        if model is not None and model.sums is not None and not too_few and model.carrying < rules.minimum:
            too_few = f"only {model.carrying} {rules.unit} say anything about it: intervals need {rules.minimum}"
    return Measured(metric, candidate, champion, too_few or (scattered if metric.by_class else ""))


def _result(item: Measured, drawn: Mapping[str, Studentised], judging: _Judging) -> MetricResult:
    """Put points, intervals and the comparison together."""
    rules, units = judging.rules, judging.units
    candidate = _estimate(item, item.candidate, drawn.get("candidate"), judging)
    champion = _estimate(item, item.champion, drawn.get("champion"), judging) if item.champion else None
    comparison = None
    if champion is not None:
        scope = Scope(units=units.count, groups=units.group_count, unit=rules.unit, confidence=rules.confidence)
        comparison = compare(
            item.metric,
            candidate,
            champion,
            drawn.get("difference"),
            rules.tolerances.get(item.metric.name),
            scope,
            too_few=item.too_few,
        )
    return MetricResult(
        name=item.metric.name,
        greater_is_better=item.metric.greater_is_better,
        candidate=candidate,
        champion=champion,
        comparison=comparison,
        method=_method(item.metric, judging) if drawn else "",
    )


def _estimate(item: Measured, model: measuring.Model, drawn: Studentised | None, judging: _Judging) -> Estimate:
    """Add the interval to a point, or the reason why there is none."""
    value = model.estimate.value
    if value is None:
        return model.estimate
    if drawn is None or model.sums is None:
        return Estimate(value=value, reason=item.too_few)
    if methods.by_wilson(item.metric, judging.rules.method, clustered=judging.pair.clusters is not None):
        return Estimate(value=value, interval=_wilson(value, float(model.sums[:, 1].sum()), drawn.error, judging))
    if drawn.alike or not np.isfinite(drawn.error):
        return Estimate(value=value, reason="all rows say the same: there is no spread to judge by")
    ends = intervals.ends(drawn, judging.units.group_count, judging.rules.confidence)
    if ends is None:
        return Estimate(value=value, reason="too many resamples lack it: the rows are too few or too alike")
    return Estimate(value=value, interval=intervals.back(item.metric, intervals.interval(drawn, ends)))


def _wilson(share: float, rows: float, line_error: float, judging: _Judging) -> Interval:
    """Return Wilson's interval of a share: of independent rows, or of as many as clustered ones are worth."""
    units = None if judging.pair.clusters is None else judging.units.count
    return methods.wilson_interval(share, rows, line_error, units=units, confidence=judging.rules.confidence)


def _method(metric: Metric, judging: _Judging) -> str:
    """Say how a metric's intervals were made, and why so."""
    pair, rules, units = judging.pair, judging.rules, judging.units
    return methods.words(
        metric,
        rules.method,
        methods.Basis(
            units=units.count,
            groups=units.group_count,
            unit=rules.unit,
            clustered=pair.clusters is not None,
            paired=pair.champion is not None,
            stratified=judging.strata is not None,
            resamples=rules.resamples,
            seed=rules.seed,
        ),
    )
