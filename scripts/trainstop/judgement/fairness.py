"""Groups beside one another: rates of each, how far they are apart, how sure that is, and what the limits say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainstop.config.fairness import FairnessSection
from trainstop.config.judging import GateSection
from trainstop.judgement import gates, pairwise
from trainstop.judgement.answers import Labels
from trainstop.judgement.group_rates import UNDIRECTED, Respect, is_share, rates_of, respects_of, rests_on
from trainstop.judgement.metrics import Metric
from trainstop.judgement.pairwise import Member, Spread, farthest
from trainstop.judgement.resampling import unit_codes, unit_sums
from trainstop.judgement.samples import Floats, Rows
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Disparity, Estimate, FairnessResult, GroupResult, MetricResult

MOST_GROUPS = 30
"""So many groups of one entry have intervals, and are shown: an interval for the farthest pair holds for all pairs at
once, which takes time and memory by the groups, and says less with every pair."""
MOST_SMALL = 20
"""Groups too small to be compared that are shown."""
LONGEST_VALUE = 100


@dataclass(frozen=True)
class Group:
    """Rows with the same values; `rows` are their positions."""

    values: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class _Rated:
    """One rate of the groups that it is compared of: their names, values, sums, and why there is no interval.

    There are no sums where the groups are too many.
    """

    groups: tuple[tuple[str, ...], ...]
    values: tuple[float, ...]
    members: tuple[Member, ...]
    reason: str


def judge_groups(pair: Pair, columns: Mapping[str, Labels], section: FairnessSection, rules: Rules) -> FairnessResult:
    """Compare the groups that the columns' values make together, all that have rows enough.

    Rows without a value in one of the columns are counted and belong to no group, as in fairlearn. Of more groups than
    `MOST_GROUPS` the disparities are known, and not how surely.

    Args:
        pair: all rows; only the candidate is looked at.
        columns: each row's value by column.
        section: from how many rows on a group is compared.
        rules: as for all rows; `minimum` units give an interval.

    """
    groups, missing = groups_of(columns)
    large = [group for group in groups if len(group.rows) >= section.minimum_group]
    small = [group for group in groups if len(group.rows) < section.minimum_group]
    rates = rates_of(pair.candidate)
    rated = _rated(pair, large, rates, section.minimum_group, rules)
    disparities = tuple(_disparity(each, rated, rules) for each in respects_of(pair.candidate, rates))
    shown = _shown(large, disparities)
    alone = Pair(candidate=pair.candidate, clusters=pair.clusters)
    results = [
        GroupResult(
            values=group.values,
            rows=len(group.rows),
            metrics=tuple(_undirected(each) for each in judge(alone.take(group.rows), rates, rules)),
        )
        for group in shown
    ]
    results += [GroupResult(values=each.values, rows=len(each.rows), compared=False) for each in small[:MOST_SMALL]]
    return FairnessResult(
        columns=tuple(columns),
        groups=tuple(results),
        disparities=disparities,
        method=_method(pair, rules),
        notes=tuple(_notes(small, len(large), len(shown), missing, section.minimum_group)),
    )


def groups_of(columns: Mapping[str, Labels]) -> tuple[list[Group], int]:
    """Return the groups, most rows first, and how many rows have no value in one of the columns."""
    stacked = np.column_stack([codes for codes, _ in columns.values()])
    known = np.flatnonzero((stacked >= 0).all(axis=1))
    values, inverse, counts = np.unique(stacked[known], axis=0, return_inverse=True, return_counts=True)
    starts = np.split(known[np.argsort(inverse.ravel(), kind="stable")], np.cumsum(counts)[:-1])
    names = [name for _, name in columns.values()]
    found = [
        Group(tuple(name[code][:LONGEST_VALUE] for name, code in zip(names, value, strict=True)), rows)
        for value, rows in zip(values, starts, strict=False)
    ]
    return sorted(found, key=lambda group: -len(group.rows)), len(stacked) - len(known)


def checks(section: FairnessSection, result: FairnessResult, basis: gates.Basis) -> list[Check]:
    """Hold the disparities of one entry against their limits, as gates do: a point that misses its limit fails.

    A limit on what this task has not (`mae-difference` of a classifier) fails too: it has no value.
    """
    by = f"by {' and '.join(result.columns)}"
    if section.mode == "off" or not section.limits:
        reason = "the check is off" if section.mode == "off" else f"no limit is set; {_largest(result)}"
        return [Check(name=f"fairness {by}", status=CheckStatus.SKIPPED, reason=reason)]
    found = {each.name: each for each in result.disparities}
    checked = []
    for name, limit in section.limits.items():
        gate = GateSection(
            min=limit if name.endswith("ratio") else None,
            max=None if name.endswith("ratio") else limit,
            mode=section.mode,
            decide=section.decide,
        )
        disparity = found.get(name, Disparity(name=name, estimate=Estimate(value=None, reason="not of this task")))
        check = gates.absolute(f"{name} {by}", gate, disparity.estimate, basis)
        checked.append(check.model_copy(update={"reason": f"{check.reason}{_between(disparity)}"}))
    return checked


def _rated(
    pair: Pair, groups: Sequence[Group], rates: Sequence[Metric], minimum: int, rules: Rules
) -> dict[str, _Rated]:
    """Return the groups of every rate, without those where it is a share of too few rows."""
    codes, units = unit_codes(len(pair.candidate), pair.clusters, seed=rules.seed)
    found = {}
    for rate in rates:
        known, reason = [], ""
        for group in groups:
            sample = pair.candidate.take(group.rows)
            lacking = rate.missing(sample)
            terms = None if lacking else rate.terms(sample)
            if terms is None or rests_on(terms) < minimum:
                reason = reason or lacking
                continue
            known.append((group, terms))
        members: list[Member] = []
        if len(known) > MOST_GROUPS:
            reason = _too_many(len(known))
        else:
            members = [_member(rate, terms, codes[group.rows], units) for group, terms in known]
            few = (_too_few(group, member, rules) for (group, _), member in zip(known, members, strict=True))
            reason = reason or next(filter(None, few), "")
        values = tuple(float(rate.of_terms(terms)) for _, terms in known)
        found[rate.name] = _Rated(tuple(group.values for group, _ in known), values, tuple(members), reason)
    return found


def _member(rate: Metric, terms: Floats, codes: Rows, units: int) -> Member:
    """Return one group's rate as sums of the units, with the least error it may have."""
    least = pairwise.least_error(float(rate.of_terms(terms)), rests_on(terms)) if is_share(rate) else 0.0
    return Member(unit_sums(terms, codes, units), least)


