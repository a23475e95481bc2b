"""Logged answers beside their late true answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER, Source, execute, identifier, literal
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import EVENT, LAST, PREDICTION, SCORE, USABLE
from trainstop.tables.row_keys import example, key, plain, spelled
from trainstop.tables.table_files import open_readable

WHEN = EVENT
"""Column with the time of each row."""
FEW = 0.01
"""Labels and log that share a smaller part of the smaller one's ids may name their rows differently."""
KEY, TRUTH = "row_id of ours", "truth of ours"


@dataclass(frozen=True)
class Joined:
    """Answers and labels, joined.

    Attributes:
        table: a PyArrow table with `row_id`, `target`, `prediction`, `score`, `cluster` and the time of the row, oldest
            first.
        unjoined: why labels and log share few ids, in words; empty when they share them.
        notes: which labels are left out.

    """

    table: Any
    unjoined: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Names:
    """Columns of log and labels.

    Attributes:
        id_column: in both.
        target: column of the labels with the true answer; rows without one are left out.
        cluster: column of log or labels that says what belongs together; the day is taken where it is in neither.
        query: column of log or labels with the query a row belongs to; none where empty.

    """

    id_column: str
    target: str
    cluster: str = ""
    query: str = ""


def labelled(rows: Source, labels: Sequence[Path], names: Names, answers: Answers) -> Joined:
    """Join logged rows that have a usable answer with their labels by id, compared as text.

    Args:
        rows: of the inference log.
        labels: Parquet or CSV tables; of an id that is there more often, the last row counts, and of files the last.
        names: of the columns.
        answers: which task and which labels there are.

    Raises:
        InputError: a file cannot be read, or lacks the id or the target.

    """
    source, broken = open_readable(rows.connection, labels, name="labels", text=(names.id_column,))
    lacking = [name for name in (names.id_column, names.target) if name not in source.types]
    if lacking:
        raise InputError(
            f"the labels lack {' and '.join(f'`{name}`' for name in lacking)}",
            where=", ".join(str(path) for path in labels[:3]),
            fix="write `data.id` and `data.target` into the tables that `monitor.labels` names",
        )
    notes = _last_labels(source, names, answers)
    if broken:
        notes.append(f"{broken}: the labels there are left out")
    query = _query(names.query, rows, source)
    table = rows.connection.sql(
        f"SELECT answered.{identifier(KEY)} AS row_id, "  # quoted  # noqa: S608  # nosec B608
        f"answered.{identifier(TRUTH)} AS target, {_said(answers)}, "
        f"{query}{_cluster(names.cluster, rows, source)} AS cluster, log.{identifier(WHEN)} "
        f"FROM {rows.name} AS log JOIN answered ON {_log_key(rows, names)} = answered.{identifier(KEY)} "
        f"WHERE log.{identifier(USABLE)} AND log.{identifier(LAST)} "
        f"ORDER BY log.{identifier(WHEN)}, row_id"
    ).to_arrow_table()
    if names.query and (without := table[names.query].null_count):
        table = table.filter(table[names.query].is_valid())
        notes.append(f"{without} labelled rows have no `{names.query}`, and are left out")
    return Joined(table, _few_shared(rows, names, table.num_rows), tuple(notes))


def _last_labels(source: Source, names: Names, answers: Answers) -> list[str]:
    """Make the table of true answers, the last one of each id that can be read, and say how many cannot."""
    truth = plain(names.target, source.types[names.target])
    ours = key(names.id_column, source.types[names.id_column])
    target = _target(truth, answers)
    beside = "".join(
        f"{identifier(name)}, " for name in dict.fromkeys((names.cluster, names.query)) if name in source.types
    )
    execute(
        source.connection,
        f"CREATE OR REPLACE TEMP TABLE answered AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT {beside}{target} AS {identifier(TRUTH)}, {ours} AS {identifier(KEY)} "
        f"FROM {source.name} WHERE {target} IS NOT NULL AND {ours} IS NOT NULL QUALIFY row_number() OVER "
        f"(PARTITION BY {ours} ORDER BY {identifier(ROW_NUMBER)} DESC) = 1",
        where="the labels",
    )
    known = _among(spelled(truth), answers) if answers.labels else target
    odd, one = source.one(
        f"SELECT count(*), any_value({truth}) FROM {source.name} "  # quoted  # noqa: S608  # nosec B608
        f"WHERE {truth} IS NOT NULL AND ({known}) IS NULL"
    )
    if not odd:
        return []
    what = " or ".join(f"`{name}`" for name in answers.labels) if answers.labels else "a number"
    left = "count as wrongly answered" if answers.task == "multiclass" else "are left out"
    return [f"{odd} labels are not {what} ({example(one)}, say), and {left}"]


