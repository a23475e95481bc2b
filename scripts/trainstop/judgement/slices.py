"""Slices judged: each one's metrics and its difference from the champion, with intervals that hold all together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from trainstop.judgement import intervals
from trainstop.judgement.comparisons import Scope, compare
from trainstop.judgement.measuring import difference
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import Studentised, studentise, unit_codes, unit_sums
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.judgement.segments import segments
from trainstop.judgement.simultaneous import confidence_of_each
from trainstop.judgement.slicing import Division, Label, largest
from trainstop.judgement.statistic import Statistic
from trainstop.judgement.verdicts import Pair, Rules, scarce_class, scattered_class
from trainstop.records.judging import Estimate, MetricResult, SliceResult

KINDS = ("candidate", "difference")
"""What intervals are made of; each kind is a family of its own."""
GROUPS = 1000
"""More independent units than this are added up at random into this many: a standard error from 1,000 of them is sure
to 2%, and a hundred intervals take seconds."""


@dataclass(frozen=True)
class Measured:
    """One metric of one slice.

    Attributes:
        metric: which.
        candidate: its value, without interval yet.
        champion: its value on the same rows; None without a champion.
        sums: per unit of the whole table, zero where the slice has no rows; None where there is no value.
        champion_sums: likewise.
        units: independent units with rows in the slice.
        groups: units of the bootstrap that say anything about the metric.
        too_few: why there is no interval; empty when there is one.

    """

    metric: Metric
    candidate: Estimate
    champion: Estimate | None
    sums: Floats | None
    champion_sums: Floats | None
    units: int
    groups: int
    too_few: str

    def statistics(self) -> dict[str, Statistic]:
        """Return what is resampled, by kind."""
        if self.too_few or self.sums is None:
            return {}
        found = {"candidate": Statistic(self.sums, intervals.on_scale(self.metric))}
        if self.champion_sums is not None and self.metric.compared:
            found["difference"] = difference(self.metric, self.sums, self.champion_sums)
        return found


def judge_slices(
    pair: Pair, divisions: Sequence[Division], metrics: Sequence[Metric], rules: Rules, most: int
) -> tuple[list[SliceResult], list[str]]:
    """Judge the largest slices, and count the others.

    Args:
        pair: all rows.
        divisions: of the same rows, each into slices.
        metrics: what is computed for each slice.
        rules: as for all rows; `tolerances` are those of slices.
        most: how many slices.

    Returns:
        The slices in the order of the divisions, most rows first; and notes about what is left out and what the
        intervals mean.

    """
    chosen, others, biggest = largest(divisions, most)
    codes, units = groups_of(pair, rules.seed)
    measured = [[measure(metric, pair, rows, codes, units, rules) for metric in metrics] for rows in _rows(chosen)]
    flat = [each for slice_ in measured for each in slice_]
    results = iter(finish(flat, rules))
    labels = [(division, division.label(number), int(division.counts[number])) for division, number in chosen]
    found = [_result(division, label, rows, tuple(next(results) for _ in metrics)) for division, label, rows in labels]
    notes = [f"{others:,} more slices with at most {biggest:,} rows each are not judged"] if others else []
    return found, notes


def measure(metric: Metric, pair: Pair, rows: Rows, codes: Rows, units: int, rules: Rules) -> Measured:
    """Compute one metric of one slice: points, and sums per unit.

    Args:
        metric: which.
        pair: all rows.
        rows: positions of the slice's rows.
        codes: each row's unit of the bootstrap, shape (all rows,).
        units: how many there are.
        rules: how to judge.

    """
    part = pair.candidate.take(rows)
    candidate, sums = _point(metric, part, codes[rows], units)
    champion, champion_sums = None, None
    if pair.champion is not None:
        champion, champion_sums = _point(metric, pair.champion.take(rows).beside(part), codes[rows], units)
    own = len(rows) if pair.clusters is None else len(np.unique(pair.clusters[rows]))
    carrying = [int(np.count_nonzero(held[:, 1])) for held in (sums, champion_sums) if held is not None]
    groups = min(carrying, default=0)
    too_few = scarce_class(part, rules.minimum) if metric.by_class else ""
    if groups < rules.minimum:
        too_few = (
            f"only {min(own, groups) if carrying else own} {rules.unit} in this slice: intervals need {rules.minimum}"
        )
    if not too_few and metric.by_class and pair.clusters is not None:
        too_few = scattered_class(part, pair.clusters[rows], rules.minimum, f"{rules.unit} of this slice")
    return Measured(metric, candidate, champion, sums, champion_sums, own, groups, too_few)


def finish(measured: Sequence[Measured], rules: Rules) -> list[MetricResult]:
    """Resample everything measured together, and give each its interval and word."""
    wanted = [(place, kind, one) for place, each in enumerate(measured) for kind, one in each.statistics().items()]
    drawn = studentise([one for *_, one in wanted], resamples=rules.resamples, seed=rules.seed) if wanted else []
    by_place: dict[int, dict[str, Studentised]] = {}
    for (place, kind, _), one in zip(wanted, drawn, strict=True):
        by_place.setdefault(place, {})[kind] = one
    each = {kind: _confidence(kind, measured, by_place, rules) for kind in KINDS}
    sizes = Counter(kind for _, kind, _ in wanted)
    return [_metric_result(one, by_place.get(place, {}), each, sizes, rules) for place, one in enumerate(measured)]


def groups_of(pair: Pair, seed: int) -> tuple[Rows, int]:
    """Return each row's unit of the bootstrap of slices, and how many there are."""
    codes, units = unit_codes(len(pair.candidate), pair.clusters, seed=seed)
    if units <= GROUPS:
        return codes, units
    dealt = np.arange(units) % GROUPS
    np.random.default_rng(seed).shuffle(dealt)
    return dealt[codes], GROUPS


