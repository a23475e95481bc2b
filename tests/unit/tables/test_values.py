"""The distinct values of a column, of any type."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from trainstop.errors import InputError
from trainstop.tables.values import values_of


def of(values: Any, kind: Any = None) -> Any:
    return values_of(pa.chunked_array([pa.array(values, type=kind)]), "x", "p.parquet")


def test_values_are_numbered_as_they_come_and_the_missing_have_no_number() -> None:
    found = of(["b", None, "a", "b"])
    assert found.codes.tolist() == [0, -1, 1, 0]
    assert [found.spelled(code) for code in range(found.count)] == ["b", "a"]
    assert found.numbers is None


def test_numbers_are_kept_as_such_and_nan_is_missing() -> None:
    found = of([2.5, float("nan"), 1.0, float("inf")])
    assert found.codes.tolist() == [0, -1, 1, 2]
    assert found.numbers.tolist() == [2.5, 1.0, float("inf")]
    assert found.spelled(1) == "1"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], pa.bool_()),
        ([date(2013, 7, 1), None], pa.date32()),
        (["a", "b"], pa.dictionary(pa.int8(), pa.string())),
    ],
)
def test_what_is_no_number_has_none(values: Any, kind: Any) -> None:
    assert of(values, kind).numbers is None


def test_a_column_of_nothing_has_no_value() -> None:
    found = of([None, None])
    assert (found.count, found.codes.tolist()) == (0, [-1, -1])


def test_chunks_share_their_numbers() -> None:
    column = pa.chunked_array([["a", "b"], ["b", "c"]])
    assert values_of(column, "x", "p").codes.tolist() == [0, 1, 1, 2]


def test_a_column_of_lists_cannot_divide_rows() -> None:
    with pytest.raises(InputError, match=r"column `x` holds list") as error:
        of([[1], [2]])
    assert "data.slices" in error.value.fix
