"""The form of a model's answers."""

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("pandas")

import numpy as np
import pandas as pd

from trainstop.project_side.answer_form import columns_of, form_of

MODEL: Any = SimpleNamespace(native=None)


def test_score_columns_are_named_as_those_of_the_predictions_table() -> None:
    request = {"task": "multiclass", "positive": 1}
    said = np.array([[0.2, 0.8], [0.7, 0.3]])
    form = form_of(MODEL, request, said, pd.Series([1.0, 2.0]))
    assert list(columns_of(form, said)) == ["prediction", "score_1", "score_2"]


def test_scores_of_the_evaluation_tell_probabilities_from_labels() -> None:
    request, target = {"task": "binary", "positive": 1}, pd.Series([0, 1])
    form = form_of(MODEL, request, np.array([1.0]), target, scores=np.array([0.25, 0.5]))
    assert (form.flat, form.classes, form.positive) == (True, [0, 1], 1)
    assert columns_of(form, np.array([0.0]))["score"].tolist() == [0.0]
