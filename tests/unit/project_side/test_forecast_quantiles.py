"""Which quantile a column of an answer stands for."""

import numpy as np
import pandas as pd
import pytest

from trainstop.project_side.forecast_quantiles import quantile_columns
from trainstop.project_side.score_error import ScoreError

TURNED = pd.DataFrame([[9.0, 5.0, 1.0]], columns=["q_0.9", "0.5", "q0.1"])


@pytest.mark.parametrize("levels", [[], [0.1, 0.5, 0.9], [0.9, 0.5, 0.1], [0.1, 0.9]], ids=str)
def test_the_names_of_columns_say_what_they_are_whatever_order_is_told(levels: list[float]) -> None:
    found = quantile_columns(TURNED, levels)
    assert list(found) == ["q_0.1", "q_0.5", "q_0.9", "prediction"]
    assert [values.tolist() for values in found.values()] == [[1.0], [5.0], [9.0], [5.0]]


def test_columns_without_names_are_in_the_order_that_is_told() -> None:
    for said in (np.array([[9.0, 1.0]]), pd.DataFrame([[9.0, 1.0]]), pd.DataFrame([[9.0, 1.0]], columns=["hi", "lo"])):
        found = quantile_columns(said, [0.9, 0.1])
        assert [found["q_0.1"].tolist(), found["q_0.9"].tolist()] == [[1.0], [9.0]]


@pytest.mark.parametrize("names", [["q_0.1", "q_0.5", "q_0.9"], ["q_0.1", "median", "q_0.9"]], ids=str)
def test_names_that_are_not_those_told_are_refused(names: list[str]) -> None:
    with pytest.raises(
        ScoreError, match=r"are called q_0.1, .*, q_0.9, and `evaluate.quantiles` names 0.05, 0.5, 0.95"
    ):
        quantile_columns(pd.DataFrame([[1.0, 5.0, 9.0]], columns=names), [0.05, 0.5, 0.95])


def test_names_of_some_columns_do_not_contradict_the_order_that_is_told() -> None:
    said = pd.DataFrame([[1.0, 5.0]], columns=["q_0.1", "median"])
    assert quantile_columns(said, [0.1, 0.5])["q_0.5"].tolist() == [5.0]
    with pytest.raises(ScoreError, match="are called"):
        quantile_columns(said, [0.5, 0.1])


def test_answers_of_which_nothing_says_what_they_are_are_refused() -> None:
    with pytest.raises(ScoreError, match="nothing says which quantiles"):
        quantile_columns(np.array([[1.0, 2.0]]), [])
    with pytest.raises(ScoreError, match=r"2 numbers a row, and `evaluate.quantiles` names 3"):
        quantile_columns(np.array([[1.0, 2.0]]), [0.1, 0.5, 0.9])