def _target(truth: str, answers: Answers) -> str:
    """Return the SQL of a true answer as it is compared; NULL for one that cannot be."""
    if answers.task == "binary" and answers.labels:
        return _among(spelled(truth), answers)
    if answers.classifies:
        return spelled(truth)
    number = f"TRY_CAST({truth} AS DOUBLE)"
    least = f" AND {number} >= 0" if answers.task == "ranking" else ""
    return f"CASE WHEN isfinite({number}){least} THEN {number} END"


def _among(label: str, answers: Answers) -> str:
    """Return the SQL of a label, NULL when it is none that is known."""
    return f"CASE WHEN {label} IN ({', '.join(literal(name) for name in answers.labels)}) THEN {label} END"


def _said(answers: Answers) -> str:
    """Return the SQL of an answer under the names of a predictions table."""
    if answers.task in ("regression", "forecast"):
        return f"log.{identifier(SCORE)} AS prediction"
    return f"log.{identifier(SCORE)} AS score, log.{identifier(PREDICTION)} AS prediction"


def _log_key(rows: Source, names: Names) -> str:
    """Return the SQL of a logged row's id."""
    return key(names.id_column, rows.types[names.id_column], table="log")


def _few_shared(rows: Source, names: Names, joined: int) -> str:
    """Say why answers and labels share few ids, or return an empty text; `joined` rows have both, an id each."""
    ours = identifier(KEY)
    ((answered,),) = execute(rows.connection, "SELECT count(*) FROM answered", where="the labels")
    if joined and joined >= FEW * answered:
        return ""  # without counting the ids one by one
    shared, logged, known, one, other = rows.one(
        f"WITH ids AS (SELECT DISTINCT {_log_key(rows, names)} AS id FROM {rows.name} AS log "  # quoted  # noqa: S608  # nosec B608
        f"WHERE {identifier(USABLE)} AND {_log_key(rows, names)} IS NOT NULL), "
        f"joined AS (SELECT ids.id AS a, answered.{ours} AS b FROM ids FULL JOIN answered ON ids.id = answered.{ours}) "
        "SELECT count(*) FILTER (a = b), count(a), count(b), min(a) FILTER (b IS NULL), min(b) FILTER (a IS NULL) "
        "FROM joined"
    )
    if not logged or not known or shared >= FEW * min(logged, known):
        return ""
    return (
        f"only {shared} of the {known} labelled ids are among the {logged} answered ones of this version: "
        f"the labels have {example(other)}, the log has {example(one)}"
    )


def _query(query: str, rows: Source, labels: Source) -> str:
    """Return the SQL of a row's query, under its own name; nothing where none is wanted.

    Raises:
        InputError: it is in neither table.

    """
    if not query:
        return ""
    for alias, source in (("log", rows), ("answered", labels)):
        if query in source.types:
            return f"{alias}.{identifier(query)}::VARCHAR AS {identifier(query)}, "
    raise InputError(
        f"neither the log nor the labels have a column `{query}`",
        where="key `data.query`",
        fix="send it with each request, or write it into the tables that `monitor.labels` names",
    )


def _cluster(cluster: str, rows: Source, labels: Source) -> str:
    """Return the SQL of what a row belongs to."""
    if cluster and cluster in rows.types:
        return f"coalesce(log.{identifier(cluster)}::VARCHAR, 'none')"
    if cluster and cluster in labels.types:
        return f"coalesce(answered.{identifier(cluster)}::VARCHAR, 'none')"
    return f"log.{identifier(WHEN)}::DATE::VARCHAR"


def between(table: Any, since: datetime, until: datetime) -> Any:
    """Return the rows of a labelled table from `since` up to `until` (not included)."""
    import pyarrow.compute as pc  # noqa: PLC0415  # heavy

    ends = [moment.replace(tzinfo=None) for moment in (since, until)]
    when = table[WHEN]
    return table.filter(pc.and_(pc.greater_equal(when, ends[0]), pc.less(when, ends[1])))
