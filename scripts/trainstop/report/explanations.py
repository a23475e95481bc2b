"""Why a gate decided as it did, in words: from its check and the metric behind it. Decides nothing anew."""

import math

from trainstop.records import Check, CheckStatus, Record
from trainstop.records.base import Part
from trainstop.records.explaining import Explanation
from trainstop.records.judging import Comparison, Estimate, EvaluatePart, MetricResult
from trainstop.report import words

AGAINST = " vs champion"
"""Ends the name of the check of a metric beside the champion's."""
ONLY_WARNS = "(the gate only warns)"
FOLLOWS = {
    CheckStatus.PASSED: "the gate passes",
    CheckStatus.WARNED: "the line goes on with a warning",
    CheckStatus.FAILED: "the line stops",
    CheckStatus.INCONCLUSIVE: "nothing can be concluded, and that is no pass",
    CheckStatus.SKIPPED: "nothing was judged",
}


def explain(record: Record[Part]) -> tuple[Explanation, ...]:
    """Explain every check of a record, in its order."""
    return tuple(_explained(record.stage, check, record.part) for check in record.checks)


def _explained(stage: str, check: Check, part: Part | None) -> Explanation:
    """Explain one check: by its metric where there is one, else by its own words."""
    plain = Explanation(
        of_stage=stage,
        gate=check.name,
        status=check.status,
        value=check.value,
        limit=check.limit,
        interval=check.interval,
        found=check.reason,
        rule=FOLLOWS[check.status],
    )
    if not isinstance(part, EvaluatePart):
        return plain
    against = check.name.endswith(AGAINST)
    name = check.name.removesuffix(AGAINST)
    metric = next((each for each in part.metrics if each.name == name), None)
    if metric is None or check.status is CheckStatus.SKIPPED:
        return plain
    if against and metric.comparison:
        return plain.model_copy(update=_relative(check, metric, metric.comparison, part))
    return plain if against else plain.model_copy(update=_absolute(check, metric, part))


def _relative(check: Check, metric: MetricResult, comparison: Comparison, part: EvaluatePart) -> dict[str, object]:
    """Explain a comparison with the champion."""
    shown: dict[str, object] = {"word": comparison.word, "method": metric.method, "rests_on": _rests_on(part)}
    if comparison.difference is None:
        return shown | {
            "found": f"not compared: {comparison.reason}",
            "change": "make both models answer the same rows",
        }
    candidate, champion = _value(metric.candidate), _value(metric.champion)
    found = f"candidate {candidate}, version {part.champion_version} {champion}: {_apart(comparison.difference)}"
    return shown | {
        "found": f"{found}. {_span(comparison, part)}",
        "rule": f"{_by_word(comparison)}, {_why_follows(check, comparison)}: {FOLLOWS[check.status]}",
        "change": _change(comparison, part),
    }


def _apart(difference: float) -> str:
    """Say a difference."""
    if not difference:
        return "no difference"
    return f"{words.number(abs(difference))} {'better' if difference > 0 else 'worse'}"


def _span(comparison: Comparison, part: EvaluatePart) -> str:
    """Say the interval of a difference, or why there is none."""
    if comparison.interval is None:
        return f"There is no interval: {comparison.reason}"
    low, high = map(words.signed, comparison.interval)
    said = f"The {words.percent(part.confidence)} interval of the difference is {low} to {high} (more is better)"
    return f"{said}; the tolerance is {_number(comparison.tolerance)}" if comparison.tolerance else said


def _by_word(comparison: Comparison) -> str:
    """Say the rule that gives the word."""
    ends, tolerance = comparison.interval, comparison.tolerance
    below = "" if tolerance is None else words.signed(-tolerance)
    if ends is None:
        return "without an interval nobody can tell"
    if comparison.word == "better":
        return "all of the interval lies above 0, so *better*"
    if comparison.word == "no worse":
        return f"all of the interval lies above {below}, so *no worse*"
    if comparison.word == "worse":
        return f"all of the interval lies below {below}, so *worse*"
    return (
        f"the interval holds {below}, so the loss may be allowed or not: *cannot tell*" if below else "no word is due"
    )


def _why_follows(check: Check, comparison: Comparison) -> str:
    """Say which setting decides what follows from the word."""
    if ONLY_WARNS in check.reason:
        return 'and `mode = "warn"`'
    if comparison.word in ("better", "no worse"):
        return "which is what a candidate must be"
    if comparison.word == "worse":
        return 'and `mode = "block"`'
    return f'and `cannot-tell = "{"block" if check.status is CheckStatus.FAILED else "warn"}"`'


