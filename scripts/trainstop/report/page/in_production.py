"""What happened in production: what serves, what went wrong, and what the last look found."""

from datetime import timedelta

from trainstop.records import serving as ledger
from trainstop.records.delivery import HistoryEntry, HistoryPart
from trainstop.report import words
from trainstop.report.page.answer import Answer, sentence
from trainstop.report.page.past import act
from trainstop.report.verdict import fate, stopped_later
from trainstop.report.view import View

QUESTION = "What happened in production?"
MOST_STOPPED = 2
"""Deployments that went wrong."""
OF_BEFORE = ", of an earlier incident,"
RECENT = timedelta(days=1)
"""Data older than this before a look is said to be older."""


def in_production(view: View) -> Answer:
    """Say what serves, and what was last seen of it; or why nothing is known."""
    known = _serving(view) or sentence(_incidents(view).removeprefix("; "))
    if not known:
        nothing = "Nothing is known here: neither the ledger nor a look at production came with these records."
        return Answer(question=QUESTION, short=nothing)
    none = "" if view.production.monitor else "No look at production came with these records."
    return Answer(
        question=QUESTION,
        short=known,
        lines=(*_deployed(view), *filter(None, (_watched(view), _alerted(view), none))),
    )


def _serving(view: View) -> str:
    """Say which version serves, and what became of the candidate if it is another one."""
    past = view.production.past
    if past is None:
        return ""
    before = ", when the ledger was last read, before the last delivery here" if view.production.outdated else ""
    if not past.entries:
        return f"Nothing was deployed{before or ' yet'}."
    ended = [f"{fate(entry)}: {entry.reason or 'no reason is known'}" for entry in stopped_later(view).values()]
    gone = f" Version {view.candidate} (this candidate) was {'; '.join(ended)}." if ended else ""
    return f"{_now(view, past)}{before}{_incidents(view)}.{gone}"


def _now(view: View, past: HistoryPart) -> str:
    """Say what serves and, where that is another one, which version is the champion."""
    champion = next((each.version for each in reversed(past.versions) if "champion" in each.aliases), None)
    environment = _environment(view, past)
    serving = ledger.known_serving(past.entries, environment)
    which = f"version {champion}{_own(view, champion)} is the champion" if champion else "no version is the champion"
    if serving is None:
        return f"{which[:1].upper()}{which[1:]}"
    now = f"Version {serving}{_own(view, serving)} serves"
    return now if serving == champion else f"{now} {words.quoted(environment)}, and {which}"


def _environment(view: View, past: HistoryPart) -> str:
    """Return which environment is production: where was promoted from, else what was looked at, else the last one."""
    looked = view.production.monitor.environment if view.production.monitor else ""
    return ledger.promoted_environment(past.entries) or looked or past.entries[-1].environment


def _incidents(view: View) -> str:
    """Say what the last look at production found."""
    part = view.production.monitor
    if part is None:
        return ""
    found = [f"{each.title} ({each.level})" for each in part.incidents]
    unjudged = sum(each.level == "not enough data" for each in part.signals)
    few = f" ({unjudged} of {words.count(len(part.signals), 'signal')} had too little data)" if unjudged else ""
    past, at = view.production.past, view.production.looked_at
    moved = ledger.moved(past.entries, part.environment) if past else []
    before = ", before the last change," if moved and at and at < moved[-1].at else ""
    return f"; the last look{before} found {words.listed(found) if found else 'no incident'}{few}"


def _deployed(view: View) -> list[str]:
    """Say what went wrong last and what was done last, in the order of time."""
    past = view.production.past
    if past is None or not past.entries:
        return []
    bad = [each for each in past.entries if each.outcome == "stopped" or each.action == "rollback"]
    told = [each for each in bad if each.outcome != "begun"][-MOST_STOPPED:]
    if past.entries[-1] not in told:
        told.append(past.entries[-1])
    return [_event(view, each) for each in told]


def _event(view: View, entry: HistoryEntry) -> str:
    """Say an entry of the ledger with its time and its reason."""
    said = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC: {act(entry)}{_own(view, entry.version)}"
    known = not entry.reason or entry in stopped_later(view).values()
    return f"{said}." if known else f"{said}: {entry.reason}."


def _own(view: View, version: int | None) -> str:
    """Say of a version that it is the candidate of this page."""
    return " (this candidate)" if version is not None and version == view.candidate else ""


def _watched(view: View) -> str:
    """Say what the last look at production looked at."""
    part = view.production.monitor
    if part is None:
        return ""
    out = sum(each.level in ("look", "act") for each in part.signals)
    judged = sum(each.level != "not enough data" for each in part.signals)
    at = view.production.looked_at
    when = f" at {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    known = part.as_of is None or (at is not None and abs(at - part.as_of) < RECENT)
    until = "" if known else f", on data up to {part.as_of:%Y-%m-%d}"
    return (
        f"The last look{when}{until}: version {part.model_version} on {words.quoted(part.environment)}, "
        f"{words.count(part.rows, 'row')}, {out} of {words.count(judged, 'judged signal')} stand out."
    )


def _alerted(view: View) -> str:
    """Say what was done about it."""
    part = view.production.alert
    if part is None:
        return ""
    acts = {"opened": part.opened, "reopened": part.reopened, "updated": part.updated, "closed": part.closed}
    done = [
        f"issue {words.listed(f'#{number}' for number in numbers)}{OF_BEFORE if act == 'closed' else ''} was {act}"
        for act, numbers in acts.items()
        if numbers
    ]
    due = [f"the reaction that is due: {part.reaction}"] if part.reaction != "none" else []
    return sentence("; ".join([*done, *due]))
