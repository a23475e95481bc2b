"""The life of an incident's issue: what is done next, decided from what the issue itself remembers.

The memory is a hidden line in the issue's text, since a scheduled job's machine remembers nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from trainstop import digests
from trainstop.ports.forge import Issue
from trainstop.records.watching import Incident, MonitorPart, Signal
from trainstop.watching.incidents import KINDS, Kind, kind_of

MOST_RAISED = 100
"""Signals that a memory names: an issue's text has an end. More than these are columns, which only a fault names."""
MEMORY = re.compile(r"^<!-- trainstop:memory (\{[^<>]*\}) -->$", re.MULTILINE)
Action = Literal["open", "reopen", "update", "wait", "close", "nothing"]


class Memory(BaseModel):
    """What an issue remembers from look to look. All times are the looks' `as_of`, by the data's own clock."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    level: Literal["look", "act"]
    signals: str
    """Digest of the names of the signals that raised it."""
    raised: tuple[str, ...] = ()
    """Of each of them, and of those that raised it before and could not be measured since, a digest of the name."""
    since: datetime
    seen: datetime
    """The last look that is counted in."""
    quiet: int = 0
    """Quiet looks in a row."""
    ended: bool = False
    """Whether we closed it; an issue that is closed and has not ended was closed by a person."""
    reacted: datetime | None = None
    """The look that last asked for a reaction."""

    def hidden(self) -> str:
        """Return the line that carries the memory."""
        return f"<!-- trainstop:memory {self.model_dump_json()} -->"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do about one issue.

    Attributes:
        kind: of the trouble.
        action: `wait` leaves an open issue as it is, for want of data or since a look is counted once only.
        memory: what the issue shall remember; None when there is nothing to write.
        news: in words, for a comment; empty when nothing changed that a person would want to be told.
        incident: that the issue is about, None when it is over.

    """

    kind: Kind
    action: Action
    memory: Memory | None = None
    news: str = ""
    incident: Incident | None = None


def marker(model: str, environment: str, key: str) -> str:
    """Return what an incident's issue is found by."""
    return f"trainstop:incident:{model}:{environment}:{key}"


def remembered(issue: Issue | None) -> Memory | None:
    """Return what an issue remembers; None when it is not there, or a person removed it."""
    found = MEMORY.search(issue.body) if issue else None
    try:
        return Memory.model_validate_json(found[1]) if found else None
    except ValidationError:
        return None


def step(
    kind: Kind, part: MonitorPart, issue: Issue | None, as_of: datetime, *, close_after: int, muted: timedelta
) -> Step:
    """Decide what to do about one kind of trouble.

    Args:
        kind: of the trouble.
        part: what the look saw.
        issue: of this trouble, open or closed; None when there is none.
        as_of: moment of the look.
        close_after: quiet looks in a row that end an incident.
        muted: for how long an issue that a person closed stays closed while its trouble goes on.

    """
    incident = next((each for each in part.incidents if each.key == kind.key), None)
    before = remembered(issue)
    if issue and before and as_of < before.seen:
        # A newer look was here already: its words stay, and an older one neither counts nor asks for anything.
        return Step(kind=kind, action="wait" if issue.state == "open" else "nothing", incident=incident)
    if incident is None:
        return _over(kind, part, issue, before, as_of, close_after)
    if issue is None or before is None:
        memory = _memory(incident, part, None, since=as_of, as_of=as_of)
        return Step(kind=kind, action="open" if issue is None else _shown(issue), memory=memory, incident=incident)
    if issue.state == "closed" and not before.ended and as_of - before.seen < muted:
        return Step(kind=kind, action="nothing", incident=incident)
    if issue.state == "closed":
        memory = _memory(incident, part, None, since=as_of, as_of=as_of, reacted=before.reacted)
        news = "it is back" if before.ended else "it was closed by a person, and still goes on"
        return Step(kind=kind, action="reopen", memory=memory, news=news, incident=incident)
    memory = _memory(incident, part, before, since=before.since, as_of=as_of, reacted=before.reacted)
    return Step(kind=kind, action="update", memory=memory, news=_change(before, memory), incident=incident)


@dataclass(frozen=True, kw_only=True)
class Due:
    """Which reaction is due."""

    asked: Literal["retrain", "rollback", "none"] = "none"
    reason: str = ""
    kind: str = ""
    """Of the trouble it answers; empty when none is due."""
    occasion: datetime | None = None
    """The look that asked for it first."""


