"""Columns that may group the rows of a predictions table: of the evaluation data, and days of its times."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trainstop.errors import InputError
from trainstop.tables.answers import CLASS_SCORE, ID, PREDICTION, SCORE, TARGET, PredictionsTable
from trainstop.tables.engine import Source, identifier, moment, opened
from trainstop.tables.table_files import open_files

MOST_COLUMNS = 40
"""No more are looked at, in the order of the table."""
SAMPLED = 1000
"""Rows of a text column that are tried as times."""
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
NUMBERS = (*WHOLE, "DOUBLE", "FLOAT")
TEXT = ("VARCHAR", "UUID")


@dataclass(frozen=True)
class GroupingColumn:
    """One column: `codes` number its values from 0, numbers in their order, -1 where missing; shape (rows,)."""

    name: str
    codes: NDArray[np.intp]
    number: bool = False
    day: bool = False


def read(
    paths: Sequence[Path],
    table: PredictionsTable,
    *,
    names: tuple[str, str],
    numeric: bool,
    leave: Collection[str] = (),
    features: Collection[str] = (),
    only: str = "",
) -> list[GroupingColumn]:
    """Read the columns of data files that may group the rows of a predictions table.

    Text, times, their days, and whole numbers, each column with a few to half as many values as there are rows. Rows
    are paired by id, else by their position; files whose targets are not the table's give nothing, for they hold other
    rows.

    Args:
        paths: Parquet or CSV files, in the order of the rows.
        table: whose rows are meant.
        names: what the files call the row's id (its position counts where they have none) and the true answer.
        numeric: whether the true answer is a number.
        leave: columns that are not looked at.
        features: columns that the model looks at: of these, numbers are measurements and not names of groups.
        only: the only column that is wanted; all of them when empty.

    Raises:
        InputError: a file cannot be read.

    """
    if not paths:
        return []
    with opened() as connection:
        source = open_files(connection, paths)
        id_column, target = (_first(source, each) for each in zip(names, (ID, TARGET), strict=True))
        order = _order(source, table, id_column, target, numeric=numeric)
        if order is None:
            return []
        answers = {name for name in source.types if name in (PREDICTION, SCORE) or name.startswith(CLASS_SCORE)}
        measured = {name for name in features if source.types.get(name) in NUMBERS}
        wanted = list(_expressions(source, {*leave, *answers, *measured, id_column, target}))[:MOST_COLUMNS]
        wanted = [each for each in wanted if only in ("", each[0])]
        return [
            GroupingColumn(name, _codes(_column(source, sql), number=kind in NUMBERS)[order], kind in NUMBERS, day)
            for name, kind, sql, day in _not_too_fine(source, wanted, len(table))
        ]


def _first(source: Source, names: Sequence[str]) -> str:
    """Return the first name that is a column of the files, or an empty text."""
    return next((name for name in names if name in source.types), "")


def _order(
    source: Source, table: PredictionsTable, id_column: str, target: str, *, numeric: bool
) -> NDArray[np.intp] | None:
    """Return which row of the files each row of the table is, or None where they are not the same rows."""
    if not target:
        return None
    truth = _column(source, identifier(target))
    ids = _column(source, identifier(id_column)) if id_column else pa.array(np.arange(len(truth)))
    theirs = PredictionsTable(pa.table({ID: ids, TARGET: truth}), table.where)
    order, _ = table.align(theirs, numeric=numeric)
    return order


def _expressions(source: Source, leave: Collection[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Yield name, DuckDB type, SQL, and whether it is a day, of each column that may group rows."""
    days = []
    for name, kind in source.types.items():
        if name in leave:
            continue
        if kind in NUMBERS or kind in TEXT or kind.startswith(("ENUM", "TIMESTAMP")) or kind == "DATE":
            yield name, kind, identifier(name), kind == "DATE"
        if kind != "DATE" and _holds_times(source, name, kind):
            days.append((f"date({name})", "DATE", f"({moment(name, kind)})::DATE", True))
    yield from days


def _holds_times(source: Source, name: str, kind: str) -> bool:
    """Say whether a column holds times; of a text column all of the first values must be."""
    if kind != "VARCHAR":
        return kind.startswith("TIMESTAMP")
    column = identifier(name)
    some, times = source.one(
        f"SELECT count({column}), count({moment(name, kind)}) FROM "  # quoted  # noqa: S608  # nosec B608
        f"(SELECT {column} FROM {source.name} WHERE {column} IS NOT NULL LIMIT {SAMPLED})"
    )
    return bool(some) and some == times


def _not_too_fine(
    source: Source, wanted: Sequence[tuple[str, str, str, bool]], rows: int
) -> list[tuple[str, str, str, bool]]:
    """Leave out columns whose values are mostly different, by an estimate that is right to a few percent."""
    if not wanted:
        return []
    counts = source.one(
        f"SELECT {', '.join(f'approx_count_distinct({sql})' for _, _, sql, _ in wanted)} FROM {source.name}"  # quoted  # noqa: S608  # nosec B608
    )
    return [each for each, count in zip(wanted, counts, strict=True) if 1 < count <= 0.75 * rows]


def _column(source: Source, sql: str) -> Any:
    """Return one column of the files as a PyArrow array, in the order of the rows."""
    try:
        found = source.connection.sql(f"SELECT {sql} AS v FROM {source.name}").to_arrow_table()["v"]  # quoted  # noqa: S608  # nosec B608
    except Exception as error:
        raise InputError(
            f"a table cannot be read: {str(error).splitlines()[0]}",
            where=source.name,
            fix="check that the file is whole, and Parquet or CSV as its name says",
        ) from error
    return found.combine_chunks()


def _codes(column: Any, *, number: bool) -> NDArray[np.intp]:
    """Return a column's values numbered, numbers in their order, -1 where missing.

    Numbers with fractions measure something and name nothing: all of such a column is missing.
    """
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, None)
        if not pc.all(pc.equal(pc.floor(column), column)).as_py():
            return np.full(len(column), -1, dtype=np.intp)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    places = np.arange(len(encoded.dictionary) + 1, dtype=np.intp)
    if number:
        places[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(encoded.dictionary))
    places[-1] = -1
    indices = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return np.asarray(places[indices], dtype=np.intp)
