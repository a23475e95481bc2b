"""Reading the inference log that the `local` target writes: one request a line, JSON.

Owns the format of a line. A line that is cut off or no JSON is counted, never fatal: the last one may be half written.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from trainstop.errors import InputError

LOGGED_AT, EVENT, VERSION, SCORE, PREDICTION, STATUS = (
    f"trainstop {name}" for name in ("logged at", "time", "version", "score", "prediction", "status")
)
"""Columns of our own beside those that were sent; a space keeps them apart from any sensible name."""
OWN_KINDS = {
    LOGGED_AT: pa.timestamp("us"),
    EVENT: pa.timestamp("us"),
    VERSION: pa.int64(),
    SCORE: pa.float64(),
    STATUS: pa.int64(),
}
"""Their types, whatever is in them."""
UNREADABLE = -1
"""Stands for a version or a status that is there and cannot be read."""
STATUS_TEXT = re.compile(r"\s*(0|[1-5][0-9]{2})(?![0-9])")
RESERVED = "trainstop "
"""How names begin that nobody but us may use."""


@dataclass(frozen=True)
class Answers:
    """How the answers of a model are read.

    Attributes:
        task: of the model.
        classes: in the order of the scores in an answer, as far as they are known.
        positive: place of the positive class among the scores of a binary answer, of the median among a forecast's
            quantiles; -1 where it is not known.

    """

    task: str
    classes: tuple[str, ...] = ()
    positive: int = -1

    def read(self, answer: Any) -> tuple[float | None, str | None]:
        """Return an answer's score (binary: of the positive class; regression: the number) and its label.

        A binary answer that is a whole number is a label: JSON keeps 1.0 and 1 apart.
        """
        if self.task == "forecast":
            return self._median(answer), None
        if isinstance(answer, Mapping):
            answer = list(answer.values())
        if isinstance(answer, list) and len(answer) == 1:
            answer = answer[0]
        if isinstance(answer, list):
            return self._of_scores(answer)
        if self.task in ("regression", "ranking"):
            return _number(answer), None
        if isinstance(answer, float) and self.task == "binary":
            return answer, None
        return None, None if answer is None or isinstance(answer, Mapping) else str(answer)

    def _median(self, answer: Any) -> float | None:
        """Read the median of a forecast, by its name or its place; None where nothing says which it is."""
        if isinstance(answer, Mapping):
            named = [value for name, value in answer.items() if name.removeprefix("q").removeprefix("_") == "0.5"]
            answer = named[0] if len(named) == 1 else list(answer.values())
        if isinstance(answer, list):
            known = self.positive >= 0 and len(answer) == len(self.classes)
            answer = answer[self.positive] if known else None
        return _number(answer)

    def _of_scores(self, scores: list[Any]) -> tuple[float | None, str | None]:
        """Read one score a class."""
        if not all(isinstance(score, int | float) for score in scores) or not scores:
            return None, None
        best = max(range(len(scores)), key=scores.__getitem__)
        label = self.classes[best] if len(self.classes) == len(scores) else str(best)
        if self.task != "binary":
            return _float(scores[best]), label
        place = self.positive if -len(scores) <= self.positive < len(scores) else -1
        return _float(scores[place]), label


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

    def table(self) -> Any:
        """Return the rows as a PyArrow table.

        Of names that differ only in the case of their letters, which the engine takes for one, the column stays that
        most of the answered rows have: anybody can send a further one, but only what the model asks for is answered.
        """
        by_name: dict[bytes, list[str]] = {}
        for name in self.columns:
            by_name.setdefault(_folded(name), []).append(name)
        kept = [names[0] if len(names) == 1 else max(names, key=self._answered) for names in by_name.values()]
        return pa.table({name: _array(self.columns[name], OWN_KINDS.get(name)) for name in kept})

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
                "asked": pa.array([_naive(moment) for moment in at], pa.timestamp("us")),
                "version": pa.array(version, pa.int64()),
                "status": pa.array(status, pa.int64()),
                "seconds": pa.array(seconds, pa.float64()),
            }
        )


def read_lines(paths: Iterable[Path], answers: Answers, *, time: str) -> Lines:
    """Read log files, oldest request first.

    The time of a row is that of its column `time` where most rows have it, by the data's own clock; a request without
    one takes that of the request before it. Else the time of day is taken: a single request with that column, the row
    of a data set say, must not move the clock of all others.

    Args:
        paths: JSON-lines files.
        answers: how answers are read.
        time: `data.time`; may be "".

    Raises:
        InputError: a file cannot be read.

    """
    lines = Lines()
    entries = sorted(_entries(paths, lines), key=lambda entry: entry[0])
    rows = [(time in entry["columns"], len(entry["rows"])) for _, entry in entries]
    by_data = bool(time) and 2 * sum(count for sent, count in rows if sent) > sum(count for _, count in rows)
    last: datetime | None = None
    for at, entry in entries:
        times = _times(entry, time) if by_data else [at] * len(entry["rows"])
        last = max((moment for moment in times if moment), default=last) if by_data else at
        _take(lines, at, entry, times, answers)
        if last is not None:
            version, seconds = entry.get("version"), _number(entry.get("seconds"))
            status = status_of(entry.get("status", 200 if entry["predictions"] else None))
            lines.requests.append((last, _whole(version), status, seconds))
    return lines


def _entries(paths: Iterable[Path], lines: Lines) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield every readable line with its time of day; count the others."""
    for path in paths:
        try:
            with path.open("rb") as file:
                for line in file:
                    entry = _entry(line)
                    if entry is not None:
                        yield entry
                    elif line.strip():
                        lines.broken += 1
        except OSError as error:
            raise InputError(
                f"the inference log cannot be read: {error.strerror}", where=str(path), fix="check its permissions"
            ) from error


