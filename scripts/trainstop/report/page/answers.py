"""What a reader asks first, each question with its answer in plain words: the top of the page."""

import math
from typing import Literal

from trainstop.records.judging import Comparison, EvaluatePart, MetricResult
from trainstop.report import words
from trainstop.report.page.answer import Answer, sentence
from trainstop.report.page.in_production import in_production
from trainstop.report.standing import standing
from trainstop.report.verdict import against_champion, worse_slices
from trainstop.report.view import SliceRow, View
from trainstop.report.weak_spots import weak_spot

LEAST = 1e-12
"""Up to this a difference is one of rounding."""
Certainty = Literal["sure", "chance", "unknown"]
ALONE: dict[Certainty, str] = {"chance": " (within chance)", "unknown": " (how sure is unknown)"}
TOGETHER: dict[Certainty, str] = {"chance": ", within what chance explains", "unknown": ", how sure is unknown"}
"""What is said of one difference among others, and of all of them at once."""
QUESTIONS = ("Is it better?", "By how much?", "How sure is that?", "For whom is it worse?")
ORDER = ("worse", "cannot tell", "better", "no worse")


def answers(view: View) -> tuple[Answer, ...]:
    """Return what a reader asks first: better, by how much, how sure, for whom not, what happened in production."""
    return (*_of_the_judgement(view), in_production(view))


def _of_the_judgement(view: View) -> tuple[Answer, ...]:
    """Answer what `evaluate` can answer."""
    part = view.evaluate
    if part is None:
        nothing = f"Nothing was judged: evaluate {view.stage('evaluate').words or 'left nothing'}."
        return tuple(Answer(question=question, short=nothing) for question in QUESTIONS)
    return (_whether_better(part), _by_how_much(part), _how_sure(part), _for_whom(view, part))


def _whether_better(part: EvaluatePart) -> Answer:
    """Say how the candidate stands against the champion, what is not shown included."""
    found, champion = standing(part.metrics), f"version {part.champion_version}"
    by_word = {word: _named(names) for word, names in found.by_word.items()}
    lost = f"worse in {_named(found.lost)}, for which no tolerance is set" if found.lost else ""
    if "worse" in by_word:
        short = f"No: worse than {champion} in {by_word['worse']}."
    elif "cannot tell" in by_word:
        short = f"Cannot tell: in {by_word['cannot tell']} it may be worse than {champion}."
    elif "better" in by_word:
        slight = f"slightly worse in {_named(found.slightly)}, by no more than is tolerated" if found.slightly else ""
        losses = " and ".join(filter(None, (slight, lost)))
        rest = f", and no worse in {_named(found.no_worse)}" if found.no_worse else ""
        gains = f"better than {champion} in {by_word['better']}{rest}"
        short = f"{gains[0].upper()}{gains[1:]}, but {losses}." if losses else f"Yes: {gains}."
    elif by_word:
        short = f"{_no_worse(part, slightly=bool(found.slightly))}{f' But {lost}.' if lost else ''}"
    elif found.lost:
        short = f"Worse than {champion} in {_named(found.lost)}, for which no tolerance is set."
    else:
        short = sentence(against_champion(part))
    return Answer(question=QUESTIONS[0], short=short)


def _named(names: list[str]) -> str:
    """List metrics by their names."""
    return words.listed(words.few([words.quoted(name) for name in names], "metric"))


def _no_worse(part: EvaluatePart, *, slightly: bool) -> str:
    """Say that no loss is larger than is tolerated, and whether there surely is a smaller one."""
    champion, level = f"version {part.champion_version}", words.percent(part.confidence)
    if slightly:
        return f"Slightly worse than {champion}, by no more than is tolerated (at {level})."
    return f"No clear difference from {champion}; not worse by more than is tolerated (at {level})."