def reaction(
    steps: Sequence[Step],
    issues: Iterable[Issue | None],
    asked: Literal["retrain", "rollback", "none"],
    as_of: datetime,
    cooldown: timedelta,
) -> Due:
    """Decide which reaction is due.

    Every issue's memory counts for the cool-down: that of closed ones and of other kinds of trouble too. Within it the
    same occasion is asked for again and again while its trouble goes on, since nothing here knows whether the reaction
    was really started; whoever starts it does so once for an occasion.
    """
    due = [
        each
        for each in steps
        if each.incident and each.memory and each.incident.level == "act" and asked in each.kind.reactions
    ]
    if not due:
        return Due()
    memories = [(each, remembered(issue)) for each, issue in zip(steps, issues, strict=True)]
    asked_for = [(memory.reacted, each) for each, memory in memories if memory and memory.reacted]
    last, answered = max(asked_for, key=lambda one: one[0], default=(None, None))
    if last is not None and last < as_of < last + cooldown:
        said = f"{asked} was asked for on {last:%Y-%m-%d %H:%M} UTC"
        until = f"not again before {last + cooldown:%Y-%m-%d %H:%M}"
        if answered is None or answered not in due:
            return Due(reason=f"{said}; {until}")
        return Due(asked=asked, reason=f"{said}; for another look {until}", kind=answered.kind.key, occasion=last)
    incident = due[0].incident
    reason = f"asked for by: {incident.title}" if incident else ""
    return Due(asked=asked, reason=reason, kind=due[0].kind.key, occasion=as_of)


def others(part: MonitorPart, kind: Kind) -> list[Signal]:
    """Return what else stands out: it may be the cause."""
    return [each for each in part.signals if each.level in {"look", "act"} and kind_of(each) is not kind]


def _over(
    kind: Kind, part: MonitorPart, issue: Issue | None, before: Memory | None, as_of: datetime, close_after: int
) -> Step:
    """Decide about an issue whose trouble was not seen in this look."""
    if issue is None or issue.state == "closed" or before is None:
        return Step(kind=kind, action="nothing")
    if not _is_quiet(kind, part, before) or (as_of == before.seen and before.quiet):
        return Step(kind=kind, action="wait")
    quiet = before.quiet + 1
    memory = before.model_copy(update={"quiet": quiet, "seen": as_of, "ended": quiet >= close_after})
    if memory.ended:
        return Step(
            kind=kind, action="close", memory=memory, news=f"quiet in {quiet} of {close_after} looks that end it"
        )
    return Step(kind=kind, action="update", memory=memory)


def _is_quiet(kind: Kind, part: MonitorPart, before: Memory) -> bool:
    """Whether the look judged what raised this trouble. No data is never quiet.

    Of signals that are gone (a column is named only while it is broken) any other of the kind answers.
    """
    own = [each for each in part.signals if kind_of(each) is kind]
    judged = [each.level != "not enough data" for each in own]
    raised = [known for each, known in zip(own, judged, strict=True) if _named(each.name) in before.raised]
    return all(raised) if raised else any(judged)


def _named(name: str) -> str:
    """Return what a memory keeps of a signal's name, which may hold anything and be of any length."""
    return digests.short(digests.of_value(name))


def _shown(issue: Issue) -> Action:
    """Return how an issue whose memory is lost is taken up again."""
    return "update" if issue.state == "open" else "reopen"


def _memory(
    incident: Incident,
    part: MonitorPart,
    before: Memory | None,
    *,
    since: datetime,
    as_of: datetime,
    reacted: datetime | None = None,
) -> Memory:
    """Return what an issue remembers of a look that saw its trouble."""
    signals = digests.short(digests.of_value(sorted(incident.signals)))
    unknown = {_named(each.name) for each in part.signals if each.level == "not enough data"}
    still = [each for each in before.raised if each in unknown] if before else []
    raised = tuple(dict.fromkeys([*still, *map(_named, incident.signals)]))[:MOST_RAISED]
    return Memory(level=incident.level, signals=signals, raised=raised, since=since, seen=as_of, reacted=reacted)


def _change(before: Memory, now: Memory) -> str:
    """Say what changed since the last look, or return an empty text."""
    if before.level != now.level:
        return f"it went from {before.level} to {now.level}"
    if before.quiet:
        return "it is back, after it was quiet"
    return "other signals raise it now" if before.signals != now.signals else ""


__all__ = ["KINDS", "Memory", "Step", "marker", "others", "reaction", "remembered", "step"]
