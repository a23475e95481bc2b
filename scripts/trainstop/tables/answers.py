"""The columns of a predictions table as arrays, and the pairing of two tables by their rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from numpy.typing import NDArray

from trainstop import digests, files
from trainstop.errors import InputError
from trainstop.labels import spelling
from trainstop.tables.values import Values, values_of

ID, TARGET, PREDICTION, SCORE = "row_id", "target", "prediction", "score"
CLASS_SCORE, MEDIAN = "score_", "q_0.5"
QUANTILE = re.compile(r"q_(0?\.[0-9]+)")


@dataclass(frozen=True)
class Coded:
    """A column of labels: `codes` index `names`, -1 where the value is missing. Shape of `codes`: (rows,)."""

    codes: NDArray[np.intp]
    names: tuple[str, ...]


@dataclass(frozen=True)
class PredictionsTable:
    """A table with at least one row, a unique `row_id` and a full `target` in every row."""

    table: Any
    """A `pyarrow.Table` with our column names."""
    where: str
    """Its file, for people."""
    by_position: bool = False
    """Whether nothing in its file names the rows, so that `row_id` is their position."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.table.num_rows)

    def spelling(self, value: object) -> str:
        """Return a value as the labels spell it."""
        return spelling(value)

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self.table.column_names

    @property
    def score_classes(self) -> tuple[str, ...]:
        """Classes that have a score column of their own, in the order of the columns."""
        names = self.table.column_names
        return tuple(name.removeprefix(CLASS_SCORE) for name in names if name.startswith(CLASS_SCORE))

    @property
    def quantiles(self) -> dict[float, str]:
        """Quantile columns (`q_0.1`) by their probability, in the order of the columns."""
        found = ((QUANTILE.fullmatch(name), name) for name in self.table.column_names)
        return {float(match[1]): name for match, name in found if match and float(match[1]) > 0}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where a value is missing. Shape (rows,).

        Raises:
            InputError: it holds something else than numbers.

        """
        column = self.table[name]
        try:
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            cast = column.cast(pa.float64(), safe=False)
        except pa.ArrowInvalid as error:
            raise not_as_it_should_be(
                f"column `{name}` holds something that is no number: {error}", self.where
            ) from error
        except pa.ArrowNotImplementedError as error:
            raise not_as_it_should_be(f"column `{name}` holds {column.type}, not numbers", self.where) from error
        return np.asarray(cast.to_numpy(), dtype=np.float64)

    def coded(self, name: str) -> Coded:
        """Return a column as labels, spelled as `spelling` says, in the order of their names."""
        column = self.table[name]
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), None, column)
        try:
            encoded = column.combine_chunks() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        except pa.ArrowNotImplementedError as error:
            raise not_as_it_should_be(f"column `{name}` holds {column.type}, not labels", self.where) from error
        encoded = encoded.unify_dictionaries().combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        spelled = [spelling(value) for value in encoded.dictionary.to_pylist()]
        names = sorted(set(spelled))
        order = {name: place for place, name in enumerate(names)}
        places = np.array([*(order[name] for name in spelled), -1], dtype=np.intp)
        indices = encoded.indices.fill_null(len(spelled)).to_numpy(zero_copy_only=False)
        return _used(places[indices], names)

    def values(self, name: str) -> Values:
        """Return a column's distinct values, numbered.

        Raises:
            InputError: it holds what cannot be told apart.

        """
        return values_of(self.table[name], name, self.where)

    def digest(self) -> str:
        """Return the digest of row ids and targets: which rows were judged, whatever the model said."""
        pairs = sorted(
            zip(map(str, self.ids().to_pylist()), map(spelling, self.table[TARGET].to_pylist()), strict=True)
        )
        return digests.of_value(pairs)

    def align(self, other: "PredictionsTable", *, numeric: bool) -> tuple[NDArray[np.intp] | None, str]:
        """Return where each of this table's rows is in another one, or None and why they cannot be paired.

        Rows are paired by `row_id`. Both tables must hold the same rows with the same targets, or nothing is compared:
        a silent intersection would compare the models on rows that somebody else chose.

        Args:
            other: the champion's table.
            numeric: whether targets are numbers (equal to nine digits, or to those that both are kept with) or labels.

        """
        mine, theirs = self.ids(), other.ids()
        if mine.type != theirs.type:
            mine, theirs = mine.cast(pa.large_string()), theirs.cast(pa.large_string())
        found = pc.index_in(mine, value_set=theirs)
        lacking = found.null_count
        extra = len(theirs) - (len(mine) - lacking)
        if lacking or extra:
            return None, (
                f"the tables hold different rows: {lacking} of the candidate's {len(mine)} are not among the "
                f"champion's {len(theirs)}, and {extra} of the champion's are not among the candidate's"
                f"{_examples(mine.filter(pc.is_null(found)), theirs, theirs.filter(_unknown(theirs, mine)))}"
            )
        rows = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.intp)
        differ = int(np.count_nonzero(~self._same_targets(other, rows, numeric=numeric)))
        if differ:
            return None, f"{differ} of {len(mine)} rows have another target in the champion's table"
        return rows, ""

    def answered_by(self, other: "PredictionsTable", rows: NDArray[np.intp]) -> "PredictionsTable":
        """Return these rows, in this order, with another table's answers.

        Args:
            other: the champion's table.
            rows: where each of this table's rows is in it, as `align` says.

        """
        own = self.table.select([name for name in self.table.column_names if not is_answer(name)])
        answered = other.table.take(pa.array(rows))
        for name in filter(is_answer, answered.column_names):
            own = own.append_column(name, answered[name])
        return PredictionsTable(own, other.where)

    def _same_targets(self, other: "PredictionsTable", rows: NDArray[np.intp], *, numeric: bool) -> NDArray[np.bool_]:
        """Say which rows have the same target in both tables."""
        if numeric:
            digits = max(_precision(each.table[TARGET].type) for each in (self, other))
            return np.isclose(self.numbers(TARGET), other.numbers(TARGET)[rows], rtol=digits, atol=0)
        mine, theirs = self.coded(TARGET), other.coded(TARGET)
        names = {name: place for place, name in enumerate(mine.names)}
        renumbered = np.array([*(names.get(name, -2) for name in theirs.names), -1], dtype=np.intp)
        return np.asarray(mine.codes == renumbered[theirs.codes][rows])

    def ids(self) -> Any:
        """Return the row ids as one Arrow array: whole numbers where they are such, else text."""
        return row_ids(self.table[ID])

    def write(self, path: Path) -> None:
        """Write the table as Parquet, all of it or nothing."""
        with files.replacing(path) as beside:
            pa.parquet.write_table(self.table, beside, compression="zstd")


def is_answer(name: str) -> bool:
    """Say whether a column holds what a model said: prediction, score, a class's score, or a quantile."""
    return name in (PREDICTION, SCORE) or name.startswith(CLASS_SCORE) or QUANTILE.fullmatch(name) is not None


