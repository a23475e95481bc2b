"""The lines of the `local` target's inference log: one request each, in time, and by which clock they go."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from trainstop.errors import InputError
from trainstop.tables.logged_columns import moment_of

EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
WORTH_PASSING = 1 << 20
"""Bytes from which a file is looked at before it is read."""
MARGIN = timedelta(days=31)
"""So much older than what is looked for must a file's ends be for the file to be passed over."""
LONGEST_LINE = 8 << 20


@dataclass(frozen=True)
class Entry:
    """One request: its time of day, its rows' times by the data's clock, and the line's content."""

    at: datetime
    content: Mapping[str, Any]
    times: Sequence[datetime | None]

    @property
    def newest(self) -> datetime | None:
        """The last of its rows' times."""
        return max((moment for moment in self.times if moment), default=None)

    def within(self, since: datetime, until: datetime) -> bool:
        """Say whether any of it is of a stretch by either clock, or may be: a replayed request without a time."""
        known = [self.at, *(moment for moment in self.times if moment)]
        return any(since <= moment <= until for moment in known) or (len(known) == 1 and self.at > until)


@dataclass
class Clocks:
    """Which of the two clocks rows and requests go by, as most of the log has it."""

    timed: int = 0
    """Rows of requests that have the data's own time."""
    rows: int = 0
    live: int = 0
    """Requests that were answered by the moment that is looked back from, as their rows' times were over."""
    replayed: int = 0
    """Requests that were answered later, though their rows' times were over."""

    newest_at: datetime | None = None
    newest_time: datetime | None = None
    """Of what was too old to be kept."""

    def count(self, entry: Entry, time: str, until: datetime) -> None:
        """Take a request into account."""
        count = len(entry.content["rows"])
        self.rows += count
        self.timed += count if time and time in entry.content["columns"] else 0
        if entry.newest and entry.newest <= until:
            self.live += entry.at <= until
            self.replayed += entry.at > until

    def pass_over(self, entry: Entry, until: datetime) -> None:
        """Remember how new a request is that is not kept."""
        self.newest_at = _later(self.newest_at, entry.at, until)
        self.newest_time = _later(self.newest_time, entry.newest, until)

    @property
    def by_data(self) -> bool:
        """Whether rows go by the data's clock: most have it. A single request with that column moves no other."""
        return 2 * self.timed > self.rows

    @property
    def replay(self) -> bool:
        """Whether requests go by it too: the past is being replayed, so that the time of day says nothing."""
        return self.by_data and self.replayed > self.live


def _later(newest: datetime | None, moment: datetime | None, until: datetime) -> datetime | None:
    """Return the later of two times, as far as they are known and over by `until`."""
    return max((each for each in (newest, moment) if each and each <= until), default=None)


def read_entries(paths: Iterable[Path], time: str, since: datetime) -> Iterator[Entry | None]:
    """Yield every line, None for one that is none of ours. Of a large file that is too old, only the last one.

    Raises:
        InputError: a file cannot be read.

    """
    for path in paths:
        try:
            with path.open("rb") as file:
                if over := _over(file, time, since):
                    yield over
                    continue
                for line in file:
                    if line.strip():
                        yield _entry(line, time)
        except OSError as error:
            raise InputError(
                f"the inference log cannot be read: {error.strerror}", where=str(path), fix="check its permissions"
            ) from error


def _over(file: BinaryIO, time: str, since: datetime) -> Entry | None:
    """Return the last line of a large file whose ends are both much older than `since`, or None.

    A file is written in the order of time, so that what lies between its ends is as old as they are.
    """
    size = os.fstat(file.fileno()).st_size
    if size < WORTH_PASSING or since - EVER[0] < MARGIN:
        return None
    limit = since - MARGIN
    first = _entry(file.readline(LONGEST_LINE), time)
    file.seek(max(size - LONGEST_LINE, 0))
    whole = [line for line in file.read(LONGEST_LINE).splitlines() if line.strip()]
    file.seek(0)
    last = _entry(whole[-1], time) if whole else None
    old = [entry is not None and max(entry.at, entry.newest or entry.at) < limit for entry in (first, last)]
    return last if all(old) else None


def _entry(line: bytes, time: str) -> Entry | None:
    """Return a line's time and content, or None when it is none of ours."""
    try:
        content = json.loads(line)
        at = moment_of(content["at"])
        whole = all(isinstance(content[name], list) for name in ("columns", "rows", "predictions"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Entry(at, content, _times(content, time)) if at is not None and whole else None


def _times(content: Mapping[str, Any], time: str) -> list[datetime | None]:
    """Return the time of each row by the data's own clock."""
    if not time or time not in content["columns"]:
        return [None] * len(content["rows"])
    place = content["columns"].index(time)
    return [moment_of(row[place]) if isinstance(row, list) and len(row) > place else None for row in content["rows"]]
