"""What production was asked and answered, counted: everything `monitor` judges, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.config import Config
from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.drift.windows import Windows
from trainstop.tables.counting import count_periods
from trainstop.tables.engine import Source, described, execute, identifier
from trainstop.tables.inference_log import InferenceLog, open_log
from trainstop.tables.late_labels import Labelled, read_labels
from trainstop.tables.logged_columns import ASKED, EVENT, LAST, STATUS, UNREADABLE, USABLE, VERSION
from trainstop.tables.reference import Reference

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Labelled", "Production", "Requests", "read_production"]

INSTANT = timedelta(microseconds=1)
TAKEN = f"({identifier(STATUS)} IS NULL OR {identifier(STATUS)} NOT BETWEEN 400 AND 499)"
"""Rows that were not refused: what callers get wrong says nothing about the data, and whoever may ask can send it."""


@dataclass(frozen=True)
class Requests:
    """Requests whose status can be read: `errors` have one of 500 or above, or 0, `refused` one of 400 to 499."""

    total: int
    errors: int
    refused: int
    p95_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Production:
    """What was read of the log and of the labels.

    Attributes:
        rows: of each window, whichever version was asked.
        features: the windows' rows that were not refused, counted into the reference's bins; None when there are none.
        recent: the newest stretch counted so, as one period; None when there are no such rows.
        recent_rows: such rows of that stretch.
        answers: the judged version's answers in the windows, counted; None when there are none.
        answers_by_day: its answers in the longer stretch that labels are joined to, counted by day; None when there
            are none.
        requests: of the newest stretch, answered by the judged version, or by one that is not named or cannot be read.
        other_requests: of the newest stretch, answered by other versions.
        unread_statuses: requests of the newest stretch, of the judged version, whose status cannot be read.
        recent_answered: answered rows of the judged version in the newest stretch.
        recent_unusable: those of them whose answer is missing, not finite, or none that the task knows.
        answered_by: rows of the windows by the version that was asked; empty when the log does not say.
        unread_versions: rows of the windows that name a version which cannot be read.
        newest: time of the newest row that was logged.
        labelled: answers of the windows with their true answers.
        labelled_before: the same of the longer stretch that ends with them.
        unjoined: why labels and log share few ids, in words; empty when they share them.
        notes: what a reader must know about the log.

    """

    rows: tuple[int, ...]
    features: Profile | None
    recent: Profile | None
    recent_rows: int
    answers: Profile | None
    answers_by_day: Profile | None
    requests: Requests
    other_requests: Requests
    unread_statuses: int
    recent_answered: int
    recent_unusable: int
    answered_by: Mapping[int, int]
    unread_versions: int
    newest: datetime | None
    labelled: Labelled
    labelled_before: Labelled
    unjoined: str
    notes: tuple[str, ...]


def read_production(
    connection: "DuckDBPyConnection",
    config: Config,
    reference: Reference,
    windows: Windows,
    *,
    longer: Windows,
    version: int,
    log: Sequence[Path],
    labels: Sequence[Path],
) -> Production:
    """Read the log and the labels of the windows, and of the newest stretch.

    Args:
        connection: engine to read with.
        config: names the columns.
        reference: of the version that is judged.
        windows: to look at.
        longer: more windows with the same end; labels of all of them are read.
        version: that is judged; its answers alone count for prediction and performance, everybody's rows for features.
        log: files of the inference log.
        labels: files with true answers.

    Raises:
        ConfigurationError, InputError: a file cannot be read, or lacks what the configuration names.

    """
    opened = open_log(
        connection,
        log,
        reference.answers,
        time=config.data.time,
        id_column=config.data.id,
        since=min(longer.start, windows.recent),
        until=windows.as_of,
        listed={column.name: column.values for column in reference.profile.columns},
    )
    recent = _those(opened.between("recent", windows.recent, windows.as_of + INSTANT, clock=ASKED), TAKEN)
    everyone = _those(opened.between("everyone", windows.start, windows.end), TAKEN)
    told, odd = _told_apart(opened, version)
    served = opened.between("served", windows.start, windows.end, version=told)
    columns = reference.profile.columns
    answers = opened.between("labelled", longer.start, longer.end, version=told)
    late = read_labels(config, reference, answers, labels, windows)
    requests, other_requests, unread = _requests(opened, windows, version)
    answered_by = _answered_by(opened.between("each", windows.start, windows.end, each_version=True))
    newest = opened.between("newest", windows.recent, windows.as_of + INSTANT, version=told, clock=ASKED)
    recent_answered, recent_unusable = _answered(newest)
    return Production(
        rows=tuple(opened.between("one", start, start + windows.length).rows() for start in windows.starts),
        features=_counted(everyone, columns, config, EVENT),
        recent=_counted(recent, columns, config, ""),
        recent_rows=recent.rows(),
        answers=_counted(served, reference.answer.columns, config, EVENT) if reference.answer else None,
        answers_by_day=_by_day(answers, reference),
        requests=requests,
        other_requests=other_requests,
        unread_statuses=unread,
        recent_answered=recent_answered,
        recent_unusable=recent_unusable,
        unread_versions=answered_by.pop(UNREADABLE, 0),
        answered_by=answered_by,
        newest=opened.newest,
        labelled=late.now,
        labelled_before=late.before,
        unjoined=late.unjoined,
        notes=(*opened.notes, *odd, *late.notes),
    )


def _by_day(rows: Source, reference: Reference) -> Profile | None:
    """Count the answers that labels are joined to by day, into the bins of the version's evaluation; None without."""
    if reference.answer is None:
        return None
    usable = _those(rows, f"{identifier(USABLE)} AND {identifier(LAST)}")
    return count_periods(usable, reference.answer.columns, time=EVENT, period="day") if usable.rows() else None


