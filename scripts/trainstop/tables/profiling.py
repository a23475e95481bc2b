"""Counting tables into profiles with DuckDB, in the memory of a scan.

Numeric columns go through `histogram` five at a time and categorical ones through one GROUP BY each: DuckDB's
`histogram` of strings keeps them outside its own accounting, and one statement over every column needs ten times the
memory. The cuts come from a sample by row number that is the same on every machine.
"""

import math
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from trainstop.drift.profile import BINS, TOP_VALUES, ColumnProfile, Profile
from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER, Source, identifier, literal, moment, opened
from trainstop.tables.row_keys import plain
from trainstop.tables.table_files import open_files

Period = Literal["day", "week"]
T = TypeVar("T")

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMERIC = (*WHOLE, *(f"U{name}" for name in WHOLE), "FLOAT", "DOUBLE")
CATEGORICAL = ("VARCHAR", "BOOLEAN", "ENUM", "UUID")
SAMPLE_ROWS = 200_000
"""Rows that the cuts are taken from: their quantiles are within a fifth of a percent of the whole table's."""
AT_ONCE = 5
LONGEST_VALUE = 200
"""Characters of a category that are kept."""
YES_NO = (("True", "False"), ("1", "0"))
"""How a Boolean may have been written in a column of text or of both."""


