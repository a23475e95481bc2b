"""Making profiles of tables with DuckDB: what a column is counted by, and the counts.

The cuts come from a sample by row number that is the same on every machine.
"""

import math
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from trainstop.drift.profile import BINS, TOP_VALUES, ColumnProfile, Profile
from trainstop.errors import InputError
from trainstop.tables.counting import AT_ONCE, Period, batches, count_periods, text_of
from trainstop.tables.engine import ROW_NUMBER, Source, identifier, opened
from trainstop.tables.table_files import open_files

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMERIC = (*WHOLE, *(f"U{name}" for name in WHOLE), "FLOAT", "DOUBLE")
CATEGORICAL = ("VARCHAR", "BOOLEAN", "ENUM", "UUID")
SAMPLE_ROWS = 200_000
"""Rows that the cuts are taken from: their quantiles are within a fifth of a percent of the whole table's."""


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


def _shapes(source: Source, names: Sequence[str]) -> list[ColumnProfile]:
    """Decide how each column is counted, and find its cuts or its most frequent values."""
    numeric = [name for name in names if _is_numeric(source.types[name])]
    every = max(1, math.ceil(source.rows() / SAMPLE_ROWS))
    edges = {name: cuts for group in batches(numeric, AT_ONCE) for name, cuts in _edges(source, group, every)}
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


def _frequent(source: Source, name: str) -> tuple[str, ...]:
    """Return the most frequent values of a categorical column, most frequent first."""
    rows = source.run(
        f"SELECT {text_of(name)} AS v, count(*) AS n FROM {source.name} WHERE v IS NOT NULL "  # quoted  # noqa: S608  # nosec B608
        f"GROUP BY 1 ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    )
    return tuple(str(value) for value, _ in rows)
