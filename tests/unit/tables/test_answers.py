"""Columns of a predictions table as arrays, and the pairing of two tables."""

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trainstop.errors import InputError
from trainstop.tables.answers import PredictionsTable, spelling


def table(**columns: Any) -> PredictionsTable:
    return PredictionsTable(pa.table(columns), "p.parquet")


@pytest.mark.parametrize("value", [1, 1.0, True, "1", "True", "true", "1.0", "1.00"])
def test_one_is_spelled_alike_whatever_its_type(value: object) -> None:
    assert spelling(value) == "1"


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5"), ("yes", "yes"), (False, "0"), (-3.0, "-3"), ("1.10", "1.10"), ("v1.0", "v1.0")]
)
def test_other_labels_are_spelled_as_written(value: object, text: str) -> None:
    assert spelling(value) == text


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["b", "a", None, "b"]),
        pa.array(["b", "a", None, "b"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 1]), pa.array(["a", "b", "never"])),
        pa.chunked_array([["b", "a"], [None, "b"]]),
        pa.chunked_array([pa.array(["b", "a"]).dictionary_encode(), pa.array([None, "b"]).dictionary_encode()]),
    ],
)
def test_labels_are_numbered_in_the_order_of_their_names(column: Any) -> None:
    coded = table(x=column).coded("x")
    assert coded.names == ("a", "b")
    assert coded.codes.tolist() == [1, 0, -1, 1]


def test_numbers_dates_and_booleans_are_labels_too() -> None:
    day = dt.date(2026, 11, 3)
    assert table(x=[day, day]).coded("x").names == ("2026-11-03",)
    assert table(x=[2.0, float("nan"), 0.5]).coded("x").codes.tolist() == [1, -1, 0]
    assert table(x=[True, False, None]).coded("x").names == ("0", "1")


def test_a_column_of_nothing_has_no_labels() -> None:
    coded = table(x=pa.array([None, None], pa.string())).coded("x")
    assert (coded.names, coded.codes.tolist()) == ((), [-1, -1])


def test_numbers_are_floats_and_missing_ones_nan() -> None:
    assert np.isnan(table(x=[1, None]).numbers("x")).tolist() == [False, True]
    assert table(x=pa.array([1.5, 2.5]).dictionary_encode()).numbers("x").tolist() == [1.5, 2.5]
    assert table(x=["1.5", "2"]).numbers("x").tolist() == [1.5, 2.0]
    with pytest.raises(InputError, match="not numbers"):
        table(x=[[1.0], [2.0]]).numbers("x")


def test_score_columns_name_their_classes() -> None:
    assert table(score_a=[1.0], score_b=[0.0], score=[1.0]).score_classes == ("a", "b")


def test_rows_are_paired_by_their_id_whatever_their_order_and_type() -> None:
    mine, theirs = table(row_id=[1, 2, 3], target=[0, 1, 1]), table(row_id=["3", "1", "2"], target=[1.0, 0.0, 1.0])
    for numeric in (True, False):
        rows, reason = mine.align(theirs, numeric=numeric)
        assert rows is not None
        assert (rows.tolist(), reason) == ([1, 2, 0], "")


@pytest.mark.parametrize("ids", [[1.0, 2.0], pa.array([1, 2], pa.int8()), pa.array([1, 2]).dictionary_encode()])
def test_the_type_of_an_id_does_not_matter(ids: Any) -> None:
    rows, _ = table(row_id=[1, 2], target=[0, 1]).align(table(row_id=ids, target=[0, 1]), numeric=True)
    assert rows is not None
    assert rows.tolist() == [0, 1]


@pytest.mark.parametrize("theirs", [[1, 2], [1, 2, 3, 4], [1, 2, 4]])
def test_different_rows_are_never_intersected(theirs: list[int]) -> None:
    mine = table(row_id=[1, 2, 3], target=[0, 1, 1])
    rows, reason = mine.align(table(row_id=theirs, target=[0] * len(theirs)), numeric=False)
    assert rows is None
    assert "different rows" in reason


@pytest.mark.parametrize("numeric", [True, False])
def test_other_targets_are_not_compared(numeric: bool) -> None:
    mine, theirs = table(row_id=[1, 2], target=[0, 1]), table(row_id=[1, 2], target=[0, 2])
    assert mine.align(theirs, numeric=numeric) == (None, "1 of 2 rows have another target in the champion's table")


def test_a_target_that_lost_a_digit_on_the_way_is_the_same() -> None:
    mine, theirs = table(row_id=[1], target=[0.1 + 0.2]), table(row_id=[1], target=[0.3])
    assert mine.align(theirs, numeric=True)[0] is not None


def test_the_digest_is_of_rows_and_targets_alone() -> None:
    one = table(row_id=[1, 2], target=[0, 1], score=[0.1, 0.2]).digest()
    assert one == table(row_id=[2, 1], target=[1, 0], score=[0.7, 0.8]).digest()
    assert one != table(row_id=[1, 2], target=[1, 1], score=[0.1, 0.2]).digest()


def paired(mine: Any, theirs: Any) -> tuple[Any, str]:
    """Pair tables of two rows, whose targets are given."""
    return table(row_id=[1, 2], target=mine).align(table(row_id=[1, 2], target=theirs), numeric=True)


@pytest.mark.parametrize("kind", [pa.float32(), pa.float16()], ids=str)
def test_a_target_that_one_table_keeps_with_fewer_digits_is_the_same(kind: Any) -> None:
    full = np.array([0.1, 1234.5678])
    kept = pa.array(full.astype(kind.to_pandas_dtype()))
    assert paired(full, kept)[0] is not None
    assert paired(kept, full)[0] is not None
    assert paired(full * 1.01, kept)[0] is None


def test_a_target_that_both_tables_keep_with_all_digits_differs_in_the_last() -> None:
    assert paired([0.1, 0.2], [0.1, 0.2 * (1 + 1e-7)])[1] == "1 of 2 rows have another target in the champion's table"


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ([1, 2], ["00001", "00002"], "(a row of the candidate's is called '1', one of the champion's '00001')"),
        (["a", "b"], ["b", "c"], "(a row of the candidate's is called 'a', one of the champion's 'c')"),
        (["a", "b", "c"], ["a", "b"], "(a row of the candidate's is called 'c', one of the champion's 'a')"),
    ],
    ids=str,
)
def test_ids_of_both_sides_are_shown_where_they_differ(mine: list[Any], theirs: list[Any], words: str) -> None:
    candidate, champion = (table(row_id=ids, target=[1] * len(ids)) for ids in (mine, theirs))
    assert candidate.align(champion, numeric=True)[1].endswith(words)
