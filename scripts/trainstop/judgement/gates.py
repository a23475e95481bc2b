"""Gates: what a metric must reach, alone and beside the champion's, as checks with their reasons in words."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trainstop.config.judging import GateSection
from trainstop.errors import ConfigurationError
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Comparison, Estimate, Interval, MetricResult

NO_DATA = "no data is never a pass"
BY_WORD = {"better": CheckStatus.PASSED, "no worse": CheckStatus.PASSED, "worse": CheckStatus.FAILED}


def known_or_refuse(gates: Mapping[str, GateSection], known: Iterable[str], where: str) -> None:
    """Refuse a gate on a metric that does not exist.

    Args:
        gates: by metric.
        known: the metrics there are.
        where: what gives them, in words.

    Raises:
        ConfigurationError: naming the nearest metrics.

    """
    names = list(known)
    for name in gates:
        if name in names:
            continue
        near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
        fix = f"did you mean {' or '.join(f'`{each}`' for each in near)}?" if near else f"there are: {', '.join(names)}"
        raise ConfigurationError(
            f"there is a gate on {name!r}, and no such metric in {where}", where=f"key `gates.{name}`", fix=fix
        )


def agreeing_or_refuse(gates: Mapping[str, GateSection], directions: Mapping[str, bool]) -> None:
    """Refuse a gate that says the contrary of what is known of its metric's direction.

    Args:
        gates: by metric.
        directions: by metric, whether more is better, where it is known.

    Raises:
        ConfigurationError: one does.

    """
    for name, gate in gates.items():
        known = directions.get(name)
        if known is not None and gate.greater_is_better not in (None, known):
            raise ConfigurationError(
                f"the gate says that {'more' if gate.greater_is_better else 'less'} of {name!r} is better, and of this "
                f"metric {'more' if known else 'less'} is",
                where=f"key `gates.{name}.greater-is-better`",
                fix=f"leave it out; the direction of a metric of your own is `metrics.{name}.greater-is-better`",
            )


@dataclass(frozen=True)
class Basis:
    """What the numbers rest on, in words.

    Attributes:
        scope: like `31 clusters of day`; empty when nothing is known about how sure the numbers are.
        confidence: share of intervals that shall hold the truth.
        alone: why there is no champion.

    """

    scope: str
    confidence: float
    alone: str = "there is no champion yet"

    def interval(self, ends: Interval) -> str:
        """Write an interval with what it rests on."""
        over = f" over {self.scope}" if self.scope else ""
        return f"{100 * self.confidence:g}% interval {number(ends[0])} to {number(ends[1])}{over}"


def checks(gates: Mapping[str, GateSection], results: Mapping[str, MetricResult], basis: Basis) -> tuple[Check, ...]:
    """Judge all gates, in the order of the configuration.

    Args:
        gates: by metric.
        results: of every gated metric, by name.
        basis: what the numbers rest on.

    """
    found = []
    for name, gate in gates.items():
        if gate.mode == "off":
            found.append(Check(name=name, status=CheckStatus.SKIPPED, reason="the gate is off"))
            continue
        if gate.min is not None or gate.max is not None:
            found.append(absolute(name, gate, results[name].candidate, basis))
        if gate.tolerance is not None:
            found.append(relative(name, gate, results[name], basis))
    return tuple(found)


def absolute(name: str, gate: GateSection, estimate: Estimate, basis: Basis) -> Check:
    """Judge a metric by its own limits: the point decides, or with `decide = "interval"` all of the interval.

    A point that clears its limits with an interval that does not is warned of. No value fails.
    """
    value, interval = estimate.value, estimate.interval
    limit = _limit(gate, value)
    if value is None:
        reason = f"it has no value: {estimate.reason or 'it was not computed'}; {NO_DATA}"
        return _check(name, gate, CheckStatus.FAILED, reason, limit=limit)
    verdict = _miss(gate, value, value)
    by_interval = CheckStatus.FAILED if gate.decide == "interval" else CheckStatus.WARNED
    if verdict:
        status = CheckStatus.FAILED
    elif interval and _miss(gate, *interval):
        status, verdict = by_interval, f"{_clears(gate)}, but not all of its interval is"
    elif interval is None and (estimate.reason or gate.decide == "interval"):
        status, verdict = by_interval, f"{_clears(gate)}, and nobody knows how surely"
    else:
        status, verdict = CheckStatus.PASSED, _clears(gate)
    sure = f", {basis.interval(interval)}" if interval else ""
    why = f"; no interval: {estimate.reason}" if estimate.reason else ""
    reason = f"{number(value, gate.min, gate.max)} is {verdict}{sure}{why}"
    return _check(name, gate, status, reason, value=value, limit=limit, interval=interval)


def relative(name: str, gate: GateSection, result: MetricResult, basis: Basis) -> Check:
    """Judge a metric beside the champion's by the word of their comparison.

    No champion skips the check; a champion that could not be compared makes it inconclusive, and fails it where
    nothing passes that cannot be told.
    """
    title, comparison = f"{name} vs champion", result.comparison
    if comparison is None:
        return Check(name=title, status=CheckStatus.SKIPPED, reason=basis.alone)
    if comparison.difference is None:
        stops = result.candidate.value is None or gate.cannot_tell == "block"
        lacking = CheckStatus.FAILED if stops else CheckStatus.INCONCLUSIVE
        return _check(title, gate, lacking, f"not compared: {comparison.reason}")
    unsure = CheckStatus.FAILED if gate.cannot_tell == "block" else CheckStatus.WARNED
    limit = None if gate.tolerance is None else -gate.tolerance
    return _check(
        title,
        gate,
        BY_WORD.get(comparison.word or "", unsure),
        _beside(result, comparison, basis),
        value=comparison.difference,
        limit=limit,
        interval=comparison.interval,
    )


def _beside(result: MetricResult, comparison: Comparison, basis: Basis) -> str:
    """Say the word, the numbers it rests on, and what else there is to know."""
    candidate, champion = result.candidate.value, result.champion.value if result.champion else None
    difference = comparison.difference or 0.0
    parts = [f"{comparison.word or 'cannot tell'}:"]
    if candidate is not None and champion is not None:
        apart = (
            f"{number(abs(difference))} {'better' if difference > 0 else 'worse'} than" if difference else "equal to"
        )
        parts.append(f"{number(candidate, champion)} is {apart} the champion's {number(champion, candidate)},")
    if comparison.tolerance is not None:
        parts.append(f"{number(comparison.tolerance)} worse is allowed")
    if comparison.interval:
        parts.append(f"({basis.interval(comparison.interval)} of the difference, more is better)")
    return " ".join(parts).rstrip(",") + (f"; {comparison.reason}" if comparison.reason else "")


def number(value: float, *beside: float | None) -> str:
    """Write a number for a person: four significant digits, or as many as tell it from those it stands beside."""
    value += 0.0  # no "-0"
    others = [other for other in beside if other is not None and other != value]
    for digits in range(4, 17):
        text = f"{value:.{digits}g}"
        if all(text != f"{other:.{digits}g}" for other in others):
            return text
    return repr(value)


def _limit(gate: GateSection, value: float | None) -> float | None:
    """Return the limit that the value is nearest to missing."""
    if gate.min is None or gate.max is None:
        return gate.max if gate.min is None else gate.min
    if value is None:
        return gate.min
    return gate.min if value - gate.min <= gate.max - value else gate.max


def _miss(gate: GateSection, lower: float, upper: float) -> str:
    """Say which limit a range of values misses, or return an empty text."""
    if gate.min is not None and lower < gate.min:
        return f"below {number(gate.min, lower)}"
    if gate.max is not None and upper > gate.max:
        return f"above {number(gate.max, upper)}"
    return ""


def _clears(gate: GateSection) -> str:
    """Say which limits a value clears."""
    parts = [f"at least {number(gate.min)}"] if gate.min is not None else []
    parts += [f"at most {number(gate.max)}"] if gate.max is not None else []
    return " and ".join(parts)


def _check(
    name: str,
    gate: GateSection,
    status: CheckStatus,
    reason: str,
    *,
    value: float | None = None,
    limit: float | None = None,
    interval: Interval | None = None,
) -> Check:
    """Build a check; with `mode = "warn"` whatever would stop the line only warns."""
    stops = status in {CheckStatus.FAILED, CheckStatus.INCONCLUSIVE}
    if gate.mode == "warn" and stops:
        status, reason = CheckStatus.WARNED, f"{reason} (the gate only warns)"
    return Check(name=name, status=status, value=value, limit=limit, interval=interval, reason=reason)
