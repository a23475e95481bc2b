"""What a model is given and what it says back: kinds of columns and shapes of answers that are legal, if unusual."""

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("pandas")

import numpy as np
import pandas as pd

from trainstop.project_side.loaded_model import answer, fitted
from trainstop.project_side.score_error import ScoreError


def said(value: Any, rows: int) -> Any:
    """Return what is read of a model that answers with a value, whatever it is asked."""
    model: Any = SimpleNamespace(native=None, pyfunc=SimpleNamespace(predict=lambda _: value))
    return answer(model, pd.DataFrame({"x": range(rows)}))


@pytest.mark.parametrize(
    "value", [np.array([0.25]).squeeze(), 0.25, np.float32(0.25), np.array([0.25], dtype=object).squeeze()]
)
def test_one_bare_number_is_the_answer_to_one_row(value: Any) -> None:
    assert said(value, 1).tolist() == [0.25]


def test_one_bare_label_is_the_answer_to_one_row() -> None:
    assert said(np.array(["yes"], dtype=object).squeeze(), 1).tolist() == ["yes"]


@pytest.mark.parametrize(
    ("value", "rows", "words"),
    [
        (0.25, 3, "one value to 3 rows"),
        ({"prediction": [0.1]}, 1, "a dict"),
        ({"prediction": [0.1, 0.2]}, 2, "a dict"),
        (None, 1, "a NoneType"),
        ([[1.0], [1.0, 2.0]], 2, "a list"),
        ([1.0, 2.0], 3, "2 answers to 3 rows"),
    ],
)
def test_what_is_not_an_answer_a_row_is_said_in_words(value: Any, rows: int, words: str) -> None:
    with pytest.raises(ScoreError, match=words):
        said(value, rows)


def dtypes() -> list[str]:
    """Kinds of nullable numbers that this pandas knows."""
    found = ["Int64", "Float64"]
    try:
        pd.Series([1], dtype="int64[pyarrow]")
    except (ImportError, TypeError):
        return found
    return [*found, "int64[pyarrow]", "double[pyarrow]"]


@pytest.mark.parametrize("kind", dtypes())
def test_nullable_numbers_with_gaps_are_left_as_they_are_where_whole_numbers_are_wanted(kind: str) -> None:
    rows = pd.DataFrame({"n": pd.Series([1, None, 3], dtype=kind)})
    assert str(fitted(rows, {"n": "long"})["n"].dtype) == kind


@pytest.mark.parametrize("kind", dtypes())
def test_nullable_numbers_without_gaps_become_whole_numbers(kind: str) -> None:
    given = fitted(pd.DataFrame({"n": pd.Series([1, 2], dtype=kind)}), {"n": "long"})["n"]
    assert (str(given.dtype), given.tolist()) == ("int64", [1, 2])


@pytest.mark.parametrize("kind", [kind for kind in dtypes() if "Float" in kind or "double" in kind])
def test_nullable_numbers_with_a_fraction_do_not_lose_it(kind: str) -> None:
    rows = pd.DataFrame({"n": pd.Series([1.5, 2.0], dtype=kind)})
    assert fitted(rows, {"n": "long"})["n"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize("kind", [kind for kind in dtypes() if "nt64" in kind] + ["boolean"])
def test_nullable_whole_numbers_with_gaps_become_decimals_with_gaps(kind: str) -> None:
    given = fitted(pd.DataFrame({"n": pd.Series([1, None, 0], dtype=kind)}), {"n": "double"})["n"]
    assert str(given.dtype) == "float64"
    assert np.array_equal(given.to_numpy(), [1.0, np.nan, 0.0], equal_nan=True)


def test_whole_numbers_that_came_as_decimals_are_whole_again_and_a_gap_keeps_them_decimals() -> None:
    rows = pd.DataFrame({"whole": [1.0, 2.0], "gap": [1.0, np.nan], "large": [2**40, 1]})
    given = fitted(rows, {"whole": "long", "gap": "long", "large": "integer"})
    assert [str(kind) for kind in given.dtypes] == ["int64", "float64", "int64"]
