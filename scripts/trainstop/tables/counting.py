"""Counting a relation into bins that are known, per day or week, in the memory of a scan.

Numeric columns go through `histogram` five at a time and categorical ones through one GROUP BY each: DuckDB's
`histogram` of strings keeps them outside its own accounting, and one statement over every column needs ten times the
memory.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Literal, TypeVar

from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.errors import InputError
from trainstop.tables.engine import Source, identifier, literal, moment
from trainstop.tables.row_keys import FLOATS, plain

Period = Literal["day", "week"]
T = TypeVar("T")

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
AT_ONCE = 5
"""Numeric columns that are counted in one statement."""
LONGEST_VALUE = 200
"""Characters of a category that are kept."""
YES_NO = (("True", "False"), ("1", "0"))
"""How a Boolean may have been written in a column of text or of both."""


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
    for group in batches(numeric, AT_ONCE):
        yield from _count_numeric(source, group, bucket, starts)
    for column in columns:
        if column.kind == "categorical":
            yield _count_values(source, column, bucket, starts)
        elif column.kind == "uncounted":
            yield _count_nulls(source, column, bucket, starts)


def text_of(name: str) -> str:
    """Return the SQL of a category as it is kept."""
    return f"left({identifier(name)}::VARCHAR, {LONGEST_VALUE})"


def _known(column: ColumnProfile, kind: str) -> str:
    """Return the SQL of a value as the category of the reference that it is; of none, as it is written.

    Files disagree about types: a text "97" comes as 97.0, and a Boolean as 1 or "True".
    """
    values = ", ".join(literal(value) for value in column.values)
    whole = plain(column.name, kind)
    written = [text_of(column.name), whole]
    if column.type == "BOOLEAN":
        written.append(f"TRY_CAST({whole} AS BOOLEAN)::VARCHAR")
    if kind == "BOOLEAN":
        written += [
            f"CASE WHEN {identifier(column.name)} THEN {literal(yes)} ELSE {literal(no)} END" for yes, no in YES_NO
        ]
    cases = " ".join(f"WHEN {each} IN ({values}) THEN {each}" for each in written)
    return f"CASE {cases} ELSE {text_of(column.name)} END"


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
        kind = source.types[column.name]
        whole, number = kind in WHOLE, kind in (*WHOLE, *FLOATS)
        parts += [  # what a type cannot hold is not looked for, which would take as long as the histogram
            f"histogram({value}, {edges})" + ("" if whole else f" FILTER (isfinite({value}))"),
            f"count(*) - count({quoted})",
            "0" if whole else f"count(*) FILTER (isnan({value}))",
            "0" if whole else f"count(*) FILTER (isinf({value}))",
            "0" if number else f"count({quoted}) - count({value})",
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


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