def _too_many(groups: int) -> str:
    """Say why so many groups have no interval, and what to do about it."""
    return (
        f"{groups} groups are compared, {groups - MOST_GROUPS} more than intervals are made for: "
        "raise `model-test.fairness.minimum-group`, or put values together"
    )


def _shown(groups: Sequence[Group], disparities: Sequence[Disparity]) -> list[Group]:
    """Return the largest groups, and of the others those that are farthest apart in one respect."""
    named = {values for each in disparities for values in each.between or ()}
    return [group for place, group in enumerate(groups) if place < MOST_GROUPS or group.values in named]


def _too_few(group: Group, member: Member, rules: Rules) -> str:
    """Say why a group's rate is not sure enough for an interval, or return an empty text."""
    if member.carrying < rules.minimum:
        few = f"only {member.carrying} {rules.unit}"
        return f"group `{_name(group.values)}` has {few} to judge by: intervals need {rules.minimum}"
    parts = member.sums[:, ::2] - member.sums[:, 1::2] * (member.sums.sum(axis=0)[::2] / member.sums.sum(axis=0)[1::2])
    if not member.least and np.allclose(parts, 0, atol=1e-12):
        return f"all rows of group `{_name(group.values)}` say the same: there is no spread to judge by"
    return ""


def _disparity(respect: Respect, rated: Mapping[str, _Rated], rules: Rules) -> Disparity:
    """Return how far the groups are apart in one respect."""
    families = {name: rated[name] for name in respect.rates if len(rated[name].values) > 1}
    if len(families) < len(respect.rates):
        reason = next((rated[name].reason for name in respect.rates if rated[name].reason), "")
        few = "fewer than two groups have enough rows to be compared"
        return Disparity(name=respect.name, estimate=Estimate(value=None, reason=reason or few))
    apart = {name: _apart(family, respect) for name, family in families.items()}
    worst = (min if respect.kind == "ratio" else max)(apart, key=lambda name: apart[name])
    values = families[worst].values
    high, low = int(np.argmax(values)), int(np.argmin(values))
    known = {
        "name": respect.name,
        "between": (families[worst].groups[high], families[worst].groups[low]),
        "rate": worst,
        "groups": max(len(family.values) for family in families.values()),
    }
    if not np.isfinite(apart[worst]):
        return Disparity(**known, estimate=Estimate(value=None, reason="the rate is 0 in every group"))
    return Disparity(**known, estimate=_estimate(apart[worst], tuple(families.values()), respect, rules))


