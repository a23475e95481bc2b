"""An inference log that something else than the `local` target wrote: Parquet or CSV tables, as our own columns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.errors import ConfigurationError, InputError
from trainstop.labels import spelling
from trainstop.tables.answers import CLASS_SCORE, MEDIAN
from trainstop.tables.engine import Source, described, execute, identifier, literal, moment
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import (
    ASKED,
    EPOCHS,
    EVENT,
    LOGGED_AT,
    PREDICTION,
    SCORE,
    STATUS,
    UNREADABLE,
    VERSION,
    VERSION_TEXT,
)
from trainstop.tables.row_keys import plain
from trainstop.tables.table_files import is_csv, open_readable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WRITTEN_AS_NUMBERS = ("DOUBLE", "FLOAT", "VARCHAR", "DECIMAL")
"""Types of a binary `prediction` that may hold probabilities as well as labels."""
SAID = ("prediction", "score", MEDIAN, "version", "status", "seconds")
"""Columns that say something of an answer or a request."""


@dataclass(frozen=True)
class Table:
    """The log's relation, and how its answers are read."""

    source: Source
    answers: Answers

    def kind(self, name: str) -> str:
        """Return the type of a column that is no input of the model; empty when there is none."""
        return "" if name in self.answers.inputs else self.source.types.get(name, "")

    def number(self, name: str) -> str:
        """Return the SQL of a column as a number."""
        nested = self.kind(name).endswith(("]", ")")) and not self.kind(name).startswith("DECIMAL")
        value = f"{identifier(name)}::VARCHAR" if nested else identifier(name)
        return f"TRY_CAST({value} AS DOUBLE)" if self.kind(name) else "NULL::DOUBLE"

    def text(self, name: str) -> str:
        """Return the SQL of a column as text."""
        return plain(name, self.kind(name)) if self.kind(name) else "NULL::VARCHAR"

    def class_scores(self) -> dict[str, str]:
        """Return the columns with a class's score, by the class as labels spell it."""
        names = [name for name in self.source.types if name.startswith(CLASS_SCORE) and self.kind(name)]
        known = self.answers.labels
        found = {spelling(name.removeprefix(CLASS_SCORE)): name for name in names}
        return {label: name for label, name in found.items() if label in known or not known}


def open_tables(
    connection: "DuckDBPyConnection",
    paths: Sequence[Path],
    answers: Answers,
    *,
    time: str,
    id_column: str,
    listed: Mapping[str, Collection[str]],
) -> tuple[Source, Source, tuple[str, ...]]:
    """Open Parquet or CSV tables.

    Args:
        connection: where the relations live.
        paths: the files.
        answers: how answers are read.
        time: `data.time`.
        id_column: `data.id`; may be "".
        listed: values of the reference's categories by column: they are never missing.

    Returns:
        Rows with our own columns, requests, and notes.

    Raises:
        InputError: a file cannot be read.
        ConfigurationError: there is no column `time`.

    """
    odd = [path for path in paths if path.suffix != ".parquet" and not is_csv(path)]
    if odd:
        raise InputError(
            "an inference log is neither JSON lines, Parquet nor CSV",
            where=str(odd[0]),
            fix="name it *.jsonl, *.parquet or *.csv",
        )
    source, broken = open_readable(
        connection, paths, name="log files", text=[name for name in (time, id_column) if name], listed=listed
    )
    if not time or time not in source.types:
        raise ConfigurationError(
            f"the inference log has no time column{f' `{time}`' if time else ''}",
            where="`data.time`, `monitor.log`",
            fix="set `data.time` to the column of the log that says when a row was asked for",
        )
    table = Table(source, answers)
    clock = _clock(source, time)
    score, label = _answer(table)
    own = {LOGGED_AT: clock, ASKED: clock, EVENT: clock, VERSION: _version(table), STATUS: _status(table)}
    own |= {SCORE: score, PREDICTION: label}
    _make(connection, "logged", "*, " + ", ".join(f"{sql} AS {identifier(name)}" for name, sql in own.items()), source)
    answered = f"({score}) IS NOT NULL OR ({label}) IS NOT NULL"
    status = f"coalesce({_status(table)}, CASE WHEN {answered} THEN 200 END)"
    asked = f"{clock} AS asked, {_version(table)} AS version, {status} AS status, {table.number('seconds')} AS seconds"
    served = bool(table.kind("status") or table.kind("seconds"))
    _make(connection, "requested", asked, source, condition=str(served))
    return described(connection, "logged"), described(connection, "requested"), (*_left_out(broken), *_notes(table))


