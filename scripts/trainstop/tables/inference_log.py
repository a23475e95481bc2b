"""The inference log as relations: rows and requests of a stretch of time, whoever wrote it.

Reads the `local` target's JSON lines, and Parquet or CSV tables that something else wrote: the columns that the model
was given, the time column, and as far as known `prediction`, `score` or `score_<class>`, `version`, `status` and
`seconds`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.errors import ConfigurationError, InputError
from trainstop.tables.answers import MEDIAN
from trainstop.tables.engine import (
    CSV_ENDINGS,
    ROW_NUMBER,
    Source,
    described,
    execute,
    identifier,
    literal,
    moment,
    open_arrow,
    open_files,
)
from trainstop.tables.logged_lines import (
    EVENT,
    LOGGED_AT,
    PREDICTION,
    SCORE,
    STATUS,
    UNREADABLE,
    VERSION,
    Answers,
    read_lines,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OWN = (LOGGED_AT, EVENT, VERSION, SCORE, PREDICTION, STATUS)
LINES_ENDING = ".jsonl"


@dataclass(frozen=True)
class InferenceLog:
    """Rows and requests of one stretch of time.

    Attributes:
        rows: what was asked and answered, a row each, with the columns `OWN` beside those that were sent; of rows with
            one id the last.
        requests: `asked` (when), `version`, `status`, `seconds` of each; nothing when the log does not know them.
        newest: time of the newest row, whatever its place in the stretch; None when there is no row.
        notes: what could not be read.

    """

    rows: Source
    requests: Source
    newest: datetime | None
    notes: tuple[str, ...]

    def between(self, name: str, since: datetime, until: datetime, *, version: int | None = None) -> Source:
        """Return the rows from `since` up to `until` (not included), of one version or of all."""
        condition = f"{identifier(EVENT)} >= {timestamp(since)} AND {identifier(EVENT)} < {timestamp(until)}"
        if version is not None:
            condition += f" AND {identifier(VERSION)} IN ({version})"
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

    Raises:
        InputError: a file cannot be read.
        ConfigurationError: tables without `data.time`, or kinds mixed.

    """
    lined = [path for path in paths if path.name.endswith(LINES_ENDING)]
    if lined and len(lined) < len(paths):
        raise ConfigurationError(
            "the inference log mixes JSON lines with tables", where="`monitor.log`", fix="name files of one kind"
        )
    if lined or not paths:
        rows, requests, notes = _open_lines(connection, lined, answers, time)
    else:
        rows, requests, notes = _open_tables(connection, paths, answers, time)
    clock = f"{identifier(EVENT)} <= {timestamp(until)}"
    stretch = f"{clock} AND {identifier(EVENT)} >= {timestamp(since)}"
    kept = _view(rows, "trainstop rows", stretch, once_by=id_column if id_column in rows.types else "")
    (newest,) = rows.one(f"SELECT max({identifier(EVENT)}) FROM {rows.name} WHERE {clock}")  # quoted  # noqa: S608  # nosec B608
    (untimed,) = rows.one(f"SELECT count(*) FROM {rows.name} WHERE {identifier(EVENT)} IS NULL")  # quoted  # noqa: S608  # nosec B608
    if untimed:
        notes = (*notes, f"{untimed} logged rows have no readable time and are left out")
    return InferenceLog(kept, requests, newest.replace(tzinfo=UTC) if newest else None, notes)


def timestamp(moment_: datetime) -> str:
    """Return a time as SQL, in UTC."""
    return f"TIMESTAMP {literal(moment_.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"


def _open_lines(
    connection: "DuckDBPyConnection", paths: Sequence[Path], answers: Answers, time: str
) -> tuple[Source, Source, tuple[str, ...]]:
    """Open JSON lines."""
    lines = read_lines(paths, answers, time=time)
    notes = []
    if lines.broken:
        notes.append(f"{lines.broken} lines of the inference log are cut off or no JSON, and are left out")
    if lines.unread:
        notes.append(f"{lines.unread} requests carried no readable table, or one too long for the log")
    table = lines.table()
    if not lines.rows:
        execute(connection, f"CREATE OR REPLACE TEMP TABLE logged ({_own_columns()})", where="the inference log")
        rows = described(connection, "logged")
    else:
        rows = open_arrow(connection, table, name="logged")
    return rows, open_arrow(connection, lines.request_table(), name="requested"), tuple(notes)


def _own_columns() -> str:
    """Return the definition of our own columns, for a log without any row."""
    kinds = ("TIMESTAMP", "TIMESTAMP", "BIGINT", "DOUBLE", "VARCHAR", "BIGINT")
    return ", ".join(f"{identifier(name)} {kind}" for name, kind in zip(OWN, kinds, strict=True))


