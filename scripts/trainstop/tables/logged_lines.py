"""Reading the inference log that the `local` target writes: one request a line, JSON.

Owns the format of a line. A line that is cut off or no JSON is counted, never fatal: the last one may be half written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

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
    naive,
    name_of,
    status_of,
    version_of,
)
from trainstop.tables.logged_entries import EVER, Clocks, Entry, read_entries


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
    for entry in read_entries(paths, time, since):
        if entry is None:
            lines.broken += 1
            continue
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