def _clock(source: Source, time: str) -> str:
    """Return the SQL of a row's time: a time, ISO 8601 text, or seconds (milli-, micro-, nano-) since 1970."""
    kind = source.types[time]
    if kind not in ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "VARCHAR"):
        return moment(time, kind)
    number = f"TRY_CAST({identifier(time)} AS DOUBLE)"
    cases = " ".join(
        f"WHEN {number} >= {low} AND {number} < {high} THEN make_timestamp(TRY_CAST({number} / {unit} * 1e6 AS BIGINT))"
        for low, high, unit in EPOCHS
    )
    epoch = f"CASE {cases} END"
    return f"coalesce({moment(time, kind)}, {epoch})" if kind == "VARCHAR" else epoch


def _make(connection: "DuckDBPyConnection", name: str, what: str, source: Source, condition: str = "TRUE") -> None:
    """Make a view of the log's tables."""
    execute(
        connection,
        f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT {what} FROM {source.name} WHERE {condition}",
        where="the inference log",
    )


def _answer(table: Table) -> tuple[str, str]:
    """Return the SQL of a row's score and of its label."""
    task = table.answers.task
    if task == "multiclass":
        return _of_classes(table)
    if task != "binary":
        order = ("score", "prediction") if task == "ranking" else (MEDIAN, "prediction", "score")
        return table.number(next((name for name in order if table.kind(name)), "")), "NULL::VARCHAR"
    if table.kind("score"):
        return table.number("score"), table.text("prediction")
    place, classes = table.answers.positive, table.answers.classes
    column = table.class_scores().get(classes[place]) if place >= 0 else None
    if column:
        return table.number(column), table.text("prediction")
    if table.kind("prediction").startswith(WRITTEN_AS_NUMBERS):
        bare = table.number("prediction")
        return bare, f"CASE WHEN {bare} IS NULL THEN {table.text('prediction')} END"
    return "NULL::DOUBLE", table.text("prediction")


def _of_classes(table: Table) -> tuple[str, str]:
    """Return the SQL of the largest score, and of the label: as it is told, else the largest score's."""
    scores = {label: table.number(name) for label, name in table.class_scores().items()}
    if not scores:
        return table.number("score"), table.text("prediction")
    best = f"greatest({', '.join(scores.values())})"
    if table.kind("prediction"):
        return best, table.text("prediction")
    cases = " ".join(f"WHEN {score} = {best} THEN {literal(label)}" for label, score in scores.items())
    return best, f"CASE {cases} END"


def _version(table: Table) -> str:
    """Return the SQL of a row's version: NULL when there is none, `UNREADABLE` for what is no version's number."""
    if not table.kind("version"):
        return "NULL::BIGINT"
    number = f"TRY_CAST(nullif(regexp_extract({table.text('version')}, '{VERSION_TEXT}', 1), '') AS BIGINT)"
    return f"CASE WHEN {table.text('version')} IS NOT NULL THEN coalesce({number}, {UNREADABLE}) END"


def _status(table: Table) -> str:
    """Return the SQL of a row's HTTP status: NULL when there is none, `UNREADABLE` for what is no status.

    A 0, which stands for no answer at all, is one only in a column that has HTTP statuses besides.
    """
    if not table.kind("status"):
        return "NULL::BIGINT"
    text = table.text("status")
    code = rf"TRY_CAST(nullif(regexp_extract({text}, '^\s*([1-5][0-9]{{2}})(?:[^0-9]|$)', 1), '') AS BIGINT)"
    codes = f"(SELECT count({code}) FROM {table.source.name})"  # quoted  # noqa: S608  # nosec B608
    zero = f"CASE WHEN trim({text}) = '0' AND {codes} > 0 THEN 0 END"
    return f"CASE WHEN {text} IS NOT NULL THEN coalesce({code}, {zero}, {UNREADABLE}) END"


def _left_out(broken: str) -> list[str]:
    """Say which files are not looked at."""
    return [f"{broken}: what was logged there is left out"] if broken else []


def _notes(table: Table) -> Iterator[str]:
    """Say which columns are not read as answers although they are called so."""
    taken = [name for name in table.source.types if name in SAID and name in table.answers.inputs]
    if taken:
        names = ", ".join(f"`{name}`" for name in taken)
        yield f"{names} of the log: an input of the model, and so neither an answer nor a status"
    unread = table.answers.task == "binary" and not table.kind("score") and table.answers.positive < 0
    scores = [name for name in table.source.types if name.startswith(CLASS_SCORE) and table.kind(name)]
    if unread and scores:
        names = ", ".join(f"`{name}`" for name in scores[:3])
        yield f"{names} of the log are not read: which of them is the positive class's is not known"
