"""Against the best constant answer."""

import numpy as np
import pytest

from trainstop.judgement import dummy

LABELS = np.array(["no", "yes"])


def classes(truth: list[int], score: list[float]) -> dummy.Against:
    given = np.array(score)
    return dummy.of_scores(LABELS[truth], LABELS, np.column_stack([1 - given, given]))


def test_the_constant_of_classes_is_their_share() -> None:
    against = classes([1, 0, 0, 0], [0.25] * 4)
    assert against.model.mean() == pytest.approx(against.constant.mean())
    assert against.constant.mean() == pytest.approx(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))


def test_the_constant_of_numbers_is_their_mean() -> None:
    against = dummy.of_numbers(np.array([1.0, 2.0, 6.0]), np.array([1.0, 2.0, 6.0]))
    assert against.constant.tolist() == [4.0, 1.0, 9.0]
    assert against.model.sum() == 0.0


def test_scores_that_only_rank_are_known_to_rank() -> None:
    against = classes([0, 0, 1, 1], [0.9, 0.91, 0.99, 0.999])
    assert dummy.gain(against, np.arange(4), confidence=0.95, minimum=2).value < 0
    assert against.ranks_well == 1.0


def test_scores_that_are_no_probabilities_are_told_apart_and_judged_by_rank() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 600)
    blind = 100 * random.dirichlet(np.ones(3), 600)
    knowing = blind + 40 * np.eye(3)[truth]
    names = ["a", "b", "c"]
    worthless, useful = (dummy.of_scores([names[at] for at in truth], names, scores) for scores in (blind, knowing))
    assert (worthless.probability, useful.probability) == (False, False)
    assert worthless.ranks_well == pytest.approx(0.5, abs=0.04)
    assert useful.ranks_well > 0.8


def test_many_classes_use_the_column_of_the_truth() -> None:
    scores = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    against = dummy.of_scores(["a", "b"], ["a", "b", "c"], scores)
    assert against.model == pytest.approx(-np.log([0.5, 0.8]))
    assert against.ranks_well is None


def test_a_certain_and_wrong_answer_costs_much_but_not_everything() -> None:
    assert np.isfinite(classes([1, 0], [0.0, 0.5]).model).all()


def test_the_interval_of_independent_rows_is_the_textbook_one() -> None:
    against = dummy.Against("x", np.zeros(100), np.arange(100.0))
    low, high = dummy.gain(against, np.arange(100), confidence=0.95, minimum=20).interval
    error = np.arange(100.0).std(ddof=1) / 10
    assert (low, high) == pytest.approx((49.5 - 1.959964 * error, 49.5 + 1.959964 * error))


def test_rows_that_repeat_one_another_in_a_cluster_tell_no_more_than_one() -> None:
    saved = np.repeat(np.arange(30.0), 10)
    against = dummy.Against("x", np.zeros(300), saved)
    clustered = dummy.gain(against, np.repeat(np.arange(30), 10), confidence=0.95, minimum=20).interval
    single = dummy.gain(dummy.Against("x", np.zeros(30), np.arange(30.0)), np.arange(30), confidence=0.95, minimum=20)
    assert clustered == pytest.approx(single.interval)


def test_too_few_clusters_give_no_interval() -> None:
    against = dummy.Against("x", np.zeros(300), np.ones(300))
    assert dummy.gain(against, np.arange(300) % 19, confidence=0.95, minimum=20).interval is None
