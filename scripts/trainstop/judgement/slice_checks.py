"""Checks of slices: one for each metric that got worse in one, in bounded number, or one for all of them together."""

import difflib
from collections.abc import Mapping, Sequence

from trainstop.config.judging import GateSection
from trainstop.config.slicing import SlicesSection
from trainstop.errors import ConfigurationError
from trainstop.judgement.gates import Basis, number
from trainstop.judgement.metrics import Metric
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Comparison, MetricResult, SliceResult

MOST_CHECKS = 10
"""Checks of slices that got worse; the record's slices have them all."""
TOGETHER = "slices vs champion"


def tolerances(
    gates: Mapping[str, GateSection], slices: SlicesSection, known: Mapping[str, Metric]
) -> dict[str, float]:
    """Return, by metric, how much worse a slice may be: what `slices.tolerance` says, else the gate's.

    Raises:
        ConfigurationError: `slices.tolerance` names no metric, or one that cannot be compared.

    """
    for name in slices.tolerance:
        if name not in known or not known[name].compared:
            comparable = [metric.name for metric in known.values() if metric.compared]
            near = difflib.get_close_matches(name, comparable, n=1, cutoff=0.5)
            raise ConfigurationError(
                f"{name!r} is no metric of this task that can be compared with the champion's",
                where=f"key `slices.tolerance.{name}`",
                fix=f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(comparable)}",
            )
    by_gate = {name: gate.tolerance for name, gate in gates.items() if gate.mode != "off" and gate.tolerance}
    return {**by_gate, **slices.tolerance}


def checks(
    found: Sequence[SliceResult], section: SlicesSection, gates: Mapping[str, GateSection], basis: Basis, champion: str
) -> tuple[Check, ...]:
    """Judge slices by the words of their comparisons; nothing when the mode is off or nothing could be said.

    Args:
        found: the slices.
        section: what follows when one is worse.
        gates: one that only warns makes its metric's slices only warn, too.
        basis: what the intervals rest on.
        champion: why a champion that there is could not be compared; empty when it was, or when there is none.

    """
    if section.mode == "off" or not found:
        return ()
    if champion:
        missing = Check(name=TOGETHER, status=CheckStatus.INCONCLUSIVE, reason=f"not compared: {champion}")
        return (missing,) if section.mode == "block" else ()
    judged = [(each, metric) for each in found for metric in each.metrics if _tolerance(metric) is not None]
    if not judged:
        return ()
    worse = [each for each in judged if _word(each[1]) == "worse"]
    worse.sort(key=lambda each: each[1].comparison.in_tolerances if each[1].comparison else 0.0)
    if not worse:
        return (_none_worse(judged),)
    listed = tuple(_worse(each, metric, _status(metric, section, gates), basis) for each, metric in worse[:MOST_CHECKS])
    rest = worse[MOST_CHECKS:]
    if not rest:
        return listed
    blocked = any(_status(metric, section, gates) is CheckStatus.FAILED for _, metric in rest)
    status = CheckStatus.FAILED if blocked else CheckStatus.WARNED
    reason = f"worse in {len(rest)} more, which the record lists with all slices"
    return (*listed, Check(name=TOGETHER, status=status, value=len(rest), reason=reason))


def _none_worse(judged: Sequence[tuple[SliceResult, MetricResult]]) -> Check:
    """Say that no slice got worse, and of how many that can be said; nothing seen is no pass."""
    seen = [metric for _, metric in judged if metric.comparison and metric.comparison.interval]
    if not seen:
        reason = "no slice has enough rows to be compared"
        return Check(name=TOGETHER, status=CheckStatus.SKIPPED, value=0, reason=reason)
    open_ones = sum(_word(metric) == "cannot tell" for _, metric in judged)
    unsure = f"; {open_ones} of them cannot tell" if open_ones else ""
    reason = f"none of {len(judged)} comparisons in slices shows a loss beyond its tolerance{unsure}"
    return Check(name=TOGETHER, status=CheckStatus.PASSED, value=len(seen), reason=reason)


def _worse(found: SliceResult, metric: MetricResult, status: CheckStatus, basis: Basis) -> Check:
    """Say how much worse a slice got."""
    comparison = metric.comparison or Comparison(difference=None)
    candidate, champion = metric.candidate.value, metric.champion.value if metric.champion else None
    values = ""
    if candidate is not None and champion is not None:
        values = f" {number(candidate, champion)} where the champion has {number(champion, candidate)},"
    tolerance = number(comparison.tolerance or 0.0)
    interval = ""
    if comparison.interval:
        interval = f" ({basis.interval(comparison.interval)} of the difference, one of many that hold all together)"
    return Check(
        name=f"{metric.name} in {found.title} vs champion",
        status=status,
        value=comparison.difference,
        limit=-(comparison.tolerance or 0.0),
        interval=comparison.interval,
        reason=f"worse:{values} {tolerance} worse is allowed{interval}",
    )


def _status(metric: MetricResult, section: SlicesSection, gates: Mapping[str, GateSection]) -> CheckStatus:
    """Return what follows a slice that got worse in a metric."""
    gate = gates.get(metric.name)
    blocks = section.mode == "block" and (gate is None or gate.mode == "block" or metric.name in section.tolerance)
    return CheckStatus.FAILED if blocks else CheckStatus.WARNED


def _tolerance(metric: MetricResult) -> float | None:
    """Return the tolerance a metric was compared with; None when it was not."""
    return metric.comparison.tolerance if metric.comparison else None


def _word(metric: MetricResult) -> str:
    """Return the word for a metric, empty when there is none."""
    return (metric.comparison.word or "") if metric.comparison else ""