def profile_table(
    tables: Sequence[Path],
    *,
    time: str,
    period: Period,
    exclude: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Profile:
    """Profile a table: per column its histogram and its missing values, per day or week of the column `time`.

    Args:
        tables: Parquet or CSV files with the same columns.
        time: column that the periods are cut by; "" makes the whole table one period.
        period: length of a period; weeks begin on Monday, all times are UTC.
        exclude: columns that are left out (identifiers, the target); names that the table lacks are no mistake.
        only: columns that are taken; all when left out.

    Raises:
        InputError: a file is missing or cannot be read, there are no rows, or no column `time` with times in it.

    """
    with opened() as connection:
        source = open_files(connection, tables, text=(time,) if time else ())
        place = ", ".join(str(path) for path in tables[:3])
        if not source.rows():
            raise InputError("a table without rows cannot be profiled", where=place, fix="check how it is made")
        if time and time not in source.types:
            raise InputError(
                f"the time column `{time}` is not in the table", where=place, fix="correct `data.time` or the data"
            )
        taken = source.types if only is None else [name for name in source.types if name in only]
        names = [name for name in taken if name != time and name not in exclude]
        return count_periods(source, _shapes(source, names), time=time, period=period)


def periods_of(tables: Sequence[Path], *, time: str, period: Period) -> Profile:
    """Count the rows of a table per period, and look at no column but `time`.

    Raises:
        InputError: as `profile_table`.

    """
    return profile_table(tables, time=time, period=period, only=())


def count_periods(source: Source, columns: Sequence[ColumnProfile], *, time: str, period: Period) -> Profile:
    """Count a relation into the bins of `columns` (a reference's), per period of its column `time`.

    A column that the relation lacks is left out of the result; a value that is no number where the reference has
    numbers is counted as mistyped.

    Raises:
        InputError: no row has a readable time.

    """
    bucket = _bucket(source, time, period)
    day = moment(time, source.types[time]) if time else "NULL"
    found = source.run(
        f"SELECT {bucket} AS p, count(*), count(DISTINCT {day}::DATE) "  # quoted  # noqa: S608  # nosec B608
        f"FROM {source.name} GROUP BY 1 ORDER BY 1"
    )
    totals: dict[date | None, int] = {start: rows for start, rows, _ in found}
    untimed = totals.pop(None, 0) if time else 0
    if not totals:
        raise InputError(
            f"no row has a readable time in `{time}`" if time else "there are no rows",
            fix="write times as dates, timestamps or ISO 8601 text",
        )
    starts = list(totals)
    present = [column for column in columns if column.name in source.types]
    counted = {column.name: column for column in _counted(source, present, bucket, starts)}
    return Profile(
        time=time,
        period=period,
        starts=tuple(starts),
        rows=tuple(totals.values()),
        days=tuple(days for start, _, days in found if start is not None),
        untimed=untimed,
        columns=tuple(counted[column.name] for column in present),
    )


def _counted(
    source: Source, columns: Sequence[ColumnProfile], bucket: str, starts: Sequence[date | None]
) -> Iterator[ColumnProfile]:
    """Count every column by the way of its kind."""
    numeric = [column for column in columns if column.kind == "numeric"]
    for group in _batches(numeric, AT_ONCE):
        yield from _count_numeric(source, group, bucket, starts)
    for column in columns:
        if column.kind == "categorical":
            yield _count_values(source, column, bucket, starts)
        elif column.kind == "uncounted":
            yield _count_nulls(source, column, bucket, starts)


def _shapes(source: Source, names: Sequence[str]) -> list[ColumnProfile]:
    """Decide how each column is counted, and find its cuts or its most frequent values."""
    numeric = [name for name in names if _is_numeric(source.types[name])]
    every = max(1, math.ceil(source.rows() / SAMPLE_ROWS))
    edges = {name: cuts for group in _batches(numeric, AT_ONCE) for name, cuts in _edges(source, group, every)}
    return [_shape(source, name, edges.get(name, ())) for name in names]


def _shape(source: Source, name: str, edges: tuple[float, ...]) -> ColumnProfile:
    """Decide how one column is counted."""
    kind = source.types[name]
    if edges:
        return ColumnProfile(name=name, type=kind, kind="numeric", edges=edges)
    if kind.startswith(CATEGORICAL) and (values := _frequent(source, name)):
        return ColumnProfile(name=name, type=kind, kind="categorical", values=values)
    return ColumnProfile(name=name, type=kind, kind="uncounted")


def _is_numeric(kind: str) -> bool:
    """Whether a DuckDB type holds numbers."""
    return kind in NUMERIC or (kind.startswith("DECIMAL") and not kind.endswith("]"))


def _edges(source: Source, names: Sequence[str], every: int) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield the cuts of numeric columns: just below the smallest value, the quantiles, the largest; () without any."""
    shares = ", ".join(str(step / BINS) for step in range(1, BINS))
    parts = []
    for name in names:
        value = f"{identifier(name)}::DOUBLE"
        known = f"FILTER (isfinite({value}))"
        sampled = f"FILTER (isfinite({value}) AND hash({identifier(ROW_NUMBER)}) % {every} = 0)"
        parts += [f"min({value}) {known}", f"max({value}) {known}", f"quantile_disc({value}, [{shares}]) {sampled}"]
    row = source.one(f"SELECT {', '.join(parts)} FROM {source.name}")  # quoted  # noqa: S608  # nosec B608
    for place, name in enumerate(names):
        low, high, quantiles = row[3 * place : 3 * place + 3]
        if low is not None:
            yield name, _cuts(low, high, quantiles or (), exact=source.types[name] != "FLOAT")


def _cuts(low: float, high: float, quantiles: Iterable[float], *, exact: bool) -> tuple[float, ...]:
    """Sort the cuts, without repetition. Single-precision values return from text a little lower or higher."""
    slack = 0.0 if exact else 1e-6
    floor = max(math.nextafter(low - abs(low) * slack, -math.inf), -sys.float_info.max)
    above = {min(cut + abs(cut) * slack, sys.float_info.max) for cut in (*quantiles, high)}
    return tuple(sorted({floor, *above}))


def _text(name: str) -> str:
    """Return the SQL of a category as it is kept."""
    return f"left({identifier(name)}::VARCHAR, {LONGEST_VALUE})"


def _known(column: ColumnProfile, kind: str) -> str:
    """Return the SQL of a value as the category of the reference that it is; of none, as it is written.

    Files disagree about types: a text "97" comes as 97.0, and a Boolean as 1 or "True".
    """
    values = ", ".join(literal(value) for value in column.values)
    whole = plain(column.name, kind)
    written = [_text(column.name), whole]
    if column.type == "BOOLEAN":
        written.append(f"TRY_CAST({whole} AS BOOLEAN)::VARCHAR")
    if kind == "BOOLEAN":
        written += [
            f"CASE WHEN {identifier(column.name)} THEN {literal(yes)} ELSE {literal(no)} END" for yes, no in YES_NO
        ]
    cases = " ".join(f"WHEN {each} IN ({values}) THEN {each}" for each in written)
    return f"CASE {cases} ELSE {_text(column.name)} END"


def _frequent(source: Source, name: str) -> tuple[str, ...]:
    """Return the most frequent values of a categorical column, most frequent first."""
    rows = source.run(
        f"SELECT {_text(name)} AS v, count(*) AS n FROM {source.name} WHERE v IS NOT NULL "  # quoted  # noqa: S608  # nosec B608
        f"GROUP BY 1 ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    )
    return tuple(str(value) for value, _ in rows)


def _bucket(source: Source, time: str, period: Period) -> str:
    """Return the SQL of the first day of a row's period; NULL without a readable time."""
    if not time:
        return "NULL::DATE"
    return f"date_trunc('{period}', {moment(time, source.types[time])})::DATE"


def _count_numeric(
    source: Source, columns: Sequence[ColumnProfile], bucket: str, starts: Sequence[date | None]
) -> Iterator[ColumnProfile]:
    """Count a few numeric columns in one statement."""
    parts = []
    for column in columns:
        quoted = identifier(column.name)
        value = f"TRY_CAST({quoted} AS DOUBLE)"
        edges = "[" + ", ".join(repr(edge) for edge in column.edges) + "]::DOUBLE[]"
        parts += [
            f"histogram({value}, {edges}) FILTER (isfinite({value}))",
            f"count(*) FILTER ({quoted} IS NULL)",
            f"count(*) FILTER (isnan({value}))",
            f"count(*) FILTER (isinf({value}))",
            f"count(*) FILTER ({quoted} IS NOT NULL AND {value} IS NULL)",
        ]
    rows = source.run(f"SELECT {bucket} AS p, {', '.join(parts)} FROM {source.name} GROUP BY 1")  # quoted  # noqa: S608  # nosec B608
    by_start = {row[0]: row[1:] for row in rows}
    for place, column in enumerate(columns):
        found = [by_start[start][5 * place : 5 * place + 5] for start in starts]
        yield column.model_copy(
            update={
                "counts": tuple(_bins(histogram, column.edges) for histogram, *_ in found),
                "nulls": tuple(row[1] for row in found),
                "nans": tuple(row[2] for row in found),
                "infinities": tuple(row[3] for row in found),
                "mistyped": tuple(row[4] for row in found),
            }
        )


def _bins(histogram: dict[float, int] | None, edges: Sequence[float]) -> tuple[int, ...]:
    """Turn DuckDB's map (upper edge to count; `inf` above the last) into counts in order."""
    found = histogram or {}
    return (*(found.get(edge, 0) for edge in edges), found.get(math.inf, 0))


def _count_values(source: Source, column: ColumnProfile, bucket: str, starts: Sequence[date | None]) -> ColumnProfile:
    """Count the values of a categorical column; all that the reference does not list fall together."""
    quoted = f"{source.name}.{identifier(column.name)}"
    known = ", ".join(f"({literal(value)}, {place})" for place, value in enumerate(column.values))
    value = _known(column, source.types[column.name])
    rows = source.run(
        f"SELECT {bucket} AS p, CASE WHEN {quoted} IS NULL THEN -1 "  # quoted  # noqa: S608  # nosec B608
        f"ELSE coalesce(known.place, {len(column.values)}) END AS bin, count(*) FROM {source.name} "
        f"LEFT JOIN (VALUES {known}) AS known(value, place) ON {value} = known.value GROUP BY 1, 2"
    )
    position = {start: place for place, start in enumerate(starts)}
    counts = [[0] * column.bins for _ in starts]
    nulls = [0] * len(starts)
    for start, place, number in rows:
        if start not in position:
            continue
        if place < 0:
            nulls[position[start]] = number
        else:
            counts[position[start]][place] = number
    return _without_numbers(column, nulls, tuple(tuple(row) for row in counts))


def _count_nulls(source: Source, column: ColumnProfile, bucket: str, starts: Sequence[date | None]) -> ColumnProfile:
    """Count only what is missing in a column."""
    rows = dict(
        source.run(
            f"SELECT {bucket} AS p, count(*) FILTER ({identifier(column.name)} IS NULL) "  # quoted  # noqa: S608  # nosec B608
            f"FROM {source.name} GROUP BY 1"
        )
    )
    return _without_numbers(column, [rows[start] for start in starts], ())


def _without_numbers(column: ColumnProfile, nulls: Sequence[int], counts: tuple[tuple[int, ...], ...]) -> ColumnProfile:
    """Fill in a column that cannot hold NaN or infinity."""
    none = (0,) * len(nulls)
    found = {"counts": counts, "nulls": tuple(nulls), "nans": none, "infinities": none, "mistyped": none}
    return column.model_copy(update=found)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