def _those(rows: Source, condition: str) -> Source:
    """Return the rows for which an SQL condition holds."""
    name = f"those of {rows.name}"
    execute(
        rows.connection,
        f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT * FROM {rows.name} WHERE {condition}",  # quoted  # noqa: S608  # nosec B608
        where="the inference log",
    )
    return described(rows.connection, name)


def _told_apart(log: InferenceLog, version: int) -> tuple[int | None, list[str]]:
    """Return the version to filter by, None when the log tells no versions apart, and what cannot be read of them."""
    named = identifier(VERSION)
    known, odd = log.rows.one(
        f"SELECT count(*) FILTER ({named} >= 0), count(*) FILTER ({named} = {UNREADABLE}) "  # quoted  # noqa: S608  # nosec B608
        f"FROM {log.rows.name}"
    )
    counted = "their answers count for none, and their failures" if known else "all rows count"
    note = f"{odd} logged rows name a version that is no number like 3 or v3: {counted} as the watched version's"
    return version if known else None, [note] if odd else []


def _answered_by(rows: Source) -> dict[int, int]:
    """Count rows by the version that was asked; `UNREADABLE` stands for those that cannot be read."""
    version = identifier(VERSION)
    counts = rows.run(
        f"SELECT {version}, count(*) FROM {rows.name} WHERE {version} IS NOT NULL GROUP BY 1 ORDER BY 1"  # quoted  # noqa: S608  # nosec B608
    )
    return dict(counts)


def _answered(rows: Source) -> tuple[int, int]:
    """Count the answered rows, and those of them without a usable answer."""
    status = identifier(STATUS)
    answered, unusable = rows.one(
        f"SELECT count(*), count(*) FILTER (NOT {identifier(USABLE)}) "  # quoted  # noqa: S608  # nosec B608
        f"FROM {rows.name} WHERE {status} IS NULL OR {status} BETWEEN 200 AND 299"
    )
    return answered, unusable


def _counted(rows: Source, columns: Sequence[ColumnProfile], config: Config, time: str) -> Profile | None:
    """Count rows into a reference's bins; None when there are none."""
    return count_periods(rows, columns, time=time, period=config.data.period) if rows.rows() else None


def _requests(log: InferenceLog, windows: Windows, version: int) -> tuple[Requests, Requests, int]:
    """Count the newest requests of the judged version and of others, and the former without a readable status.

    A request that no readable version is named for is the judged one's: nobody else's failure it is.
    """
    own = f"(version IS NULL OR version IN ({version}, {UNREADABLE}))"
    stretch = (windows.recent, windows.as_of + INSTANT)
    mine = log.requests_between("own requests", *stretch, own)
    others = log.requests_between("other requests", *stretch, f"NOT {own}")
    (unread,) = mine.one(f"SELECT count(*) FROM {mine.name} WHERE status IS NULL OR status < 0")  # quoted  # noqa: S608  # nosec B608
    return _counted_requests(mine), _counted_requests(others), unread


def _counted_requests(asked: Source) -> Requests:
    """Count requests with a readable status, failures and refusals among them."""
    total, errors, refused, p95 = asked.one(
        "SELECT count(*), count(*) FILTER (status >= 500 OR status = 0), "  # quoted  # noqa: S608  # nosec B608
        "count(*) FILTER (status BETWEEN 400 AND 499), "
        f"quantile_cont(seconds, 0.95) FILTER (isfinite(seconds)) FROM {asked.name} WHERE status >= 0"
    )
    return Requests(total, errors, refused, p95)
