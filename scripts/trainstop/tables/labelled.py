"""Logged answers beside their late true answers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER, Source, execute, identifier, open_files
from trainstop.tables.logged_lines import EVENT, PREDICTION, SCORE

FEW = 0.05
"""Labels and log that share a smaller part of the smaller one's ids may name their rows differently."""
WHEN = EVENT
"""Column with the time of each row."""


def labelled(
    rows: Source, labels: Sequence[Path], *, id_column: str, target: str, cluster: str, task: str, query: str = ""
) -> Any:
    """Join logged rows with their labels by id, compared as text.

    Args:
        rows: of the inference log.
        labels: Parquet or CSV tables; of an id that is there more often, the last row counts.
        id_column: in the log and in the labels.
        target: column of the labels with the true answer; rows without one are left out.
        cluster: column of log or labels that says what belongs together; the day is taken where it is in neither.
        query: column of log or labels with the query a row belongs to; none where empty.
        task: decides which of our columns a predictions table needs.

    Returns:
        A PyArrow table with `row_id`, `target`, `prediction`, `score`, `cluster` and the time of the row, oldest first.

    Raises:
        InputError: a file cannot be read, or lacks the id or the target.

    """
    source = open_files(rows.connection, labels, name="labels")
    lacking = [name for name in (id_column, target) if name not in source.types]
    if lacking:
        raise InputError(
            f"the labels lack {' and '.join(f'`{name}`' for name in lacking)}",
            where=", ".join(str(path) for path in labels[:3]),
            fix="write `data.id` and `data.target` into the tables that `monitor.labels` names",
        )
    key, truth = identifier(id_column), identifier(target)
    execute(
        rows.connection,
        f"CREATE OR REPLACE TEMP TABLE answered AS "  # quoted  # noqa: S608  # nosec B608
        f"SELECT * EXCLUDE ({identifier(ROW_NUMBER)}), {key}::VARCHAR AS {identifier('row_id of ours')} "
        f"FROM {source.name} WHERE {truth} IS NOT NULL QUALIFY row_number() OVER "
        f"(PARTITION BY {key}::VARCHAR ORDER BY {identifier(ROW_NUMBER)} DESC) = 1",
        where="the labels",
    )
    grouped = _cluster(cluster, rows, source)
    number = task in ("regression", "forecast")
    answer = f"log.{identifier(SCORE)} AS " + ("prediction" if number else "score")
    label = "" if number else f", log.{identifier(PREDICTION)} AS prediction"
    return rows.connection.sql(
        f"SELECT answered.{identifier('row_id of ours')} AS row_id, answered.{truth} AS target, "  # quoted  # noqa: S608  # nosec B608
        f"{answer}{label}, {_query(query, rows, source)}{grouped} AS cluster, log.{identifier(WHEN)} "
        f"FROM {rows.name} AS log JOIN answered ON log.{key}::VARCHAR = answered.{identifier('row_id of ours')} "
        f"WHERE log.{identifier(SCORE)} IS NOT NULL OR log.{identifier(PREDICTION)} IS NOT NULL "
        f"ORDER BY log.{identifier(WHEN)}, row_id"
    ).to_arrow_table()


def few_shared(rows: Source, id_column: str) -> str:
    """Say why logged rows and the labels that `labelled` read share few ids, or return an empty text."""
    key, ours = identifier(id_column), identifier("row_id of ours")
    shared, logged, known, one, other = rows.one(
        f"WITH log AS (SELECT DISTINCT {key}::VARCHAR AS id FROM {rows.name} WHERE {key} IS NOT NULL), "  # quoted  # noqa: S608  # nosec B608
        f"joined AS (SELECT log.id AS a, answered.{ours} AS b FROM log FULL JOIN answered ON log.id = answered.{ours}) "
        "SELECT count(*) FILTER (a = b), count(a), count(b), min(a) FILTER (b IS NULL), min(b) FILTER (a IS NULL) "
        "FROM joined"
    )
    if shared >= FEW * min(logged, known):
        return ""
    return (
        f"only {shared} of the {known} labelled ids are among the {logged} logged ones: "
        f"the labels have {other!r}, the log has {one!r}"
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
