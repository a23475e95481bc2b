"""Reading the inference log that the `local` target writes: one request a line, JSON.

Owns the format of a line. A line that is cut off or no JSON is counted, never fatal: the last one may be half written.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER
from trainstop.tables.logged_answers import Answers, number
from trainstop.tables.logged_columns import (
    ASKED,
    EVENT,
    LOGGED_AT,
    OWN_KINDS,
    PREDICTION,
    SCORE,
    STATUS,
    VERSION,
    array,
    folded,
    moment_of,
    naive,
    name_of,
    status_of,
    version_of,
)

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
class Lines:
    """What was read of the log: the rows column by column, the requests, and what could not be read."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0
    requests: list[tuple[datetime, int | None, int | None, float | None]] = field(default_factory=list)
    """Time, version, HTTP status and seconds of each request."""
    broken: int = 0
    """Lines that are no JSON of ours."""
    unread: int = 0
    """Requests without a table: too long to be kept, or not understood."""
    passed: datetime | None = None
    """Time of the newest row that was too old to be kept."""

    def table(self) -> Any:
        """Return the rows as a PyArrow table.

        Of names that differ only in the case of their letters, which the engine takes for one, the column stays that
        most of the answered rows have: anybody can send a further one, but only what the model asks for is answered.
        """
        by_name: dict[bytes, list[str]] = {}
        for name in self.columns:
            by_name.setdefault(folded(name), []).append(name)
        kept = [names[0] if len(names) == 1 else max(names, key=self._answered) for names in by_name.values()]
        columns = {name: [] for name in OWN_KINDS} | {name: self.columns[name] for name in kept}
        columns[ROW_NUMBER] = list(range(self.rows))
        return pa.table({name: array(values, OWN_KINDS.get(name)) for name, values in columns.items()})

    def _answered(self, name: str) -> int:
        """Count the answered rows that have a value in a column."""
        columns = (self.columns[each] for each in (name, SCORE, PREDICTION))
        return sum(
            value is not None and not (score is None and label is None)
            for value, score, label in zip(*columns, strict=True)
        )

    def request_table(self) -> Any:
        """Return the requests as a PyArrow table."""
        at, version, status, seconds = zip(*self.requests, strict=True) if self.requests else ((), (), (), ())
        return pa.table(
            {
                "asked": pa.array([naive(moment) for moment in at], pa.timestamp("us")),
                "version": pa.array(version, pa.int64()),
                "status": pa.array(status, pa.int64()),
                "seconds": pa.array(seconds, pa.float64()),
            }
        )


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
        self.timed += count if time in entry.content["columns"] else 0
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


def read_lines(
    paths: Iterable[Path], answers: Answers, *, time: str, since: datetime = EVER[0], until: datetime = EVER[1]
) -> Lines:
    """Read log files, oldest request first.

    The time of a row is that of its column `time` where most rows have it, by the data's own clock, else the time of
    day. A request has the time of day; where the past is replayed, that of its newest row, and one without such a row
    that of the request before it.

    Args:
        paths: JSON-lines files.
        answers: how answers are read.
        time: `data.time`; may be "".
        since: what is older by both clocks is not kept.
        until: the moment that is looked back from; what is later by both clocks is not kept.

    Raises:
        InputError: a file cannot be read.

    """
    lines, clocks = Lines(), Clocks()
    entries = []
    for entry in _entries(paths, lines, time, since):
        clocks.count(entry, time, until)
        if entry.within(since, until):
            entries.append(entry)
        else:
            clocks.pass_over(entry, until)
    lines.passed = clocks.newest_time if clocks.replay else clocks.newest_at
    entries.sort(key=lambda entry: entry.at)
    for asked, entry in zip(_asked(entries, replay=clocks.replay), entries, strict=True):
        content = entry.content
        _take(lines, entry, asked, answers, clocks)
        lines.requests.append(
            (asked, version_of(content.get("version")), _status(content), number(content.get("seconds")))
        )
    return lines


def _asked(entries: Sequence[Entry], *, replay: bool) -> Iterator[datetime]:
    """Yield the time of each request."""
    last = next((entry.newest for entry in entries if entry.newest), None)
    for entry in entries:
        if not replay or last is None:
            yield entry.at
        else:
            last = entry.newest or last
            yield last


def _status(content: Mapping[str, Any]) -> int | None:
    """Return a request's status; one without that was answered went well."""
    status = content.get("status")
    return 200 if status is None and content["predictions"] else status_of(status)


def _entries(paths: Iterable[Path], lines: Lines, time: str, since: datetime) -> Iterator[Entry]:
    """Yield every readable line; count the others. Of a large file that is too old, only the last one."""
    for path in paths:
        try:
            with path.open("rb") as file:
                if over := _over(file, time, since):
                    yield over
                    continue
                for line in file:
                    entry = _entry(line, time)
                    if entry is not None:
                        yield entry
                    elif line.strip():
                        lines.broken += 1
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


def _take(lines: Lines, entry: Entry, asked: datetime, answers: Answers, clocks: Clocks) -> None:
    """Add the rows of one request; all of them, or none when any is no row of this table."""
    content = entry.content
    names, rows = content["columns"], content["rows"]
    if not names or not rows or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        lines.unread += 1
        return
    said = content["predictions"] if len(content["predictions"]) == len(rows) else [None] * len(rows)
    read = [answers.read(answer) for answer in said]
    times = entry.times if clocks.by_data else [entry.at] * len(rows)
    sent = {name_of(name): [row[place] for row in rows] for place, name in enumerate(names)}
    sent.pop("", None)
    sent |= {
        LOGGED_AT: [naive(entry.at)] * len(rows),
        ASKED: [naive((moment or asked) if clocks.replay else entry.at) for moment in times],
        EVENT: [naive(moment) if moment else None for moment in times],
        VERSION: [version_of(content.get("version"))] * len(rows),
        STATUS: [status_of(content.get("status"))] * len(rows),
        SCORE: [score for score, _ in read],
        PREDICTION: [label for _, label in read],
    }
    for name in sent.keys() - lines.columns.keys():
        lines.columns[name] = [None] * lines.rows
    for name, values in lines.columns.items():
        values.extend(sent.get(name) or [None] * len(rows))
    lines.rows += len(rows)


def _times(content: Mapping[str, Any], time: str) -> list[datetime | None]:
    """Return the time of each row by the data's own clock."""
    if time not in content["columns"]:
        return [None] * len(content["rows"])
    place = content["columns"].index(time)
    return [moment_of(row[place]) if isinstance(row, list) and len(row) > place else None for row in content["rows"]]