def _change(comparison: Comparison, part: EvaluatePart) -> str:
    """Say what it would take for another word."""
    ends, tolerance = comparison.interval, comparison.tolerance
    if ends is None or tolerance is None:
        return f"more data: {comparison.reason}" if ends is None else "a tolerance, which is what may be lost"
    low, high = ends
    if comparison.word == "worse":
        lacking = _number(-tolerance - high)
        text = f"a candidate better by {lacking}, or a tolerance above {_number(-high)}, would not be *worse*"
    elif comparison.word == "cannot tell":
        text = f"{_needed(comparison, part)}the lower end is {_number(-tolerance - low)} below what is *no worse*"
    elif comparison.word == "no worse":
        higher = f", {_number(-low)} higher" if low else ""
        text = f"*better* needs all of it above 0{higher}; *no worse* has {_number(low + tolerance)} to spare"
    else:
        text = f"the lower end has {_number(low)} to spare"
    seen = comparison.smallest_visible
    return text + (f"; these data show a true difference of {_number(seen)} 8 times in 10" if seen is not None else "")


def _needed(comparison: Comparison, part: EvaluatePart) -> str:
    """Say how much data would tell, where the record knows."""
    if comparison.needed is None:
        return ""
    return f"about {comparison.needed:,} {_unit(part)} would tell, 8 times in 10, if both are equally good; "


def _absolute(check: Check, metric: MetricResult, part: EvaluatePart) -> dict[str, object]:
    """Explain a metric beside its own limits."""
    estimate = metric.candidate
    shown: dict[str, object] = {"rests_on": _rests_on(part), "method": metric.method}
    if estimate.value is None:
        found = f"it has no value: {estimate.reason or 'it was not computed'}"
        return shown | {"found": found, "rule": f"no data is never a pass: {FOLLOWS[check.status]}"}
    if not isinstance(check.limit, float | int):
        return shown
    span = "no interval" + (f": {estimate.reason}" if estimate.reason else "")
    if estimate.interval:
        low, high = map(words.number, estimate.interval)
        span = f"{words.percent(part.confidence)} interval {low} to {high}"
    found = f"{words.number(estimate.value)}, {span}; the limit nearest to it is {words.number(check.limit)}"
    rule, change = _by_limit(check, estimate, float(check.limit), part)
    return shown | {"found": found, "rule": f"{rule}: {FOLLOWS[check.status]}", "change": change}


def _by_limit(check: Check, estimate: Estimate, limit: float, part: EvaluatePart) -> tuple[str, str]:
    """Return the rule that decided on a limit, and what would change it."""
    value = estimate.value or 0.0
    room = f"the value is {_number(abs(value - limit))} away from the limit"
    mode = "warn" if ONLY_WARNS in check.reason else "block"
    if check.status is CheckStatus.PASSED:
        return "the value and all that is known of its interval clear the limit", room
    by_interval = "not all of its interval is" in check.reason or "nobody knows how surely" in check.reason
    if not by_interval:
        return f'the value misses the limit, whatever its interval, and `mode = "{mode}"`', room
    by_point = check.status is CheckStatus.WARNED and mode == "block"
    decide = '"point"`' if by_point else f'"interval"` and `mode = "{mode}"`'
    rule = f"the value clears the limit and its interval does not, and `decide = {decide}"
    return rule, f"{room}{_narrower(estimate, limit, part)}"


def _narrower(estimate: Estimate, limit: float, part: EvaluatePart) -> str:
    """Say how much data would make an interval clear a limit that its value clears; widths shrink with their root."""
    if estimate.interval is None or estimate.value is None or estimate.value == limit or part.seeds > 1:
        return ""  # more rows do not narrow what the seeds leave open
    low, high = estimate.interval
    half = estimate.value - low if limit < estimate.value else high - estimate.value
    units = part.clusters if part.clusters is not None else part.rows
    needed = math.ceil(units * (half / (estimate.value - limit)) ** 2)
    return f"; at the same value, about {needed:,} {_unit(part)} would make its interval clear it" if units else ""


def _rests_on(part: EvaluatePart) -> str:
    """Say what the numbers rest on."""
    if part.rung == 0:
        return "bare numbers of the project's metrics file"
    rows = words.count(part.rows, "row")
    if part.seeds > 1:
        rows = f"{part.seeds} seeds' models, {rows}"
    if part.clusters is None:
        return f"{rows}, taken as independent of one another"
    effect = f", design effect {words.number(part.design_effect, 3)}" if part.design_effect is not None else ""
    return f"{rows} in {part.clusters:,} {_unit(part)}{effect}"


def _unit(part: EvaluatePart) -> str:
    """Name the independent units."""
    if part.clusters is None:
        return "rows"
    return f"clusters of `{part.cluster}`{' (guessed)' if part.cluster_guessed else ''}"


def _value(estimate: Estimate | None) -> str:
    """Return a number, or that there is none."""
    return "none" if estimate is None or estimate.value is None else words.number(estimate.value)


def _number(value: float | None) -> str:
    """Return the size of a distance."""
    return "none" if value is None else words.number(abs(value), words.DIFFERENCE_DIGITS)
