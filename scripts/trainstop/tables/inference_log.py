"""The inference log as relations: rows and requests of a stretch of time, whoever wrote it.

Reads the `local` target's JSON lines, and Parquet or CSV tables that something else wrote: the columns that the model
was given, the time column, and as far as known `prediction`, `score` or `score_<class>`, `version`, `status` and
`seconds`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.errors import ConfigurationError
from trainstop.tables.engine import Source, described, execute, identifier, literal, open_arrow
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import ASKED, EVENT, ONCE, VERSION
from trainstop.tables.logged_lines import read_lines
from trainstop.tables.logged_tables import open_tables
from trainstop.tables.repeated_rows import without_repeats
from trainstop.tables.row_keys import example
from trainstop.tables.settled_answers import settle

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LINES_ENDING = ".jsonl"


@dataclass(frozen=True)
class InferenceLog:
    """Rows and requests of one stretch of time.

    Attributes:
        rows: what was asked and answered, a row each, with our own columns beside those that were sent; each version
            has a row once.
        requests: `asked` (when), `version`, `status`, `seconds` of each; nothing when the log does not know them.
        newest: time of the newest row, whatever its place in the stretch; None when there is no row.
        notes: what could not be read.

    """

    rows: Source
    requests: Source
    newest: datetime | None
    notes: tuple[str, ...]

    def between(
        self,
        name: str,
        since: datetime,
        until: datetime,
        *,
        version: int | None = None,
        each_version: bool = False,
        clock: str = EVENT,
    ) -> Source:
        """Return the rows from `since` up to `until` (not included), of one version or each row once.

        Args:
            name: of the relation that is made.
            since: the first moment.
            until: the first moment after.
            version: whose answers are meant; None takes each row once, whichever version answered.
            each_version: takes a row for each version that answered it.
            clock: `EVENT` goes by the rows' own time, `ASKED` by the time of the requests.

        """
        condition = f"{identifier(clock)} >= {timestamp(since)} AND {identifier(clock)} < {timestamp(until)}"
        if version is not None:
            condition += f" AND {identifier(VERSION)} IN ({version})"
        elif not each_version:
            condition += f" AND {identifier(ONCE)}"
        return _view(self.rows, name, condition)

    def requests_between(self, name: str, since: datetime, until: datetime, condition: str = "TRUE") -> Source:
        """Return the requests from `since` up to `until` (not included) for which an SQL condition holds."""
        return _view(self.requests, name, f"asked >= {timestamp(since)} AND asked < {timestamp(until)} AND {condition}")


def open_log(
    connection: "DuckDBPyConnection",
    paths: Sequence[Path],
    answers: Answers,
    *,
    time: str,
    id_column: str,
    since: datetime,
    until: datetime,
    listed: Mapping[str, Collection[str]] | None = None,
) -> InferenceLog:
    """Open the log's files, all of one kind.

    Args:
        connection: where the relations live.
        paths: JSON lines, or Parquet and CSV tables.
        answers: how answers are read.
        time: column with the time of a row; may be "" for JSON lines.
        id_column: `data.id`; "" when rows have no id, and none is then taken for another's repetition.
        since: earlier rows are not looked at.
        until: later rows are not looked at.
        listed: values of the reference's categories by column: in CSV files they are never missing.

    Raises:
        InputError: a file cannot be read.
        ConfigurationError: tables without `data.time`, or kinds mixed.

    """
    lined = [path for path in paths if path.name.endswith(LINES_ENDING)]
    if lined and len(lined) < len(paths):
        raise ConfigurationError(
            "the inference log mixes JSON lines with tables", where="`monitor.log`", fix="name files of one kind"
        )
    passed = None
    if lined or not paths:
        lines = read_lines(lined, answers, time=time, since=since, until=until)
        rows = open_arrow(connection, lines.table(), name="logged")
        requests = open_arrow(connection, lines.request_table(), name="requested")
        notes, passed = _unread(lines.broken, lines.unread), lines.passed
    else:
        rows, requests, notes = open_tables(
            connection, paths, answers, time=time, id_column=id_column, listed=listed or {}
        )
    notes = (*notes, *_untimed(rows, time))
    stretch = " OR ".join(
        f"{identifier(clock)} BETWEEN {timestamp(since)} AND {timestamp(until)}" for clock in (EVENT, ASKED)
    )
    settled = settle(_view(rows, "in time", stretch), answers)
    kept = without_repeats(settled, id_column=id_column, name="trainstop rows")
    return InferenceLog(kept.rows, requests, _newest(rows, until, passed), (*notes, *kept.notes))


def timestamp(moment_: datetime) -> str:
    """Return a time as SQL, in UTC."""
    return f"TIMESTAMP {literal(moment_.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"


def _unread(broken: int, unread: int) -> tuple[str, ...]:
    """Say what could not be read of JSON lines."""
    notes = []
    if broken:
        notes.append(f"{broken} lines of the inference log are cut off or no JSON, and are left out")
    if unread:
        notes.append(f"{unread} requests carried no readable table, or one too long for the log")
    return tuple(notes)


def _untimed(rows: Source, time: str) -> list[str]:
    """Say how many rows have no readable time, and what they have instead."""
    said = f"any_value({identifier(time)})::VARCHAR" if time in rows.types else "NULL"
    untimed, one = rows.one(
        f"SELECT count(*), {said} FROM {rows.name} WHERE {identifier(EVENT)} IS NULL"  # quoted  # noqa: S608  # nosec B608
    )
    if not untimed:
        return []
    like = f" in `{time}` ({rows.types[time]}, like {example(one)}; write ISO 8601)" if one is not None else ""
    return [f"{untimed} logged rows have no readable time{like} and are left out"]


def _newest(rows: Source, until: datetime, passed: datetime | None) -> datetime | None:
    """Return the time of the newest row by the clock of the requests."""
    asked = identifier(ASKED)
    (newest,) = rows.one(f"SELECT max({asked}) FROM {rows.name} WHERE {asked} <= {timestamp(until)}")  # quoted  # noqa: S608  # nosec B608
    return max(filter(None, (newest.replace(tzinfo=UTC) if newest else None, passed)), default=None)


def _view(source: Source, name: str, condition: str) -> Source:
    """Return the rows of a relation for which `condition` holds."""
    execute(
        source.connection,
        f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT * FROM {source.name} WHERE {condition}",
        where="the inference log",
    )
    return described(source.connection, name)
