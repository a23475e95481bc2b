"""The distinct values of one column, numbered but not yet written out: cheap for a million of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trainstop.errors import InputError
from trainstop.labels import spelling


@dataclass(frozen=True)
class Values:
    """What a column holds.

    Attributes:
        codes: number of each row's value, -1 where it is missing, shape (rows,).
        count: how many different values there are.
        numbers: the values as numbers, where the column holds such, shape (count,).
        distinct: the values, an Arrow array.

    """

    codes: NDArray[np.intp]
    count: int
    numbers: NDArray[np.float64] | None
    distinct: Any

    def spelled(self, code: int) -> str:
        """Return a value as labels spell it."""
        return spelling(self.distinct[code].as_py())


def values_of(column: Any, name: str, where: str) -> Values:
    """Number the distinct values of a `pyarrow.ChunkedArray`, in the order in which they come; NaN is missing.

    Raises:
        InputError: it holds lists, structures or other things that cannot be told apart.

    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_null(column.type):
        return Values(np.full(len(column), -1, dtype=np.intp), 0, None, pa.array([], type=pa.string()))
    try:
        encoded = column.combine_chunks().dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise InputError(
            f"column `{name}` holds {column.type}, by whose values rows cannot be divided",
            where=where,
            fix="name a column of texts, numbers or dates in `data.slices`",
        ) from error
    encoded = encoded.unify_dictionaries().combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    return Values(codes, len(encoded.dictionary), _numbers(encoded.dictionary), encoded.dictionary)


def _numbers(distinct: Any) -> NDArray[np.float64] | None:
    """Return values as numbers, None where they are something else."""
    kind = distinct.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    return np.asarray(distinct.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
