"""From what is there to what shall be there: one text with our marker, the newest one. Pure.

Whoever looks takes the same next step, whatever was interrupted where: the oldest text of ours is kept, it gets the
newest result, and its twins go.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trainstop.adapters import sections
from trainstop.adapters.github import bodies
from trainstop.ports.forge import hidden

RUN = re.compile(r"<!-- trainstop:run:(\d{1,20})\.(\d{1,6}) -->")


@dataclass(frozen=True, order=True)
class Rank:
    """Which result is newer: run numbers only grow, and a re-run has the run's number and the next attempt."""

    run: int = 0
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class Found:
    """A text that is there."""

    id: int
    author: str
    body: str
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A text that shall be there. `written` is set once GitHub took it from us.

    With `section`, the mark of a section, `body` is that section alone, and others may stand beside it.
    """

    mark: str
    body: str
    rank: Rank = Rank()
    written: bool = False
    section: str = ""

    def is_in(self, text: str) -> bool:
        """Say whether a text says what this run has to say."""
        return sections.split(text).get(self.section) == self.body.strip() if self.section else text == self.body

    def taken(self) -> "Wanted":
        """Return it as it is after GitHub took it."""
        return replace(self, written=True)


@dataclass(frozen=True)
class Create:
    """Write a new text."""

    body: str


@dataclass(frozen=True)
class Edit:
    """Replace a text."""

    id: int
    body: str


@dataclass(frozen=True)
class Remove:
    """Take a twin away; `kept` is the one that stays."""

    id: int
    kept: int


@dataclass(frozen=True)
class Done:
    """Nothing is left to do. `superseded` when the text that is there is a newer run's."""

    found: Found | None
    superseded: bool = False


Step = Create | Edit | Remove | Done


def text_of(mark: str, body: str, rank: Rank = Rank()) -> str:
    """Return a text as it is kept: its marker on the first line, then which run wrote it."""
    run = f"\n<!-- trainstop:run:{rank.run}.{rank.attempt} -->" if rank.run else ""
    return f"{mark}{run}\n{body.removeprefix(mark).lstrip()}"


def rank_of(body: str) -> Rank:
    """Return which run wrote a text; the lowest rank when it does not say."""
    found = RUN.fullmatch(second_line(body))
    return Rank(int(found[1]), int(found[2])) if found else Rank()


def mark_of(body: str) -> str:
    """Return the first line of a text, where its marker is."""
    return body.lstrip().split("\n", 1)[0].rstrip()


def second_line(body: str) -> str:
    """Return the second line of a text."""
    return (body.lstrip().split("\n", 2)[1:2] or [""])[0].strip()


def own(found: Iterable[Found], mark: str, author: str) -> list[Found]:
    """Return our texts with this marker, oldest first. A marker in somebody else's text is somebody else's."""
    marked = (each for each in found if each.author == author and mark_of(each.body) == mark)
    return sorted(marked, key=lambda each: each.id)


def next_step(ours: Sequence[Found], wanted: Wanted, *, only_update: bool = False) -> Step:
    """Return the next step towards one text with the newest result.

    Args:
        ours: our texts with the marker, oldest first.
        wanted: what this run has to say.
        only_update: write nothing when there is nothing.

    """
    if wanted.section:
        return _next_section(ours, wanted, only_update=only_update)
    if not ours:
        return Done(None) if only_update else Create(wanted.body)
    oldest, newest = ours[0], max(ours, key=lambda each: (rank_of(each.body), -each.id))
    # Another job of this very run may have written after us: then its text is as new as ours, and stays.
    ahead = rank_of(newest.body) > wanted.rank or (wanted.written and rank_of(newest.body) == wanted.rank)
    text = newest.body if ahead else wanted.body
    if not same(oldest.body, text):
        return Edit(oldest.id, text)
    if len(ours) > 1:
        return Remove(ours[-1].id, oldest.id)
    return Done(oldest, superseded=rank_of(oldest.body) > wanted.rank)


def _next_section(ours: Sequence[Found], wanted: Wanted, *, only_update: bool) -> Step:
    """Return the next step towards one text in which each section is the newest, and one of them is ours."""
    there = _newest_sections(ours)
    mine = there.get(wanted.section)
    if only_update and mine is None:
        return Done(None)
    rank = rank_of(mine) if mine else Rank()
    ahead = mine is not None and (rank > wanted.rank or (wanted.written and rank == wanted.rank))
    text = _fitting(wanted.mark, there if ahead else {**there, wanted.section: wanted.body})
    if not ours:
        return Create(text)
    oldest = ours[0]
    if not same(oldest.body, text):
        return Edit(oldest.id, text)
    if len(ours) > 1:
        return Remove(ours[-1].id, oldest.id)
    return Done(oldest, superseded=rank > wanted.rank)


def _newest_sections(ours: Iterable[Found]) -> dict[str, str]:
    """Return each section as the newest run wrote it, of all our texts; of equal ones the oldest text's."""
    newest: dict[str, str] = {}
    for each in ours:
        for mark, section in sections.split(each.body).items():
            if mark not in newest or rank_of(section) > rank_of(newest[mark]):
                newest[mark] = section
    return newest


def _fitting(mark: str, there: dict[str, str]) -> str:
    """Return one text of all sections; where it is too long for GitHub, the longest ones are cut."""
    around = len(sections.join(mark, dict.fromkeys(there, "")))
    room = sections.shares((bodies.length(section) for section in there.values()), bodies.LONGEST - around)
    cut = {
        name: bodies.fitting(section, "the job's summary", limit)
        for (name, section), limit in zip(there.items(), room, strict=True)
    }
    return sections.join(mark, cut)


def same(one: str, other: str) -> bool:
    """Say whether two texts are the same but for line ends and blanks at the ends, which GitHub may change."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def marked(marker: str, *more: str) -> str:
    """Return a hidden marker; `more` keeps apart what several workflows write under one marker."""
    return hidden(":".join((marker, *filter(None, more))))
