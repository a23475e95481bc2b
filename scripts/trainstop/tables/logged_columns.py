"""Columns of the inference log as trainstop names and types them, and what JSON held as arrays."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from trainstop.tables.engine import ROW_NUMBER
from trainstop.tables.logged_answers import number

LOGGED_AT, ASKED, EVENT, VERSION, STATUS, SCORE, PREDICTION, USABLE, ONCE, LAST = (
    f"trainstop {name}"
    for name in (
        "logged at",
        "asked",
        "time",
        "version",
        "status",
        "score",
        "prediction",
        "usable",
        "once",
        "last",
    )
)
"""Columns of our own beside those that were sent; a space keeps them apart from any sensible name.

When a row was logged; when it was asked for, by the clock that requests go by; its own time, by the data's clock; the
version and the HTTP status; score and label of its answer, and whether that can be used; whether the row is the only
one kept of its repetitions, and whether its answer is the last one of its id.
"""
OWN_KINDS = {
    LOGGED_AT: pa.timestamp("us"),
    ASKED: pa.timestamp("us"),
    EVENT: pa.timestamp("us"),
    VERSION: pa.int64(),
    STATUS: pa.int64(),
    SCORE: pa.float64(),
    PREDICTION: pa.string(),
    ROW_NUMBER: pa.int64(),
}
"""Types of those that whoever reads a log fills in, whatever is in them."""
RESERVED = "trainstop "
"""How names begin that nobody but us may use."""
UNREADABLE = -1
"""Stands for a version or a status that is there and cannot be read."""
STATUS_TEXT = re.compile(r"\s*(0|[1-5][0-9]{2})(?![0-9])")
VERSION_TEXT = r"^\s*[vV]?([0-9]{1,18})(\.0)?\s*$"
EPOCHS = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e3), (1e14, 1e17, 1e6), (1e17, 1e19, 1e9))
"""From and up to which a number is a time since 1970, and how many of its units are a second."""


def array(values: list[Any], known: Any = None) -> Any:
    """Make an array of what JSON held: of a known type, of booleans or numbers, else of text, which holds mixtures.

    Whole numbers stay whole where some came as floats: one 500.0 must not change every 500.
    """
    if known is not None and known != pa.string():
        return pa.array(values, known)
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if int in kinds and kinds <= {int, float} and all(value is None or _is_whole(value) for value in values):
        return pa.array([None if value is None else int(value) for value in values], pa.int64())
    if kinds and kinds <= {int, float} and kinds != {int}:
        return pa.array([None if value is None else number(value) for value in values], pa.float64())
    texts = [value if value is None or isinstance(value, str) else as_json(value) for value in values]
    return pa.array([None if text is None else plain(text) for text in texts], pa.string())


def status_of(value: Any) -> int | None:
    """Return the HTTP status that a value begins with; None when there is none, `UNREADABLE` for anything else."""
    if value is None:
        return None
    found = STATUS_TEXT.match(str(value))
    return int(found[1]) if found and not isinstance(value, bool) else UNREADABLE


def version_of(value: Any) -> int | None:
    """Return a version's number, also of "v3"; None when there is none, `UNREADABLE` for anything else."""
    if value is None:
        return None
    found = re.match(VERSION_TEXT, str(value))
    return int(found[1]) if found and not isinstance(value, bool) else UNREADABLE


def moment_of(value: Any) -> datetime | None:
    """Read ISO 8601 text, or a number of seconds (milli-, micro-, nano-) since 1970, as a time in UTC.

    A time without a zone is UTC already. None when it is no time.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            units = [unit for low, high, unit in EPOCHS if low <= value < high]
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value / units[0]) if units else None
        if not isinstance(value, str):
            return None
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: the year 1, seen from further west
        return None


def naive(moment: datetime) -> datetime:
    """Return a time in UTC without its zone, as the engine compares it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def as_json(value: Any) -> str | None:
    """Return a value as JSON, or None when it is nested too deeply to be written."""
    try:
        return json.dumps(value)
    except RecursionError:
        return None


def plain(value: Any) -> str:
    """Return a value as text that can be encoded."""
    return str(value).encode("utf-8", "replace").decode()


def name_of(name: Any) -> str:
    """Return a column's name as text, empty when it can be none: nothing, one the engine cuts off, or one of ours."""
    text = plain(name) if isinstance(name, str | int | float | bool) else ""
    return "" if "\0" in text or text.lower().startswith(RESERVED) else text


def folded(name: str) -> bytes:
    """Return a name as the engine compares it: only ASCII letters lose their case."""
    return name.encode().lower()


def _is_whole(value: Any) -> bool:
    """Say whether a number is a whole one of 64 bits."""
    return abs(value) < 2**63 and (isinstance(value, int) or float(value).is_integer())
