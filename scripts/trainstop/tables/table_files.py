"""Parquet and CSV files as one relation of the engine, each row with its place among them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER, Source, described, execute, identifier, literal, opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MISSING_WORDS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "<NA>")
"""What stands for a missing value in a CSV file, as pandas reads it."""
CSV_ENDINGS = (".csv", ".csv.gz", ".csv.zst")
FILE_STEP = 1 << 40
"""How far apart the places of rows begin in one file and in the next."""
FILE_PLACE, ROW_PLACE = "file_index", "file_row_number"
"""What the engine calls the places of files and rows, unless a table has such a column of its own."""

Reading = Callable[[str, Sequence[Path]], str]
"""A statement that reads what is selected from files."""


def open_files(
    connection: "DuckDBPyConnection",
    tables: Sequence[Path],
    *,
    name: str = "source",
    text: Collection[str] = (),
    listed: Mapping[str, Collection[str]] | None = None,
) -> Source:
    """Make one relation of Parquet and CSV files, columns matched by name.

    CSV files are read into a table of the engine first (on disk when it is large), since they would otherwise be
    parsed anew for every statement. The place of a row (`ROW_NUMBER`) grows with the file's place in the list, and in
    a file from row to row.

    Args:
        connection: where the relation lives.
        tables: Parquet or CSV files.
        name: of the relation.
        text: columns of CSV files that are read as they are written.
        listed: by column, values that are meant although they look missing, like the category "None".

    Raises:
        InputError: no file, a missing file, another kind of file, or one that cannot be read.

    """
    _require_tables(tables)
    parquet = [(place, path) for place, path in enumerate(tables) if not is_csv(path)]
    comma = [(place, path) for place, path in enumerate(tables) if is_csv(path) and path.stat().st_size]
    parts = _parquet_parts(connection, parquet) if parquet else []
    parts += _csv_parts(connection, comma, text, listed or {}) if comma else []
    kind = "TABLE" if comma else "VIEW"
    union = " UNION ALL BY NAME ".join(parts)
    execute(connection, f"CREATE OR REPLACE TEMP {kind} {identifier(name)} AS {union}", where=_named(tables))
    return described(connection, name)


def open_readable(
    connection: "DuckDBPyConnection",
    tables: Sequence[Path],
    *,
    name: str = "source",
    text: Collection[str] = (),
    listed: Mapping[str, Collection[str]] | None = None,
) -> tuple[Source, str]:
    """Make one relation of the files that can be read, as `open_files` does, and say in words which cannot.

    A file that is still being written, or was cut off once, does not keep all others from being looked at.

    Raises:
        InputError: none can be read.

    """

    def of(paths: Sequence[Path]) -> Source:
        return open_files(connection, paths, name=name, text=text, listed=listed)

    try:
        return of(tables), ""
    except InputError:
        broken = [path for path in tables if _is_broken(path)]
        if not 0 < len(broken) < len(tables):
            raise
    files = "one file" if len(broken) == 1 else f"{len(broken)} files"
    return of([path for path in tables if path not in broken]), f"{files} cannot be read ({_named(broken)})"


def _is_broken(path: Path) -> bool:
    """Tell whether a file cannot be read by itself; an empty CSV file has no row, and nothing is wrong with it."""
    if is_csv(path) and path.is_file() and not path.stat().st_size:
        return False
    try:
        with opened() as connection:  # of its own: what is read of a file is gone with it
            open_files(connection, [path])
    except InputError:
        return True
    return False


def is_csv(path: Path) -> bool:
    """Say whether a file is CSV by its name."""
    return path.name.endswith(CSV_ENDINGS)


def _require_tables(tables: Sequence[Path]) -> None:
    """Refuse what is no list of tables that are there. Of CSV files, some may be empty: they have no row."""
    if not tables:
        raise InputError("there is no table to read", fix="name the files in `[data]` of the configuration")
    for path in tables:
        if not path.is_file():
            raise InputError("a table is missing", where=str(path), fix="make it, or correct the path in `[data]`")
        if path.suffix != ".parquet" and not is_csv(path):
            raise InputError("a table is neither Parquet nor CSV", where=str(path), fix="name it *.parquet or *.csv")
    empty = [path for path in tables if not path.stat().st_size]
    if odd := [path for path in empty if not is_csv(path) or len(empty) == len(tables)]:
        raise InputError("a table is an empty file", where=str(odd[0]), fix="write it anew, or remove it")


def _parquet_parts(connection: "DuckDBPyConnection", files: Sequence[tuple[int, Path]]) -> list[str]:
    """Return the statements that read Parquet files.

    Raises:
        InputError: one of them is broken; it is named.

    """

    def reading(what: str, paths: Sequence[Path]) -> str:
        return f"SELECT {what} FROM read_parquet({_paths(paths)}, union_by_name = true)"  # quoted  # noqa: S608  # nosec B608

    paths = [path for _, path in files]
    try:
        names = _columns(connection, reading("*", paths), _named(paths))
    except InputError:
        for path in paths:
            _columns(connection, reading("*", [path]), str(path))
        raise
    return _placed(reading, files, names, row=ROW_PLACE)


def _csv_parts(
    connection: "DuckDBPyConnection",
    files: Sequence[tuple[int, Path]],
    text: Collection[str],
    listed: Mapping[str, Collection[str]],
) -> list[str]:
    """Return the statements that read CSV files."""
    paths = [path for _, path in files]
    meant = {word for values in listed.values() for word in values if word in MISSING_WORDS}
    words = ", ".join(literal(word) for word in MISSING_WORDS if word not in meant)
    always = "union_by_name = true, header = true"

    def plain(some: Sequence[Path]) -> str:
        return f"SELECT * FROM read_csv({_paths(some)}, {always}, all_varchar = true)"  # quoted  # noqa: S608  # nosec B608

    names = _columns(connection, plain(paths), _named(paths))

    def reading(what: str, some: Sequence[Path]) -> str:
        here = names if len(some) == len(files) else _columns(connection, plain(some), _named(some))
        types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in here if name in text)
        return (
            f"SELECT {what} FROM read_csv({_paths(some)}, {always}, sample_size = -1, nullstr = [{words}], "  # quoted  # noqa: S608  # nosec B608
            f"allow_quoted_nulls = false{f', types = {{{types}}}' if types else ''})"
        )

    parts = _placed(reading, files, names, row="row_number() OVER ()")
    return [_without_words(connection, part, meant, listed, _named(paths)) for part in parts] if meant else parts


def _without_words(
    connection: "DuckDBPyConnection",
    reading: str,
    words: Collection[str],
    listed: Mapping[str, Collection[str]],
    where: str,
) -> str:
    """Take words for missing that only other columns have among their values."""
    parts = []
    for name, kind in _columns(connection, reading, where).items():
        missing = ", ".join(literal(word) for word in words if word not in listed.get(name, ()))
        if kind == "VARCHAR" and missing:
            quoted = identifier(name)
            parts.append(f"CASE WHEN {quoted} NOT IN ({missing}) THEN {quoted} END AS {quoted}")
    return f"SELECT * REPLACE ({', '.join(parts)}) FROM ({reading})" if parts else reading  # quoted  # noqa: S608  # nosec B608


def _columns(connection: "DuckDBPyConnection", reading: str, where: str) -> dict[str, str]:
    """Return the columns of a statement, with their types."""
    return {str(row[0]): str(row[1]) for row in execute(connection, f"DESCRIBE {reading}", where=where)}


def _placed(reading: Reading, files: Sequence[tuple[int, Path]], names: Collection[str], *, row: str) -> list[str]:
    """Return a statement that reads files with their rows' places; one a file where a column is called like those."""
    as_place = f"AS {identifier(ROW_NUMBER)}"
    if {name.lower() for name in names}.isdisjoint((FILE_PLACE, ROW_PLACE)):
        places = "[" + ", ".join(str(place) for place, _ in files) + "]"
        place = f"{places}[{FILE_PLACE}::BIGINT + 1]"
        return [reading(f"*, {place} * {FILE_STEP} + {row} {as_place}", [path for _, path in files])]
    return [reading(f"*, {place * FILE_STEP} + row_number() OVER () {as_place}", [path]) for place, path in files]


def _named(tables: Sequence[Path]) -> str:
    """Name the first tables."""
    return ", ".join(str(path) for path in tables[:3])


def _paths(paths: Sequence[Path]) -> str:
    """List of paths in SQL, with DuckDB's wildcards taken literally."""
    return "[" + ", ".join(literal(_plain(str(path))) for path in paths) + "]"


def _plain(path: str) -> str:
    """Escape what DuckDB would take as a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
