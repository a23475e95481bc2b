"""What two tables have in common, counted by DuckDB in one scan of each: rows, times, clusters; and samples of columns.

Rows are compared by 64-bit hashes of what they hold: of 10 million rows against 100 million, one pair in 18 thousand
such comparisons of whole tables would be taken for equal without being so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainstop.tables.engine import ROW_NUMBER, Source, identifier, moment
from trainstop.tables.profiling import NUMERIC

NO_NUMBER = ("STRUCT", "MAP", "UNION", "BLOB")
FLOATING = ("FLOAT", "DOUBLE")


@dataclass(frozen=True)
class Both:
    """Training and evaluation rows, as relations of one connection."""

    training: Source
    evaluation: Source

    def common(self, names: Sequence[str]) -> list[str]:
        """Return those of the names that are columns of both, in their order, each once."""
        return [name for name in dict.fromkeys(names) if name in self.training.types and name in self.evaluation.types]

    def repeats(self, names: Sequence[str]) -> tuple[int, int]:
        """Count evaluation rows that equal another one in these columns, and those that equal a training row."""
        evaluation, training = (
            f"SELECT {self._hash(names, source)} AS hash FROM {source.name}"  # quoted  # noqa: S608  # nosec B608
            for source in (self.evaluation, self.training)
        )
        within, shared = self.evaluation.one(
            "WITH evaluated AS MATERIALIZED "  # quoted  # noqa: S608  # nosec B608
            f"(SELECT hash, count(*) AS times FROM ({evaluation}) GROUP BY hash), "
            f"trained AS (SELECT DISTINCT hash FROM ({training}) WHERE hash IN (SELECT hash FROM evaluated)) "
            "SELECT coalesce(sum(times) FILTER (times > 1), 0), "
            "coalesce(sum(times) FILTER (hash IN (SELECT hash FROM trained)), 0) FROM evaluated"
        )
        return int(within), int(shared)

    def times(self, column: str) -> tuple[int, int, datetime | None, datetime | None]:
        """Count evaluation rows with a time, those not later than the last training row; first and last moment."""
        when, then = (moment(column, source.types[column]) for source in (self.evaluation, self.training))
        (last,) = self.training.one(f"SELECT max({then}) FROM {self.training.name}")  # quoted  # noqa: S608  # nosec B608
        rows, shared, first = self.evaluation.one(
            f"SELECT count({when}), count(*) FILTER ({when} <= ?), min({when}) "  # quoted  # noqa: S608  # nosec B608
            f"FROM {self.evaluation.name}",
            [last],
        )
        return int(rows), int(shared), first, last

    def clusters(self, column: str) -> tuple[int, int, int]:
        """Count evaluation rows with a cluster, those of clusters that training has, and such clusters."""
        key, trained = (self._value(column, source) for source in (self.evaluation, self.training))
        rows, shared, clusters = self.evaluation.one(
            f"WITH evaluated AS (SELECT {key} AS key, count(*) AS times FROM {self.evaluation.name} "  # quoted  # noqa: S608  # nosec B608
            f"WHERE {key} IS NOT NULL GROUP BY 1), trained AS MATERIALIZED (SELECT DISTINCT {trained} AS key "
            f"FROM {self.training.name} WHERE {trained} IN (SELECT key FROM evaluated)) "
            "SELECT coalesce(sum(times), 0), coalesce(sum(times) FILTER (key IN (SELECT key FROM trained)), 0), "
            "count(*) FILTER (key IN (SELECT key FROM trained)) FROM evaluated"
        )
        return int(rows), int(shared), int(clusters)

    def _hash(self, names: Sequence[str], source: Source) -> str:
        """Return the hash of a row's values."""
        return f"hash({', '.join(self._value(name, source) for name in names)})"

    def _value(self, name: str, source: Source) -> str:
        """Return a column such that equal values are equal whichever file they come from; NaN is missing."""
        kinds, quoted = {each.types[name] for each in (self.training, self.evaluation)}, identifier(name)
        if kinds <= set(NUMERIC) - set(FLOATING):
            return f"{quoted}::HUGEINT"
        if all(kind in NUMERIC or kind.startswith("DECIMAL") for kind in kinds):
            wide = f"{quoted}::FLOAT::DOUBLE" if "FLOAT" in kinds else f"{quoted}::DOUBLE"
            return f"(CASE WHEN isnan({wide}) THEN NULL ELSE {wide} + 0.0 END)"
        if all(_is_time(kind) for kind in kinds):
            return f"epoch_us({moment(name, source.types[name])})"
        return f"{quoted}::VARCHAR"


def sampled(source: Source, names: Sequence[str], rows: int) -> Source:
    """Return about so many rows of some columns, as a table of their own."""
    step = max(1, -(-source.rows() // rows))
    columns = ", ".join(identifier(name) for name in names)
    source.run(
        f"CREATE OR REPLACE TEMP TABLE {identifier('sample of ours')} AS SELECT {columns} FROM {source.name} "  # quoted  # noqa: S608  # nosec B608
        f"WHERE hash({identifier(ROW_NUMBER)}) % {step} = 0"
    )
    kept = {name: source.types[name] for name in names}
    return Source(source.connection, identifier("sample of ours"), kept)


def values(source: Source, name: str) -> Any:
    """Return a column as an Arrow array: numbers, times as microseconds, or text; None for lists and structures."""
    kind, quoted = source.types[name], identifier(name)
    if kind.startswith(NO_NUMBER) or kind.endswith("]"):
        return None
    if kind in NUMERIC or kind.startswith("DECIMAL"):
        read = f"{quoted}::DOUBLE"
    elif _is_time(kind):
        read = f"epoch_us({moment(name, kind)})::DOUBLE"
    else:
        read = f"{quoted}::VARCHAR"
    found = source.connection.sql(f"SELECT {read} AS value FROM {source.name} ORDER BY rowid")  # quoted  # noqa: S608  # nosec B608
    return found.to_arrow_table()["value"].combine_chunks()


def _is_time(kind: str) -> bool:
    """Say whether a DuckDB type is a moment or a day."""
    return kind == "DATE" or kind.startswith("TIMESTAMP")
