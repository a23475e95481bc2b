"""From labels and numbers to a sample, and what is wrong with a model's answers."""

import numpy as np
import pytest

from trainstop.judgement import answers

TARGET = (np.array([0, 1, 1, 0]), ("no", "yes"))


def binary(score: list[float] | None = None, prediction: answers.Labels | None = None) -> answers.Sample:
    given = None if score is None else np.array(score)
    return answers.binary(TARGET, "yes", prediction=prediction, score=given, threshold=0.5)


def test_a_probability_is_cut_at_the_threshold() -> None:
    found = binary([0.1, 0.5, 0.9, 0.4], prediction=TARGET)
    assert found.target.tolist() == [False, True, True, False]
    assert found.prediction is not None
    assert found.prediction.tolist() == [False, True, True, False]
    assert found.probability


def test_a_margin_is_ranked_and_not_cut() -> None:
    found = binary([-3.0, 0.2, 2.0, 0.4], prediction=(np.array([1, 1, 0, 0]), ("no", "yes")))
    assert not found.probability
    assert found.prediction is not None
    assert found.prediction.tolist() == [True, True, False, False]
    assert "from -3 to 2" in answers.remarks(found)[0]
    assert binary([-3.0, 0.2, 2.0, 0.4]).prediction is None


def test_the_largest_score_predicts_where_there_is_no_prediction() -> None:
    scores = np.array([[0.2, 0.8], [0.6, 0.4]])
    found = answers.multiclass((np.array([0, 1]), ("a", "b")), prediction=None, scores=scores, score_classes=("b", "a"))
    assert found.classes == ("a", "b")
    assert found.prediction is not None
    assert found.prediction.tolist() == [0, 1]
    assert found.score_classes == (1, 0)


def test_a_class_that_only_the_model_knows_is_a_class() -> None:
    found = answers.multiclass(
        (np.array([0, 1]), ("a", "b")), prediction=(np.array([1, 0]), ("a", "z")), scores=None, score_classes=()
    )
    assert found.classes == ("a", "b", "z")
    assert found.class_counts() == {"a": 1, "b": 1, "z": 0}


def test_scores_that_do_not_add_up_are_no_probabilities() -> None:
    scores = np.array([[0.2, 0.2], [0.6, 0.4]])
    found = answers.multiclass((np.array([0, 1]), ("a", "b")), prediction=None, scores=scores, score_classes=("a", "b"))
    assert not found.probability


@pytest.mark.parametrize(
    ("score", "fault"),
    [
        ([0.1, np.nan, 0.9, 0.4], "1 of 4 rows have a score that is missing, NaN or infinite"),
        ([0.1, np.inf, -np.inf, 0.4], "2 of 4 rows have a score"),
        ([0.3, 0.3, 0.3, 0.3], "the score is the same in every row"),
    ],
)
def test_faulty_scores_are_named(score: list[float], fault: str) -> None:
    (found,) = answers.faults(binary(score))
    assert fault in found


def test_answers_that_can_be_judged_have_no_fault_even_if_all_fall_on_one_side() -> None:
    assert answers.faults(binary([0.1, 0.2, 0.3, 0.4])) == []


def test_a_constant_prediction_without_scores_is_a_fault() -> None:
    (found,) = answers.faults(binary(prediction=(np.zeros(4, dtype=int), ("yes",))))
    assert found == "the prediction is the same in every row"


def test_a_missing_label_is_a_fault() -> None:
    found = answers.multiclass(
        TARGET, prediction=(np.array([0, -1, 1, 1]), ("no", "yes")), scores=None, score_classes=()
    )
    assert "1 of 4 rows have a prediction that is missing" in answers.faults(found)[0]
    assert answers.usable(found).prediction is None


def test_a_target_of_one_class_is_a_fault() -> None:
    found = answers.regression(np.ones(5), np.arange(5.0))
    assert answers.faults(found) == ["the target is the same in every row"]


def test_no_metric_is_made_of_answers_that_are_not_finite() -> None:
    found = answers.usable(binary([0.1, np.nan, 0.9, 0.4]))
    assert found.score is None
    assert found.prediction is None
    assert "missing, NaN or infinite" in found.lacking
    sound = binary([0.1, 0.2, 0.9, 0.4])
    assert answers.usable(sound) is sound


def test_a_table_without_any_answer_is_a_fault() -> None:
    assert answers.faults(binary()) == ["no column of the table is an answer that this task is judged by"]
    nothing = answers.multiclass((np.array([0, 1]), ("a", "b")), prediction=None, scores=None, score_classes=())
    assert answers.NO_ANSWER in answers.faults(nothing)


LABELS = ("", "error", "no", "yes")


@pytest.mark.parametrize("codes", [[2, 3, 3, -1], [2, 3, 3, 0], [2, 3, 3, 1]], ids=["missing", "empty", "no class"])
def test_a_label_that_is_neither_class_is_no_answer_and_not_a_negative_one(codes: list[int]) -> None:
    found = binary(prediction=(np.array(codes), LABELS))
    told = "1 of 4 rows have a prediction that is missing, empty or no class of the target"
    assert answers.faults(found) == [told]
    assert answers.usable(found).prediction is None
    assert answers.usable(found).lacking == told


def test_labels_that_are_spelled_otherwise_than_the_target_are_no_answers() -> None:
    found = binary(prediction=(np.array([0, 1, 1, 0]), ("false", "true")))
    assert answers.faults(found)[0].startswith("4 of 4 rows have a prediction that is missing")


def test_labels_of_two_classes_beside_a_target_that_has_one_are_answers() -> None:
    target = (np.array([0, 0, 0]), ("yes",))
    said = (np.array([0, 1, 1]), ("no", "yes"))
    found = answers.binary(target, "yes", prediction=said, score=None, threshold=0.5)
    assert answers.faults(found) == ["the target is the same in every row"]


def test_of_several_classes_an_empty_label_is_missing_and_no_class() -> None:
    target, said = (np.array([0, 1]), ("a", "b")), (np.array([0, 1]), (" ", "b"))
    found = answers.multiclass(target, prediction=said, scores=None, score_classes=())
    assert found.classes == ("a", "b")
    assert answers.faults(found)[0].startswith("1 of 2 rows have a prediction that is missing")
