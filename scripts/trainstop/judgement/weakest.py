"""The weakest slice: looked for on one half of the units, judged on the other, so that looking costs no honesty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import intervals
from trainstop.judgement.measuring import difference
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import studentise
from trainstop.judgement.samples import Floats, Rows
from trainstop.judgement.segments import slice_points
from trainstop.judgement.simultaneous import confidence_of_each
from trainstop.judgement.slices import Measured, groups_of, measure
from trainstop.judgement.slicing import Division, crossed
from trainstop.judgement.statistic import Statistic
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.records.judging import WeakSpot

Against = Literal["all rows", "champion"]
SEARCHED_ROWS = 200_000
"""More rows of the searched half are drawn from at random: enough to rank slices by, and the search stays short."""
SUPPORT = 0.02
"""Smallest share of the searched rows that makes a slice, which bounds how many there are."""
SEARCHED_COLUMNS = 8
"""More columns are searched alone and not in pairs."""
ERRORS = 2.0
"""How many of its own standard errors a slice's loss must be beyond, to rank before a larger slice with less loss."""


@dataclass(frozen=True)
class Lead:
    """A slice that stood out on the searched half; `division` is None when none had enough rows."""

    metric: Metric
    against: Against
    looked_at: int
    division: Division | None = None
    number: int = 0
    found: float = 0.0


def search(pair: Pair, singles: Sequence[Division], metrics: Sequence[Metric], rules: Rules) -> list[WeakSpot]:
    """Find and judge the slices that fall furthest behind: all rows, and the champion on the same rows.

    Slices are values and bins of single columns, and pairs of them. One half of the independent units, drawn by the
    seed, is searched; the other judges what was found, with intervals that hold all together.

    Args:
        pair: all rows.
        singles: of the same rows, one division for each column.
        metrics: each is searched for; those without a better direction are left out.
        rules: as for all rows.

    """
    compared = [metric for metric in metrics if metric.compared]
    if not singles or not compared:
        return []
    searched, judging = _halves(pair, rules)
    whole = crossed([each.take(searched) for each in singles]) if len(singles) <= SEARCHED_COLUMNS else None
    found = whole or [each.take(searched) for each in singles]
    leads = _leads(pair.take(searched), found, compared, rules)
    return _judged(pair.take(judging), judging, {each.columns: each for each in singles}, leads, rules)


def _halves(pair: Pair, rules: Rules) -> tuple[Rows, Rows]:
    """Return the rows that are searched and the rows that judge, no unit in both."""
    drawn = np.random.default_rng(rules.seed)
    first = drawn.permutation(pair.units) < pair.units // 2
    of_rows = first if pair.clusters is None else first[pair.clusters]
    searched = np.flatnonzero(of_rows)
    if len(searched) > SEARCHED_ROWS:
        searched = np.sort(drawn.choice(searched, SEARCHED_ROWS, replace=False))
    return searched, np.flatnonzero(~of_rows)


def _leads(pair: Pair, found: Sequence[Division], metrics: Sequence[Metric], rules: Rules) -> list[Lead]:
    """Return, for each metric and each thing to fall behind, the slice that does so most."""
    everything = np.zeros(len(pair.candidate), dtype=np.intp)
    whole = slice_points(pair, everything, 1, metrics)
    places: list[tuple[Division, int]] = []
    values: list[dict[str, Floats]] = []
    for division in found:
        kept = _supported(division, pair, rules)
        place = np.full(len(division.counts), -1, dtype=np.intp)
        place[kept] = np.arange(len(kept))
        places += [(division, int(number)) for number in kept]
        values.append(slice_points(pair, place[division.codes], len(kept), metrics))
    rows = np.array([division.counts[number] for division, number in places], dtype=np.float64)
    leads = []
    for metric in metrics:
        sign = 1.0 if metric.greater_is_better else -1.0
        points = sign * np.concatenate(
            [np.zeros((len(whole[metric.name]), 0)), *(e[metric.name] for e in values)], axis=1
        )
        behind: dict[Against, Floats] = {"all rows": points[0] - sign * whole[metric.name][0, 0]}
        if pair.champion is not None:
            behind["champion"] = points[0] - points[1]
        for against, apart in behind.items():
            leads.append(_lead(metric, against, apart, rows, places))
    return leads


