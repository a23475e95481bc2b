"""What an answer means: scores and labels by their place, by their name, and not at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.tables.logged_answers import Answers

BINARY = Answers("binary", ("no", "yes"), 1)


@pytest.mark.parametrize(
    ("answers", "said", "score", "label"),
    [
        (BINARY, [0.2, 0.8], 0.8, "yes"),
        (Answers("binary", ("1", "2"), 0), [0.7, 0.3], 0.7, "1"),
        (Answers("binary"), [0.7, 0.3], 0.3, "0"),
        (BINARY, 0.4, 0.4, None),
        (BINARY, [0.4], 0.4, None),
        (BINARY, 1, None, "1"),
        (BINARY, "yes", None, "yes"),
        (BINARY, True, None, "1"),
        (Answers("multiclass"), 2.0, None, "2"),
        (Answers("regression"), 12, 12.0, None),
        (Answers("regression"), [12.5], 12.5, None),
        (Answers("regression"), "much", None, None),
        (Answers("ranking"), 3, 3.0, None),
        (Answers("forecast", ("0.1", "0.5"), 1), [2.0, 3.5], 3.5, None),
        (Answers("forecast"), {"0.1": 2.0, "q_0.5": 3.5}, 3.5, None),
        (Answers("forecast"), [2.0, 3.5], None, None),
        (Answers("multiclass", ("a", "b", "c")), [0.1, 0.7, 0.2], 0.7, "b"),
        (Answers("multiclass", ("a", "b")), "b", None, "b"),
        (BINARY, [None, 0.5], None, None),
        (BINARY, [float("nan"), 0.5], None, None),
        (BINARY, None, None, None),
    ],
)
def test_answers_are_scores_or_labels(answers: Answers, said: Any, score: float | None, label: str | None) -> None:
    assert answers.read(said) == (score, label)


@pytest.mark.parametrize(
    ("answers", "said", "score", "label"),
    [
        (BINARY, {"no": 0.1, "yes": 0.9}, 0.9, "yes"),
        (BINARY, {"yes": 0.9, "no": 0.1}, 0.9, "yes"),
        (Answers("binary", ("0", "1"), 1), {"1.0": 0.9, "0.0": 0.1}, 0.9, "1"),
        (BINARY, {"probability": 0.9, "prediction": "yes"}, 0.9, "yes"),
        (BINARY, {"prediction": "yes", "probability": [0.1, 0.9]}, 0.9, "yes"),
        (BINARY, {"label": "yes", "score": 0.9}, 0.9, "yes"),
        (BINARY, {"label": "yes"}, None, "yes"),
        (BINARY, {"p": 0.9}, 0.9, None),
        (BINARY, {"a": 0.1, "b": 0.9}, None, None),
        (BINARY, {"yes": 0.9, "no": 0.1, "other": 0.5}, None, None),
        (BINARY, {}, None, None),
        (BINARY, {"p": {"p": 0.5}}, None, None),
        (Answers("multiclass", ("a", "b")), {"b": 0.7, "a": 0.3}, 0.7, "b"),
        (Answers("regression"), {"prediction": 3.5, "low": 1.0}, 3.5, None),
        (Answers("regression"), {"low": 1.0, "high": 2.0}, None, None),
        (Answers("ranking"), {"score": 3.5, "place": 2}, 3.5, None),
    ],
)
def test_the_parts_of_an_answer_are_read_by_their_names_and_never_by_their_places(
    answers: Answers, said: Any, score: float | None, label: str | None
) -> None:
    assert answers.read(said) == (score, label)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "score"]), inner),
    )
)
def test_no_answer_breaks_the_reading(said: Any) -> None:
    for task in ("binary", "multiclass", "regression", "ranking", "forecast"):
        score, label = Answers(task, ("a", "b"), 1).read(said)
        assert score is None or isinstance(score, float)
        assert label is None or isinstance(label, str)