def _open_tables(
    connection: "DuckDBPyConnection", paths: Sequence[Path], answers: Answers, time: str
) -> tuple[Source, Source, tuple[str, ...]]:
    """Open Parquet or CSV tables."""
    odd = [path for path in paths if path.suffix != ".parquet" and not path.name.endswith(CSV_ENDINGS)]
    if odd:
        raise InputError(
            "an inference log is neither JSON lines, Parquet nor CSV",
            where=str(odd[0]),
            fix="name it *.jsonl, *.parquet or *.csv",
        )
    source = open_files(connection, paths, name="log files")
    if not time or time not in source.types:
        raise ConfigurationError(
            f"the inference log has no time column{f' `{time}`' if time else ''}",
            where="`data.time`, `monitor.log`",
            fix="set `data.time` to the column of the log that says when a row was asked for",
        )
    known = moment(time, source.types[time])
    parts = [f"{known} AS {identifier(EVENT)}", f"{known} AS {identifier(LOGGED_AT)}"]
    parts.append(f"{_number(source, 'version', 'BIGINT')} AS {identifier(VERSION)}")
    parts.append(f"{_score(source, answers)} AS {identifier(SCORE)}")
    label = "prediction::VARCHAR" if "prediction" in source.types else "NULL::VARCHAR"
    parts.append(f"{label} AS {identifier(PREDICTION)}")
    parts.append(f"{_status(source)} AS {identifier(STATUS)}")
    execute(
        connection,
        f"CREATE OR REPLACE TEMP VIEW logged AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT * EXCLUDE ({identifier(ROW_NUMBER)}), {', '.join(parts)} FROM {source.name}",
        where="the inference log",
    )
    answered = f"{_score(source, answers)} IS NOT NULL OR {label} IS NOT NULL"
    status = f"coalesce({_status(source)}, CASE WHEN {answered} THEN 200 END)"
    asked = [f"{known} AS asked", f"{_number(source, 'version', 'BIGINT')} AS version", f"{status} AS status"]
    asked.append(f"{_number(source, 'seconds', 'DOUBLE')} AS seconds")
    served = "status" in source.types or "seconds" in source.types
    execute(
        connection,
        f"CREATE OR REPLACE TEMP VIEW requested AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT {', '.join(asked)} FROM {source.name} WHERE {served}",
        where="the inference log",
    )
    return described(connection, "logged"), described(connection, "requested"), ()


def _number(source: Source, name: str, kind: str) -> str:
    """Return the SQL of a column that may be missing."""
    return f"TRY_CAST({identifier(name)} AS {kind})" if name in source.types else f"NULL::{kind}"


def _status(source: Source) -> str:
    """Return the SQL of a row's HTTP status: NULL when there is none, `UNREADABLE` for what is no status.

    A 0, which stands for no answer at all, is one only in a column that has HTTP statuses besides.
    """
    if "status" not in source.types:
        return "NULL::BIGINT"
    text = f"{identifier('status')}::VARCHAR"
    code = f"TRY_CAST(regexp_extract({text}, '^\\s*([1-5][0-9]{{2}})(?:[^0-9]|$)', 1) AS BIGINT)"
    codes = f"(SELECT count({code}) FROM {source.name})"  # quoted  # noqa: S608  # nosec B608
    zero = f"CASE WHEN regexp_matches({text}, '^\\s*0(\\.0)?\\s*$') AND {codes} > 0 THEN 0 END"
    return f"CASE WHEN {identifier('status')} IS NOT NULL THEN coalesce({code}, {zero}, {UNREADABLE}) END"


def _score(source: Source, answers: Answers) -> str:
    """Return the SQL of a table's score: its own column, or for regression the prediction."""
    if "score" in source.types:
        return _number(source, "score", "DOUBLE")
    if answers.task in ("regression", "forecast"):
        return _number(source, MEDIAN if MEDIAN in source.types else "prediction", "DOUBLE")
    scores = [identifier(name) for name in source.types if name.startswith("score_")]
    return f"greatest({', '.join(scores)})::DOUBLE" if scores else "NULL::DOUBLE"


def _view(source: Source, name: str, condition: str, *, once_by: str = "") -> Source:
    """Return the rows of a relation for which `condition` holds; of rows with one id the last logged."""
    last = ""
    if once_by:
        quoted = identifier(once_by)
        order = f"{identifier(LOGGED_AT)} DESC, {identifier(EVENT)} DESC"
        last = f" QUALIFY {quoted} IS NULL OR row_number() OVER (PARTITION BY {quoted} ORDER BY {order}) = 1"
    kind = "TABLE" if once_by else "VIEW"
    execute(
        source.connection,
        f"CREATE OR REPLACE TEMP {kind} {identifier(name)} AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT * FROM {source.name} WHERE {condition}{last}",
        where="the inference log",
    )
    return described(source.connection, name)
