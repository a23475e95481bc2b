"""What a reader asks first, each question with its answer in plain words: the top of the page."""

from dataclasses import dataclass

from trainstop.records.delivery import HistoryEntry
from trainstop.records.judging import EvaluatePart, MetricResult
from trainstop.report import words
from trainstop.report.page.past import act
from trainstop.report.verdict import against_champion, worse_slices
from trainstop.report.view import View
from trainstop.report.weak_spots import weak_spot

MOST, MOST_STOPPED = 4, 2
"""Lines of an answer, and deployments that went wrong."""
ORDER = ("worse", "cannot tell", "better", "no worse")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question and its answer, a sentence a line."""

    question: str
    lines: tuple[str, ...]


def answers(view: View) -> tuple[Answer, ...]:
    """Return what a reader asks first: better, by how much, how sure, for whom not, what happened in production."""
    part = view.evaluate
    nothing = (f"Nothing was judged: evaluate {view.stage('evaluate').words or 'left nothing'}.",)
    return (
        Answer(question="Is it better?", lines=_whether_better(view, part) if part else nothing),
        Answer(question="By how much?", lines=_by_how_much(part) if part else nothing),
        Answer(question="How sure is that?", lines=_how_sure(part) if part else nothing),
        Answer(question="For whom is it worse?", lines=_for_whom(view, part) if part else nothing),
        Answer(question="What happened in production?", lines=_production(view)),
    )


def _whether_better(view: View, part: EvaluatePart) -> tuple[str, ...]:
    """Say how the candidate stands against the champion, what is not shown included."""
    judged = {each.comparison.word for each in part.metrics if each.comparison and each.comparison.word}
    champion = f"version {part.champion_version}"
    which = f"The candidate is version {view.candidate} now." if view.candidate else ""
    if judged == {"no worse"}:
        said = f"It is not shown to be better; it is not worse than {champion} by more than is tolerated."
    else:
        said = _sentence(against_champion(part))
    return tuple(filter(None, (said, which)))


def _by_how_much(part: EvaluatePart) -> tuple[str, ...]:
    """Say the differences, the worst first; without any, the values."""
    compared = [each for each in part.metrics if each.comparison and each.comparison.difference is not None]
    compared.sort(key=_rank)
    judged = [each for each in compared if each.comparison and each.comparison.word] or compared
    if judged:
        lines, left = _few([_difference(each) for each in judged], "difference"), len(compared) - len(judged)
        more = f"{words.count(left, 'more metric')}, for which no tolerance is set, in the table below."
        return (*lines, *([more] if left else []))
    return _few([_value(each) for each in part.metrics], "metric") or ("It has no metric.",)


def _difference(metric: MetricResult) -> str:
    """Say one difference."""
    found = metric.comparison
    if found is None or found.difference is None:
        return ""
    values = [
        words.number(each.value) for each in (metric.candidate, metric.champion) if each and each.value is not None
    ]
    against = f" ({' against '.join(values)})" if len(values) == 2 else ""
    ends = found.interval
    between = (
        f"; 95 times in 100 between {_way(ends[0], 2)} and {_way(ends[1], 2)}" if ends else "; without an interval"
    )
    allowed = f"; {words.number(found.tolerance)} worse is tolerated" if found.tolerance else ""
    said = f": {found.word or found.reason}" if found.word or found.reason else ""
    return f"{words.quoted(metric.name)}: {_way(found.difference)}{against}{between}{allowed}{said}."


def _way(difference: float, digits: int = words.DIFFERENCE_DIGITS) -> str:
    """Say a difference and its direction in words: metrics that fall as a model gets better have no sign to read."""
    amount = words.number(abs(difference), digits)
    return "equal" if difference == 0 else f"{amount} {'better' if difference > 0 else 'worse'}"


def _value(metric: MetricResult) -> str:
    """Say one metric of a model that is alone."""
    if metric.candidate.value is None:
        return f"{words.quoted(metric.name)}: {metric.candidate.reason or 'not computed'}."
    between = f" {words.interval(metric.candidate.interval)}" if metric.candidate.interval else ", without an interval"
    return f"{words.quoted(metric.name)}: {words.number(metric.candidate.value)}{between}."


def _how_sure(part: EvaluatePart) -> tuple[str, ...]:
    """Say what the intervals rest on."""
    if part.rung == 0:
        return ("The project wrote these numbers itself, and they carry no uncertainty.",)
    rows = words.count(part.rows, "row")
    if part.clusters is not None:
        guessed = ", a column that was guessed," if part.cluster_guessed else ""
        rests = (
            f"{rows} in {words.count(part.clusters, 'cluster')} of {words.quoted(part.cluster)}{guessed} "
            "whose rows are taken to depend on one another"
        )
    else:
        rests = f"{rows}, taken as independent of one another"
    visible = [
        f"{words.quoted(each.name)} {words.number(each.comparison.smallest_visible, 2)}"
        for each in sorted(part.metrics, key=_rank)
        if each.comparison and each.comparison.smallest_visible is not None and each.comparison.word
    ]
    lines = [
        f"The {words.percent(part.confidence)} intervals rest on {rests}.",
        f"The smallest loss that these rows would show 8 times in 10: {words.listed(visible[:MOST])}."
        if visible
        else "",
    ]
    return tuple(filter(None, lines))


def _for_whom(view: View, part: EvaluatePart) -> tuple[str, ...]:
    """Say for which slices the candidate is worse, or that none was found or looked at."""
    found = [row for row in view.slices if row.metric.comparison and row.metric.comparison.word]
    slices = words.count(len(part.slices), "slice")
    if not part.slices:
        return ("No slices were looked at.", *_searched(part))
    if not found:
        return (f"{slices} of the candidate alone; there is nothing to compare with.", *_searched(part))
    worse = worse_slices(view)
    none = f"For none of {slices} is it shown to be worse."
    open_ones = sum(row.metric.comparison is not None and row.metric.comparison.word == "cannot tell" for row in found)
    metrics = len({row.metric.name for row in found})
    compared = f"{words.count(len(found), 'comparison')} ({slices}, {words.count(metrics, 'metric')})"
    unsure = [f"But in {open_ones} of {compared} the rows are too few to tell."] if open_ones else []
    return (_sentence(worse.partition(" ")[2]) if worse else none, *unsure, *_searched(part))


def _searched(part: EvaluatePart) -> tuple[str, ...]:
    """Say what a search for weak slices came to; why it found nothing is said once."""
    spots = [f"{weak_spot(spot)}." for spot in part.weakest if spot.name]
    reasons = dict.fromkeys(spot.reason for spot in part.weakest if not spot.name)
    return (*spots, *(f"Other slices were searched too, on one half of the rows: {reason}." for reason in reasons))


def _production(view: View) -> tuple[str, ...]:
    """Say what serves, and what was last seen of it; or why nothing is known."""
    seen = view.production
    lines = [*_deployed(view), _watched(view), _alerted(view)]
    if not any(lines):
        return ("Nothing is known here: neither the ledger nor a look at production came with these records.",)
    if seen.monitor is None:
        lines.append("No look at production came with these records.")
    return tuple(filter(None, lines))


def _deployed(view: View) -> list[str]:
    """Say what serves, and how it came to that: what went wrong last and what was done last, in the order of time."""
    past = view.production.past
    if past is None:
        return []
    if not past.entries:
        return ["The ledger is empty: nothing was deployed yet."]
    champion = next((each.version for each in reversed(past.versions) if "champion" in each.aliases), None)
    now = (
        f"Now version {champion}{_own(view, champion)} is the champion." if champion else "No version is the champion."
    )
    bad = [each for each in past.entries if each.outcome == "stopped" or each.action == "rollback"]
    told = [each for each in bad if each.outcome != "begun"][-MOST_STOPPED:]
    if past.entries[-1] not in told:
        told.append(past.entries[-1])
    return [now, *(_event(view, each) for each in told)]


def _event(view: View, entry: HistoryEntry) -> str:
    """Say an entry of the ledger with its time and its reason."""
    said = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC: {act(entry)}{_own(view, entry.version)}"
    return f"{said}: {entry.reason}." if entry.reason else f"{said}."


def _own(view: View, version: int | None) -> str:
    """Say of a version that it is the candidate of this page."""
    return " (this candidate)" if version is not None and version == view.candidate else ""


def _watched(view: View) -> str:
    """Say what the last look at production saw."""
    part = view.production.monitor
    if part is None:
        return ""
    found = [f"{each.title} ({each.level})" for each in part.incidents]
    out = sum(each.level in ("look", "act") for each in part.signals)
    judged = sum(each.level != "not enough data" for each in part.signals)
    seen = words.listed(found) if found else "no incident"
    when = f", back from {part.as_of:%Y-%m-%d}" if part.as_of else ""
    unjudged = f"; {len(part.signals) - judged} more had too little data" if judged < len(part.signals) else ""
    return (
        f"The last look{when}, at version {part.model_version} on {words.quoted(part.environment)} over "
        f"{words.count(part.rows, 'row')}: {seen}; {out} of {words.count(judged, 'judged signal')} stand out{unjudged}."
    )


def _alerted(view: View) -> str:
    """Say what was done about it."""
    part = view.production.alert
    if part is None:
        return ""
    acts = {"opened": part.opened, "reopened": part.reopened, "updated": part.updated, "closed": part.closed}
    done = [
        f"issue {words.listed(f'#{number}' for number in numbers)} was {act}"
        for act, numbers in acts.items()
        if numbers
    ]
    due = [f"the reaction that is due: {part.reaction}"] if part.reaction != "none" else []
    return _sentence("; ".join([*done, *due]))


def _few(lines: list[str], thing: str) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - MOST
    return tuple(lines[:MOST]) + ((f"{words.count(more, f'more {thing}')} below.",) if more > 0 else ())


def _rank(metric: MetricResult) -> int:
    """Return where a metric stands: what is worse comes first."""
    word = metric.comparison.word if metric.comparison else None
    return ORDER.index(word) if word else len(ORDER)


def _sentence(phrase: str) -> str:
    """Return a phrase as a sentence."""
    return f"{phrase[:1].upper()}{phrase[1:]}." if phrase else ""