def _by_how_much(part: EvaluatePart) -> Answer:
    """Say the differences, the worst first; without any, the values."""
    compared = _compared(part)
    lost = standing(part.metrics).lost
    judged = [each for each, found in compared if found.word or each.name in lost] or [each for each, _ in compared]
    left = len(compared) - len(judged)
    more = (f"{words.count(left, 'more metric')}, for which no tolerance is set, in the table below.",) if left else ()
    if not judged:
        values = _few([_value(each) for each in part.metrics], "metric")
        return Answer(question=QUESTIONS[1], short=(values or ["It has no metric."])[0], lines=tuple(values[1:]))
    shown = [(each, found) for each, found in compared if each in judged]
    kinds = {_certainty(found) for _, found in shown}
    alone, together = ({}, TOGETHER) if len(kinds) == 1 else (ALONE, {})
    said = [
        f"{words.quoted(each.name)} {_way(found.difference or 0.0, _decimals(found))}{alone.get(_certainty(found), '')}"
        for each, found in shown
    ]
    return Answer(
        question=QUESTIONS[1],
        short=f"{words.listed(_few(said, 'metric'))}{together.get(kinds.pop(), '')}.",
        lines=(*filter(None, map(_values, judged[: words.FEW])), *more),
    )


def _certainty(found: Comparison) -> Certainty:
    """Say whether a difference is more than chance."""
    if found.interval is None:
        return "unknown"
    return "chance" if found.interval[0] <= 0 <= found.interval[1] else "sure"


def _compared(part: EvaluatePart) -> list[tuple[MetricResult, Comparison]]:
    """Return the metrics that have a difference from the champion, and it, the worst first."""
    return [
        (each, each.comparison)
        for each in sorted(part.metrics, key=_rank)
        if each.comparison and each.comparison.difference is not None
    ]


def _values(metric: MetricResult) -> str:
    """Say what both models have, and what is tolerated."""
    found, name = metric.comparison, words.quoted(metric.name)
    both = [each.value for each in (metric.candidate, metric.champion) if each and each.value is not None]
    said = [f"{name}: {words.number(both[0])} against {words.number(both[1])}"] if len(both) == 2 else []
    if found and found.word and found.tolerance is not None:
        allowed = f"up to {words.number(found.tolerance)} worse" if found.tolerance else "no loss"
        said.append(f"{allowed} is tolerated")
    if found and found.reason and not (found.word and found.interval):
        said.append(found.reason)
    return f"{'; '.join(said)}." if said else ""


def _way(difference: float, decimals: int) -> str:
    """Say a difference and its direction in words: metrics that fall as a model gets better have no sign to read."""
    if abs(difference) <= LEAST:
        return "equal"
    amount, least = f"{abs(difference):.{decimals}f}", 10.0**-decimals
    shown = amount if float(amount) else f"less than {least:.{decimals}f}"
    return f"{shown} {'better' if difference > 0 else 'worse'}"


def _decimals(found: Comparison) -> int:
    """Return the decimals of a difference and both ends of its interval: two digits of what is not known of it."""
    low, high = found.interval or (0.0, 0.0)
    for scale in ((high - low) / 2, abs(found.difference or 0.0)):
        if LEAST < scale < math.inf:
            return max(0, 1 - math.floor(math.log10(scale)))
    return 0


def _value(metric: MetricResult) -> str:
    """Say one metric of a model that is alone."""
    if metric.candidate.value is None:
        return f"{words.quoted(metric.name)}: {metric.candidate.reason or 'not computed'}."
    between = f" {words.interval(metric.candidate.interval)}" if metric.candidate.interval else ", without an interval"
    return f"{words.quoted(metric.name)}: {words.number(metric.candidate.value)}{between}."