def _rows(chosen: Sequence[tuple[Division, int]]) -> list[Rows]:
    """Return the positions of each slice's rows, ordering the rows of a division once."""
    found: list[Rows] = []
    for _, same in groupby(chosen, key=lambda each: id(each[0])):
        wanted = list(same)
        division = wanted[0][0]
        place = np.full(len(division.counts), -1, dtype=np.intp)
        place[[number for _, number in wanted]] = np.arange(len(wanted))
        ordered = segments(place[division.codes], len(wanted))
        found += [ordered.of(number) for number in range(len(wanted))]
    return found


def _point(metric: Metric, part: Sample, codes: Rows, units: int) -> tuple[Estimate, Floats | None]:
    """Return the value on a slice's rows and its sums per unit; no sums where there is no value."""
    missing = metric.missing(part)
    if missing:
        return Estimate(value=None, reason=missing), None
    with np.errstate(all="ignore"):
        terms = metric.terms(part)
        value = metric.of_terms(terms)
    if not np.isfinite(value):
        return Estimate(value=None, reason=metric.undefined), None
    return Estimate(value=value), unit_sums(terms, codes, units)


def _confidence(
    kind: str, measured: Sequence[Measured], by_place: Mapping[int, Mapping[str, Studentised]], rules: Rules
) -> float:
    """Return the confidence of each interval of a kind with which all of that kind hold together."""
    family = [(found[kind], measured[place].groups - 1) for place, found in by_place.items() if kind in found]
    return confidence_of_each(
        [one for one, _ in family], [degrees for _, degrees in family], rules.confidence, rules.seed
    )


def _metric_result(
    one: Measured, drawn: Mapping[str, Studentised], each: Mapping[str, float], sizes: Mapping[str, int], rules: Rules
) -> MetricResult:
    """Put points, intervals and the comparison together."""
    candidate = _estimate(one, drawn.get("candidate"), each["candidate"])
    comparison = None
    if one.champion is not None:
        scope = Scope(
            units=one.units, groups=one.groups, unit=f"{rules.unit} in this slice", confidence=each["difference"]
        )
        tolerance = rules.tolerances.get(one.metric.name)
        comparison = compare(
            one.metric, one.candidate, one.champion, drawn.get("difference"), tolerance, scope, too_few=one.too_few
        )
    kind = "difference" if "difference" in drawn else "candidate"
    return MetricResult(
        name=one.metric.name,
        greater_is_better=one.metric.greater_is_better,
        candidate=candidate,
        champion=one.champion,
        comparison=comparison,
        method=_method(each[kind], sizes[kind], rules) if drawn else "",
    )


def _estimate(one: Measured, drawn: Studentised | None, confidence: float) -> Estimate:
    """Add the interval to a value, or the reason why there is none."""
    point = one.candidate
    if point.value is None:
        return point
    if drawn is None:
        return Estimate(value=point.value, reason=one.too_few)
    if drawn.alike or not np.isfinite(drawn.error):
        return Estimate(value=point.value, reason="all rows say the same: there is no spread to judge by")
    ends = intervals.ends(drawn, one.groups, confidence)
    if ends is None:
        return Estimate(value=point.value, reason="too many resamples lack it: the rows are too few or too alike")
    return Estimate(value=point.value, interval=intervals.back(one.metric, intervals.interval(drawn, ends)))


def _method(each: float, size: int, rules: Rules) -> str:
    """Say how the intervals were made, and why so."""
    return (
        f"simultaneous: max-t over {rules.resamples:,} joint resamples of all {rules.unit}, seed {rules.seed}; each of "
        f"{size:,} intervals at {100 * each:.4g}%, so that all hold together {100 * rules.confidence:g} times in 100"
    )


def _result(division: Division, label: Label, rows: int, metrics: tuple[MetricResult, ...]) -> SliceResult:
    """Put a slice together."""
    return SliceResult(column=division.title, value=label.value, name=label.name, rows=rows, metrics=metrics)
