"""Which class a column of an answer stands for."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trainstop.project_side.class_scores import class_scores
from trainstop.project_side.score_error import ScoreError

BINARY = {"task": "binary", "positive": 1}
MANY = {"task": "multiclass", "positive": 1}
FLAT = np.array([0.9, 0.8, 0.1, 0.2])


@pytest.mark.parametrize("first", [0, 2], ids=["a positive row first", "a negative row first"])
@pytest.mark.parametrize("kind", [bool, float, int, str])
def test_one_probability_a_row_is_that_of_the_positive_class_however_the_truth_is_written(
    first: int, kind: type
) -> None:
    truth = pd.Series([kind(value) for value in (1, 1, 0, 0)])
    order = np.roll(np.arange(4), -first)
    columns, classes = class_scores(BINARY, FLAT[order], None, truth[order])
    assert columns["score"].tolist() == FLAT[order].tolist()
    assert len(classes) == 2
    assert [str(int(value)) for value in columns["prediction"]] == [
        str(int(float(score >= 0.5))) for score in FLAT[order]
    ]


@pytest.mark.parametrize("names", [range(11), (-2, -1, 0), (0.5, 2.5, 10.5)], ids=str)
def test_columns_without_names_are_the_classes_by_size(names: Any) -> None:
    truth = pd.Series(list(names)[::-1])
    columns, classes = class_scores(MANY, np.eye(len(truth)), None, truth)
    assert classes == sorted(names)
    assert columns["prediction"].tolist() == sorted(names)


def test_classes_of_text_are_in_the_order_of_text() -> None:
    _, classes = class_scores(MANY, np.eye(3), None, pd.Series(["b", "c", "a"]))
    assert classes == ["a", "b", "c"]


def test_a_score_column_is_called_as_its_class_is_spelled_in_the_truth() -> None:
    columns, _ = class_scores(MANY, np.eye(3), np.array([1.0, 2.0, 3.0]), pd.Series([1.0, 2.0, 3.0]))
    assert list(columns) == ["prediction", "score_1", "score_2", "score_3"]


def test_one_probability_a_row_stays_that_of_the_class_it_was_of_when_the_model_was_judged() -> None:
    truth = pd.Series([1, 1, 0, 0])
    columns, classes = class_scores(BINARY | {"positive": 0, "single": "1"}, FLAT, None, truth)
    assert classes == [0, 1]
    assert columns["score"].tolist() == pytest.approx((1 - FLAT).tolist())
    assert columns["prediction"].tolist() == [1, 1, 0, 0]


def test_a_model_of_other_labels_than_the_positive_one_is_refused() -> None:
    request = BINARY | {"positive": "late", "single": "1", "classes": ["0", "1"]}
    with pytest.raises(ScoreError, match=r"`data.positive` is 'late', and the model's classes are '0', '1'"):
        class_scores(request, FLAT, None, pd.Series(["late", "on time"]))


def test_columns_without_names_are_the_classes_that_the_model_had_when_it_was_judged() -> None:
    columns, classes = class_scores(MANY | {"classes": ["0", "1", "2"]}, np.eye(3), None, pd.Series(["a", "b", "c"]))
    assert classes == ["0", "1", "2"]
    assert list(columns) == ["prediction", "score_0", "score_1", "score_2"]
    _, classes = class_scores(MANY | {"classes": ["2", "1", "0"]}, np.eye(3), None, pd.Series([0, 1, 2]))
    assert classes == [2, 1, 0], "in the type of the data, for whoever compares them with it"


def test_what_the_model_says_of_its_classes_goes_before_what_is_on_record() -> None:
    _, classes = class_scores(MANY | {"classes": ["x", "y"]}, np.eye(2), np.array(["a", "b"]), pd.Series(["a", "b"]))
    assert classes == ["a", "b"]
