"""Spoiled copies of a table, whatever its columns hold."""

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("pandas")

import numpy as np
import pandas as pd

from trainstop.project_side.spoiling import Spoiling, sensitivity

RULES = {
    "kinds": ("noise", "missing", "units", "swapped", "range", "unseen"),
    "noise": 0.1, "factors": (0.001, 1000.0), "columns": 9, "time": 60.0,
}  # fmt: skip
NUMBERS = {"noise", "units", "range", "swapped"}


def ways(column: Any, required: tuple[str, ...] = ("c",)) -> dict[str, Any]:
    """Return the spoiled column by the way it was spoiled in."""
    model: Any = SimpleNamespace(required=required)
    spoiling = Spoiling(model, pd.DataFrame({"c": column}), RULES, 0)
    return {kind: rows["c"] for kind, _, rows in spoiling.ways("c")}


@pytest.mark.parametrize(
    "values",
    [[[1], [2, 3], [4]], [{"a": 1}, {"a": 2}, None], [np.array([1.0]), np.array([2.0]), np.array([3.0])]],
    ids=["lists", "dicts", "arrays"],
)
def test_a_column_of_anything_else_than_numbers_and_text_is_swapped_and_nothing_more(values: Any) -> None:
    assert set(ways(pd.Series(values, dtype=object))) == {"swapped"}
    assert set(ways(pd.Series([True, False, True]))) == {"swapped"}


def test_text_beside_a_list_is_no_text() -> None:
    assert set(ways(pd.Series(["a", ["b"], None], dtype=object), ())) == {"swapped"}
    assert set(ways(pd.Series(["a", "b", None], dtype=object), ())) == {"swapped", "unseen", "missing"}


@pytest.mark.parametrize("kind", ["int64", "Int32", "int64[pyarrow]", "uint8[pyarrow]", "double[pyarrow]"])
def test_numbers_of_every_kind_are_spoiled_and_stay_of_that_kind(kind: str) -> None:
    if "pyarrow" in kind:
        pytest.importorskip("pyarrow")
    found = ways(pd.Series([10, 20, 40, 80], dtype=kind), ())
    assert found.keys() - {"missing"} == NUMBERS
    assert {str(column.dtype) for column in found.values()} == {kind}
    assert ("missing" in found) == (kind != "int64")
    assert kind == "int64" or bool(found["missing"].isna().all())


@pytest.mark.parametrize("kind", ["Int64", "int64[pyarrow]"])
def test_a_gap_stays_a_gap_when_whole_numbers_are_spoiled(kind: str) -> None:
    if "pyarrow" in kind:
        pytest.importorskip("pyarrow")
    found = ways(pd.Series([10, None, 4000], dtype=kind))
    assert found["units"].isna().tolist() == [False, True, False]
    assert found["units"].tolist()[2] == 4_000_000
    assert bool(found["missing"].isna().all())


def test_arrow_lists_are_swapped() -> None:
    pa = pytest.importorskip("pyarrow")
    column = pd.Series([[1], [2], [3]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    assert set(ways(column)) <= {"swapped"}


def test_a_forecast_moves_by_its_quantiles_whether_the_median_is_among_them_or_not() -> None:
    base = {"q_0.1": np.array([1.0, 2.0]), "q_0.9": np.array([3.0, 4.0])}
    said = {"q_0.1": np.array([1.0, 2.0]), "q_0.9": np.array([4.0, 7.0])}
    assert sensitivity(base, said) == 2.0
    middle = {"prediction": np.zeros(2)}
    assert sensitivity({**base, **middle}, {**said, **middle}) == 2.0


def test_numbers_and_scores_move_by_themselves_and_a_model_that_raised_moved_without_end() -> None:
    base, said = ({"prediction": np.array([1.0, 2.0]) + move} for move in (0, 0.5))
    assert sensitivity(base, said) == 0.5
    assert sensitivity({"prediction": np.array(["a"]), "score": np.array([0.5])}, {"score": np.array([0.25])}) == 0.25
    assert sensitivity(base, None) == float("inf")
    assert sensitivity(base, {"prediction": np.array([np.nan, 2.0])}) == float("inf")