def _entry(line: bytes) -> tuple[datetime, dict[str, Any]] | None:
    """Return a line's time and content, or None when it is none of ours."""
    try:
        entry = json.loads(line)
        at = moment_of(entry["at"])
        whole = all(isinstance(entry[name], list) for name in ("columns", "rows", "predictions"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return (at, entry) if at is not None and whole else None


def _take(
    lines: Lines, at: datetime, entry: Mapping[str, Any], times: Sequence[datetime | None], answers: Answers
) -> None:
    """Add the rows of one request; all of them, or none when any is no row of this table."""
    names, rows = entry["columns"], entry["rows"]
    if not names or not rows or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        lines.unread += 1
        return
    said = entry["predictions"] if len(entry["predictions"]) == len(rows) else [None] * len(rows)
    read = [answers.read(answer) for answer in said]
    sent = {_name(name): [row[place] for row in rows] for place, name in enumerate(names)}
    sent.pop("", None)
    sent |= {
        LOGGED_AT: [_naive(at)] * len(rows),
        EVENT: [_naive(moment) if moment else None for moment in times],
        VERSION: [_whole(entry.get("version"))] * len(rows),
        SCORE: [score for score, _ in read],
        PREDICTION: [label for _, label in read],
        STATUS: [status_of(entry.get("status"))] * len(rows),
    }
    for name in sent.keys() - lines.columns.keys():
        lines.columns[name] = [None] * lines.rows
    for name, values in lines.columns.items():
        values.extend(sent.get(name) or [None] * len(rows))
    lines.rows += len(rows)


def _name(name: Any) -> str:
    """Return a column's name as text, empty when it can be none: nothing, one the engine cuts off, or one of ours."""
    text = _plain(name) if isinstance(name, str | int | float | bool) else ""
    return "" if "\0" in text or text.lower().startswith(RESERVED) else text


def _plain(value: Any) -> str:
    """Return a value as text that can be encoded."""
    return str(value).encode("utf-8", "replace").decode()


def _folded(name: str) -> bytes:
    """Return a name as the engine compares it: only ASCII letters lose their case."""
    return name.encode().lower()


def _times(entry: Mapping[str, Any], time: str) -> list[datetime | None]:
    """Return the time of each row by the data's own clock."""
    if time not in entry["columns"]:
        return [None] * len(entry["rows"])
    place = entry["columns"].index(time)
    return [moment_of(row[place]) if isinstance(row, list) and len(row) > place else None for row in entry["rows"]]


def moment_of(value: Any) -> datetime | None:
    """Read ISO 8601 text as a time in UTC; a time without a zone is UTC already. None when it is no time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: the year 1, seen from further west
        return None


def _naive(moment: datetime) -> datetime:
    """Return a time in UTC without its zone, as the engine compares it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _whole(value: Any) -> int | None:
    """Return a whole number of 64 bits, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def status_of(value: Any) -> int | None:
    """Return the HTTP status that a value begins with; None when there is none, `UNREADABLE` for anything else."""
    if value is None:
        return None
    found = STATUS_TEXT.match(str(value))
    return int(found[1]) if found and not isinstance(value, bool) else UNREADABLE


def _number(value: Any) -> float | None:
    """Return a number, or None."""
    return _float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _array(values: list[Any], known: Any = None) -> Any:
    """Make an array of what JSON held: of a known type, of booleans or numbers, else of text, which holds mixtures."""
    if known is not None:
        return pa.array(values, known)
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else _float(value) for value in values], pa.float64())
    texts = [value if value is None or isinstance(value, str) else _json(value) for value in values]
    return pa.array([None if text is None else _plain(text) for text in texts], pa.string())


def _json(value: Any) -> str | None:
    """Return a value as JSON, or None when it is nested too deeply to be written."""
    try:
        return json.dumps(value)
    except RecursionError:
        return None


def _float(value: float) -> float:
    """Return a number as a float; one too large for it is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
