"""DuckDB as trainstop uses it: opened with limits, statements that say what they cannot read, names quoted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from trainstop.errors import InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GB"
ROW_NUMBER = "trainstop row"
"""Column that whoever opens a table adds: the row's place, for samples and to tell later rows from earlier ones."""
YEAR_FIRST = r"^\s*[0-9]{4}[-/]"
"""How a date begins whose day and month can be told apart."""


@dataclass(frozen=True)
class Source:
    """A relation of an open connection, with its columns' DuckDB types in order."""

    connection: "DuckDBPyConnection"
    name: str
    types: dict[str, str]

    def rows(self) -> int:
        """Count the rows."""
        return int(self.one(f"SELECT count(*) FROM {self.name}")[0])  # quoted  # noqa: S608  # nosec B608

    def one(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Run a statement that gives exactly one row."""
        row = self.run(statement, parameters)[0]
        return tuple(row)

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows.

        Raises:
            InputError: the table's files cannot be read, or do not hold what their header says.

        """
        return execute(self.connection, statement, parameters, where=self.name)


@contextmanager
def opened() -> Iterator["DuckDBPyConnection"]:
    """Open an engine in memory that spills to a folder of its own, loads no extension, and speaks UTC."""
    import duckdb  # noqa: PLC0415  # heavy: only verbs that read tables pay for it

    with TemporaryDirectory(prefix="trainstop-tables-") as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": folder,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


def execute(
    connection: "DuckDBPyConnection", statement: str, parameters: Sequence[Any] = (), *, where: str
) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows.

    Raises:
        InputError: DuckDB cannot read what the statement names.

    """
    import duckdb  # noqa: PLC0415  # as above

    try:
        return list(connection.execute(statement, list(parameters)).fetchall())
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
        raise  # a statement of ours is wrong, not the table
    except duckdb.Error as error:
        raise InputError(
            f"a table cannot be read: {str(error).splitlines()[0]}",
            where=where,
            fix="check that the file is whole, and Parquet or CSV as its name says",
        ) from error


def open_arrow(connection: "DuckDBPyConnection", table: Any, *, name: str = "source") -> Source:
    """Make a relation of a PyArrow table."""
    connection.register(name, table)
    return described(connection, name)


def described(connection: "DuckDBPyConnection", name: str) -> Source:
    """Return a relation of the connection with its columns' types."""
    rows = execute(connection, f"DESCRIBE {identifier(name)}", where=name)
    return Source(connection, identifier(name), {str(row[0]): str(row[1]) for row in rows if row[0] != ROW_NUMBER})


def identifier(name: str) -> str:
    """Quote a column's or table's name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a string."""
    return "'" + text.replace("'", "''") + "'"


def moment(column: str, kind: str) -> str:
    """Return the SQL that reads a time column of DuckDB type `kind` as a UTC timestamp; unreadable values are NULL.

    Raises:
        InputError: the column's type is no time.

    """
    quoted = identifier(column)
    if kind == "DATE" or (kind.startswith("TIMESTAMP") and "ZONE" not in kind):
        return f"{quoted}::TIMESTAMP"
    if kind.startswith("TIMESTAMP"):
        return f"make_timestamp(epoch_us({quoted}))"
    if kind == "VARCHAR":
        dated = f"CASE WHEN regexp_matches({quoted}, '{YEAR_FIRST}') THEN {quoted} END"
        return f"make_timestamp(epoch_us(TRY_CAST({dated} AS TIMESTAMPTZ)))"
    raise InputError(
        f"the time column `{column}` holds {kind}, not times",
        fix="write it as a date, a timestamp, or ISO 8601 text, or leave `data.time` empty",
    )
