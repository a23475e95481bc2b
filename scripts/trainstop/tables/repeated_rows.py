"""Rows that were logged more often than they were asked: retries, rows sent again, rows that two versions answered."""

from dataclasses import dataclass

from trainstop.tables.engine import ROW_NUMBER, Source, described, execute, identifier
from trainstop.tables.logged_columns import ASKED, EVENT, LAST, LOGGED_AT, ONCE, USABLE, VERSION
from trainstop.tables.row_keys import key

REPEATED = identifier("repeated id of ours")
RETRY = "INTERVAL 10 MINUTE"
"""So near to each other in time are rows with one id the same row; further apart they are two, of one customer say."""


@dataclass(frozen=True)
class Kept:
    """Rows without repetitions.

    Attributes:
        rows: one a version, id and time, with `ONCE` for the only one whichever version answered, and `LAST` for the
            last answer of a version to an id.
        notes: how many were left out.

    """

    rows: Source
    notes: tuple[str, ...] = ()


def without_repeats(rows: Source, *, id_column: str, name: str) -> Kept:
    """Keep one of the rows with one id that lie no further apart than a retry, for each version that answered.

    A usable answer is kept before none, then the one that was logged last. Rows without an id are all kept.

    Args:
        rows: of the log, with usable answers told.
        id_column: `data.id`; "" when rows have none.
        name: of the relation that is made.

    """
    ours = ", ".join(f"{{}} AS {identifier(each)}" for each in (ONCE, LAST))
    id_ = key(id_column, rows.types[id_column]) if id_column in rows.types else ""
    if not (id_ and _some_repeated(rows, id_)):
        # Mostly none is, and then nothing has to be kept beside the files.
        flags = ours.format("true", "true")
        _make(rows, "VIEW", name, f"SELECT *, {flags} FROM {rows.name}")  # quoted  # noqa: S608  # nosec B608
        return Kept(described(rows.connection, name))
    _make(rows, "TABLE", "kept", _flagged(rows, id_))
    number = identifier(ROW_NUMBER)
    flags = ours.format("coalesce(kept.once, true)", "coalesce(kept.last, true)")
    _make(
        rows,
        "TABLE",
        name,
        f"SELECT log.*, {flags} FROM {rows.name} AS log LEFT JOIN kept ON kept.number = log.{number} "  # quoted  # noqa: S608  # nosec B608
        f"WHERE coalesce(kept.mine, true)",
    )
    dropped, again = rows.one(
        "SELECT count(*) FILTER (NOT mine), count(*) FILTER (mine AND NOT last AND usable) FROM kept"
    )
    return Kept(described(rows.connection, name), tuple(_notes(id_column, dropped, again)))


def _some_repeated(rows: Source, id_: str) -> bool:
    """Find the ids that several rows have, as the relation `repeated`; tell whether there are any."""
    statement = (
        f"SELECT {id_} AS {REPEATED} FROM {rows.name} WHERE {id_} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"  # quoted  # noqa: S608  # nosec B608
    )
    _make(rows, "TABLE", "repeated", statement)
    (some,) = rows.one("SELECT count(*) > 0 FROM repeated")
    return bool(some)


def _flagged(rows: Source, id_: str) -> str:
    """Return the statement that says of each row with a repeated id whether it is kept."""
    order = "usable DESC, logged DESC, own DESC, number DESC"
    newest = "mine DESC, usable DESC, own DESC, logged DESC, number DESC"
    return f"""
    WITH named AS (
        SELECT {identifier(ROW_NUMBER)} AS number, {id_} AS id, {identifier(VERSION)} AS version,
            {identifier(USABLE)} AS usable, {identifier(LOGGED_AT)} AS logged,
            coalesce({identifier(EVENT)}, {identifier(ASKED)}) AS own
        FROM {rows.name} SEMI JOIN repeated ON {id_} = repeated.{REPEATED}
    ), stepped AS (
        SELECT *, coalesce(own - lag(own) OVER (PARTITION BY id ORDER BY own, number) > {RETRY}, true) AS later
        FROM named
    ), grouped AS (
        SELECT *, count(*) FILTER (later) OVER (PARTITION BY id ORDER BY own, number ROWS UNBOUNDED PRECEDING) AS turn
        FROM stepped
    ), flagged AS (
        SELECT *, row_number() OVER (PARTITION BY id, turn, version ORDER BY {order}) = 1 AS mine,
            row_number() OVER (PARTITION BY id, turn ORDER BY {order}) = 1 AS once
        FROM grouped
    )
    SELECT number, usable, mine, once, row_number() OVER (PARTITION BY id, version ORDER BY {newest}) = 1 AS last
    FROM flagged"""  # quoted  # noqa: S608  # nosec B608


def _notes(id_column: str, dropped: int, again: int) -> list[str]:
    """Say what was left out."""
    notes = []
    if dropped:
        notes.append(f"{dropped} logged rows repeat another one's `{id_column}` within minutes, and are left out")
    if again:
        notes.append(
            f"{again} rows have a `{id_column}` that was answered again later: its true answer counts for the last "
            f"answer only; let `data.id` name each row once"
        )
    return notes


def _make(rows: Source, kind: str, name: str, statement: str) -> None:
    """Make a relation."""
    execute(
        rows.connection, f"CREATE OR REPLACE TEMP {kind} {identifier(name)} AS {statement}", where="the inference log"
    )