def _apart(family: _Rated, respect: Respect) -> float:
    """Return largest less smallest, or smallest over largest; NaN for 0 over 0."""
    values = family.values
    if respect.kind == "difference":
        return max(values) - min(values)
    return min(values) / max(values) if max(values) > 0 else float("nan")


def _estimate(value: float, families: Sequence[_Rated], respect: Respect, rules: Rules) -> Estimate:
    """Add the interval to a disparity, or the reason why there is none."""
    reason = next((family.reason for family in families if family.reason), "")
    members = [family.members for family in families]
    if respect.kind == "ratio" and any(value <= 0 for family in families for value in family.values):
        reason = reason or "a rate is 0, and a ratio to it has no interval"
    if reason:
        return Estimate(value=value, reason=reason)
    spread = farthest(members, respect.kind, confidence=rules.confidence, resamples=rules.resamples, seed=rules.seed)
    if spread is None:
        return Estimate(value=value, reason="too many resamples lack a group: the rows are too few")
    return Estimate(value=value, interval=_ends(spread, respect, value))


def _ends(spread: Spread, respect: Respect, value: float) -> tuple[float, float]:
    """Return the ends on the scale of the disparity; no share differs from another by more than 1."""
    if respect.kind == "ratio":
        return float(np.exp(-spread.upper)), float(np.exp(-spread.lower))
    bounded = respect.name not in ("prediction-difference", "mae-difference")
    return spread.lower, max(value, min(spread.upper, 1.0)) if bounded else spread.upper


def _undirected(result: MetricResult) -> MetricResult:
    """Take the direction from a rate that has none."""
    if result.name.split(" ")[0] not in UNDIRECTED:
        return result
    return result.model_copy(update={"greater_is_better": None})


def _method(pair: Pair, rules: Rules) -> str:
    """Say how the disparities' intervals were made, and why so."""
    return (
        f"Intervals that hold for all pairs of groups at once (max-t bootstrap over {pair.units:,} {rules.unit}, "
        f"{rules.resamples:,} resamples, seed {rules.seed}), since which groups are farthest apart is partly chance"
    )


def _notes(small: Sequence[Group], large: int, shown: int, missing: int, minimum: int) -> list[str]:
    """Say what is left out of the comparison, and of what is shown."""
    notes = []
    if small:
        rows = sum(len(group.rows) for group in small)
        notes.append(f"groups of fewer than {minimum} rows are not compared: {len(small)} with {rows} rows together")
    if large > shown:
        notes.append(f"all {large} groups are compared, and {shown} are shown: the largest, and the farthest apart")
    if missing:
        notes.append(f"{missing} rows have no value and belong to no group")
    return notes


def _largest(result: FairnessResult) -> str:
    """Say the first disparity that has a value."""
    known = next((each for each in result.disparities if each.estimate.value is not None), None)
    if known is None or known.estimate.value is None:
        return result.disparities[0].estimate.reason
    return f"{known.name} is {gates.number(known.estimate.value)}{_between(known)}"


def _between(disparity: Disparity) -> str:
    """Say which groups are farthest apart, and in what."""
    if disparity.between is None:
        return ""
    high, low = disparity.between
    return f"; {disparity.rate} is largest in `{_name(high)}` and smallest in `{_name(low)}`"


def _name(values: Sequence[str]) -> str:
    """Write a group's values as one name."""
    return " / ".join(values)