def _precision(kind: Any) -> float:
    """Return how far apart, relative to their size, two numbers may lie that were one before they were kept as this."""
    bits = {pa.float16(): 10, pa.float32(): 23}.get(kind)
    return 2.0**-bits if bits else 1e-9


def _unknown(ids: Any, known: Any) -> Any:
    """Say which ids are not among those known."""
    return pc.invert(pc.is_in(ids, value_set=known))


def _examples(mine: Any, theirs: Any, strange: Any) -> str:
    """Show one id of each side, which tells two spellings of one row from two rows; empty without a pair to show."""
    other = strange if len(strange) else theirs
    if not len(mine) or not len(other):
        return ""
    own, others = (str(ids[0].as_py())[:60] for ids in (mine, other))
    return f" (a row of the candidate's is called {own!r}, one of the champion's {others!r})"


def _used(codes: NDArray[np.intp], names: Sequence[str]) -> Coded:
    """Drop names that no row has, as a categorical column may hold."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    kept = np.flatnonzero(counts)
    places = np.full(len(names) + 1, -1, dtype=np.intp)
    places[kept] = np.arange(len(kept))
    return Coded(places[codes], tuple(names[int(place)] for place in kept))


def row_ids(column: Any) -> Any:
    """Return ids as one array of whole numbers where they are such (also 1.0), else of text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_fixed_size_binary(column.type) or pa.types.is_binary(column.type):
        column = pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.large_string())
    whole = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    try:
        ids = column.cast(pa.int64() if whole else pa.large_string())
    except pa.ArrowInvalid:
        ids = column.cast(pa.large_string())
    except pa.ArrowNotImplementedError as error:
        raise not_as_it_should_be(f"row ids are {column.type}, not numbers or text", "column `row_id`") from error
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


def not_as_it_should_be(
    what: str, where: str, fix: str = "see the format of a predictions table in the documentation"
) -> InputError:
    """Build the error of a table that is not as it should be."""
    return InputError(what, where=where, fix=fix)