def _how_sure(part: EvaluatePart) -> Answer:
    """Say the intervals, what they rest on, and what they could not show."""
    if part.rung == 0:
        own = "Unknown: the project wrote these numbers itself, and they carry no uncertainty."
        return Answer(question=QUESTIONS[2], short=own)
    compared = _compared(part)
    any_word = any(found.word for _, found in compared)
    known = [
        f"{words.quoted(each.name)} from {_way(found.interval[0], digits)} to {_way(found.interval[1], digits)}"
        for each, found in compared
        if found.interval and (found.word or not any_word)
        for digits in [_decimals(found)]
    ]
    rows, level = words.count(part.rows, "row"), words.percent(part.confidence)
    visible = [
        f"{words.number(found.smallest_visible, 2)} in {words.quoted(each.name)}"
        for each, found in compared
        if found.smallest_visible is not None and found.word
    ]
    if part.clusters is not None:
        guessed = ", a column that was guessed," if part.cluster_guessed else ""
        rests = (
            f"{rows} in {words.count(part.clusters, 'cluster')} of {words.quoted(part.cluster)}{guessed} "
            "whose rows are taken to depend on one another"
        )
    else:
        rests = f"{rows}, taken as independent of one another"
    unknown = next((found.reason for _, found in compared if found.reason), "")
    subject = "They rest" if known else "It rests"
    if known:
        short = f"{level} intervals: {'; '.join(_few(known, 'metric'))}."
    elif compared:
        short = f"Unknown: no difference has an interval{f' ({unknown})' if unknown else ''}."
    else:
        short = f"{subject} on {rests}."
    seen = f"A loss of {' or '.join(visible[: words.FEW])} would be found with a power of 80%."
    return Answer(
        question=QUESTIONS[2],
        short=short,
        lines=(*([f"{subject} on {rests}."] if compared else []), *([seen] if visible else [])),
    )


def _for_whom(view: View, part: EvaluatePart) -> Answer:
    """Say for which slices the candidate is worse, or that none was found or looked at."""
    compared = [(row, row.metric.comparison) for row in view.slices if row.metric.comparison]
    found = [row for row, comparison in compared if comparison.word and comparison.tolerance is not None]
    slices = words.count(len(part.slices), "slice")
    if not part.slices:
        short = "No slices were looked at."
    elif not found and any(comparison.difference is not None for _, comparison in compared):
        short = f"Unknown: no tolerance is set, so none of {slices} is judged."
    elif not found:
        short = f"{slices} of the candidate alone; there is nothing to compare with."
    else:
        worse = worse_slices(view).partition(" ")[2]
        shown = sentence(worse)[:-1] if worse else "No slice is shown to be worse"
        short = f"{shown}{_unsure(found, slices, mostly=', but most is unknown' if not worse else '')}."
    return Answer(question=QUESTIONS[3], short=short, lines=_searched(part))


def _unsure(found: list[SliceRow], slices: str, *, mostly: str) -> str:
    """Say in how many comparisons of slices nothing can be told; `mostly` first, where it is in most of them."""
    unsure = sum(row.metric.comparison is not None and row.metric.comparison.word == "cannot tell" for row in found)
    metrics = words.count(len({row.metric.name for row in found}), "metric")
    of_all = f"{words.count(len(found), 'comparison')} ({slices}, {metrics})"
    few = f"{unsure} of {of_all} have too few rows to tell"
    if not unsure:
        return f", in {of_all}"
    return f"{mostly}: {few}" if 2 * unsure > len(found) and mostly else f"; {few}"


def _searched(part: EvaluatePart) -> tuple[str, ...]:
    """Say what a search for weak slices came to; why it found nothing is said once."""
    spots = [f"{weak_spot(spot)}." for spot in part.weakest if spot.name]
    reasons = dict.fromkeys(spot.reason for spot in part.weakest if not spot.name)
    return (*spots, *(f"A search among further slices: {reason}." for reason in reasons))


def _few(lines: list[str], thing: str) -> list[str]:
    """Return the first lines, and how many more there are."""
    return words.few(lines, thing, " below")


def _rank(metric: MetricResult) -> int:
    """Return where a metric stands: what is worse comes first."""
    word = metric.comparison.word if metric.comparison else None
    return ORDER.index(word) if word else len(ORDER)
