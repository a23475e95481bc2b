"""Metrics of many slices at once, each equal to the metric of that slice's rows alone."""

import numpy as np
import pytest

from trainstop.judgement import halves
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample, Task
from trainstop.judgement.segments import BLOCK, segments, slice_points
from trainstop.judgement.verdicts import Pair

ROWS = 3000


def sample(task: Task, seed: int) -> Sample:
    """Answers with many ties to the same truth."""
    truth, random = np.random.default_rng(0), np.random.default_rng(seed)
    if task == "regression":
        target = truth.normal(size=ROWS)
        return Sample(task=task, target=target, prediction=target + random.normal(size=ROWS))
    if task == "multiclass":
        target = truth.integers(0, 3, ROWS)
        score = random.dirichlet(np.ones(3), ROWS)
        names = ("a", "b", "c")
        return Sample(
            task=task,
            target=target,
            prediction=score.argmax(axis=1),
            score=score,
            probability=True,
            classes=names,
            score_classes=(0, 1, 2),
        )
    flags = truth.random(ROWS) < 0.4
    score = np.round(np.clip(0.3 * flags + random.random(ROWS) * 0.7, 0, 1), 2)
    return Sample(task=task, target=flags, prediction=score >= 0.5, score=score, probability=True)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_metric_of_every_slice_is_that_of_its_rows_alone(task: Task) -> None:
    pair = Pair(candidate=sample(task, 1), champion=sample(task, 2))
    codes = np.random.default_rng(3).integers(-1, 7, ROWS)
    codes[codes == 4] = -1
    metrics = list(BY_TASK[task].values())
    found = slice_points(pair, codes, 7, metrics)
    for metric in metrics:
        for place, model in enumerate((pair.candidate, pair.champion)):
            assert model is not None
            for number in range(7):
                rows = np.flatnonzero(codes == number)
                value = found[metric.name][place, number]
                if number == 4:
                    assert np.isnan(value)
                else:
                    assert value == pytest.approx(metric.value(model.take(rows)), rel=1e-12, nan_ok=True), metric.name


def test_a_slice_of_one_class_has_no_area_and_no_champion_no_row() -> None:
    one = sample("binary", 1)
    found = slice_points(Pair(candidate=one), one.target.astype(int), 2, [BY_TASK["binary"]["auc"]])
    assert found["auc"].shape == (1, 2)
    assert np.isnan(found["auc"]).all()


def test_a_model_that_lacks_scores_has_no_value() -> None:
    bare = Sample(task="binary", target=np.array([True, False]), prediction=np.array([True, True]))
    found = slice_points(Pair(candidate=bare), np.zeros(2, dtype=int), 1, list(BY_TASK["binary"].values()))
    assert np.isnan(found["auc"]).all()
    assert found["accuracy"].tolist() == [[0.5]]


def test_rows_beyond_a_block_are_counted_like_the_others() -> None:
    rows = BLOCK + 5
    target = np.zeros(rows)
    prediction = np.r_[np.zeros(BLOCK), np.ones(5)]
    pair = Pair(candidate=Sample(task="regression", target=target, prediction=prediction))
    codes = np.r_[np.zeros(BLOCK, dtype=int), np.ones(5, dtype=int)]
    assert slice_points(pair, codes, 2, [BY_TASK["regression"]["mae"]])["mae"].tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("count", [3, 255, 256, 70_000])
def test_rows_are_ordered_by_slice_whatever_their_number(count: int) -> None:
    codes = np.array([count - 1, -1, 0, count - 1, 1])
    found = segments(codes, count)
    assert found.of(0).tolist() == [2]
    assert found.of(1).tolist() == [4]
    assert found.of(count - 1).tolist() == [0, 3]
    assert len(found.rows) == 4


def test_no_row_of_a_class_leaves_a_ranking_without_value() -> None:
    assert np.isnan(halves.area(np.array([]), np.array([1.0])))
    assert np.isnan(halves.average_precision(np.array([]), np.array([1.0])))
    assert halves.average_precision(np.array([1.0]), np.array([])) == 1.0