def _supported(division: Division, pair: Pair, rules: Rules) -> NDArray[np.intp]:
    """Return the slices with enough rows and units to be looked at; one that holds all rows is none."""
    least = max(rules.minimum, SUPPORT * len(division.codes))
    enough = (division.counts >= least) & (division.counts < len(division.codes))
    if pair.clusters is not None:
        inside = enough[division.codes]
        together = np.unique(division.codes[inside].astype(np.int64) * pair.units + pair.clusters[inside])
        enough &= np.bincount(together // pair.units, minlength=len(enough)) >= rules.minimum
    return np.flatnonzero(enough)


def _lead(
    metric: Metric, against: Against, apart: Floats, rows: Floats, places: Sequence[tuple[Division, int]]
) -> Lead:
    """Return the slice with the largest loss, beyond what slices of its size usually show.

    How far slices usually lie apart, times the root of their rows, is the median over all that were looked at.
    """
    defined = np.flatnonzero(np.isfinite(apart))
    if not len(defined):
        return Lead(metric, against, 0)
    apart, root = apart[defined], np.sqrt(rows[defined])
    usual = float(np.median(np.abs(apart) * root))
    worst = int(np.argmin(apart + ERRORS * usual / root))
    division, number = places[int(defined[worst])]
    return Lead(metric, against, len(defined), division, number, float(apart[worst]))


def _judged(
    pair: Pair, judging: Rows, singles: dict[tuple[str, ...], Division], leads: Sequence[Lead], rules: Rules
) -> list[WeakSpot]:
    """Judge what was found on the rows that were not searched."""
    codes, units = groups_of(pair, rules.seed)
    rows = [_rows_of(lead, judging, singles) for lead in leads]
    measured = [measure(lead.metric, pair, each, codes, units, rules) for lead, each in zip(leads, rows, strict=True)]
    whole = {
        lead.metric.name: measure(lead.metric, pair, np.arange(len(judging)), codes, units, rules) for lead in leads
    }
    statistics = [_behind(lead, one, whole[lead.metric.name]) for lead, one in zip(leads, measured, strict=True)]
    given = [place for place, one in enumerate(statistics) if one is not None]
    wanted = [one for one in statistics if one is not None]
    drawn = studentise(wanted, resamples=rules.resamples, seed=rules.seed) if wanted else []
    degrees = [measured[place].groups - 1 for place in given]
    each = confidence_of_each(drawn, degrees, rules.confidence, rules.seed)
    spots = [_spot(lead, len(at), one.too_few) for lead, at, one in zip(leads, rows, measured, strict=True)]
    for place, one in zip(given, drawn, strict=True):
        ends = intervals.ends(one, measured[place].groups, each)
        if ends is None or not np.isfinite(one.error):
            continue
        interval = intervals.interval(one, ends)
        update = {"difference": one.value, "interval": interval, "confirmed": interval[1] < 0, "reason": ""}
        spots[place] = spots[place].model_copy(update=update)
    return spots


def _rows_of(lead: Lead, judging: Rows, singles: dict[tuple[str, ...], Division]) -> Rows:
    """Return which of the judging rows are in a slice that was found among others."""
    if lead.division is None:
        return np.zeros(0, dtype=np.intp)
    inside = np.ones(len(judging), dtype=bool)
    for name, number in zip(lead.division.columns, lead.division.parts(lead.number), strict=True):
        inside &= singles[(name,)].codes[judging] == number
    return np.flatnonzero(inside)


def _behind(lead: Lead, one: Measured, whole: Measured) -> Statistic | None:
    """Return how far a slice lies behind as something to resample; None when that cannot be had."""
    if one.too_few or one.sums is None:
        return None
    if lead.against == "all rows":
        return None if whole.sums is None else difference(lead.metric, one.sums, whole.sums)
    return None if one.champion_sums is None else difference(lead.metric, one.sums, one.champion_sums)


def _spot(lead: Lead, rows: int, too_few: str) -> WeakSpot:
    """Return what is known before the other half has judged."""
    name = lead.division.label(lead.number).name if lead.division else ""
    return WeakSpot(
        metric=lead.metric.name,
        against=lead.against,
        looked_at=lead.looked_at,
        name=name,
        rows=rows,
        found=lead.found if lead.division else None,
        reason=too_few or "its interval cannot be had"
        if lead.division
        else "no slice has enough rows, in enough clusters, to be looked at",
    )
