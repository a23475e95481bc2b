"""Charts of every task: what is drawn, what is not and why, and how large it can become."""

from dataclasses import replace

import numpy as np
import pytest

from trainstop.judgement import answers
from trainstop.judgement.charting import charts
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.records.charting import Charts, ModelCharts

DRAW = np.random.default_rng(3)


def drawn(candidate: Sample, champion: Sample | None = None) -> Charts:
    found = charts(Pair(candidate=candidate, champion=champion), Rules())
    assert found is not None
    return found


def binary(rows: int = 400, score: np.ndarray | None = None) -> Sample:
    target = np.arange(rows) % 3 == 0
    score = np.clip(0.3 * target + DRAW.random(rows) * 0.7, 0, 1) if score is None else score
    return Sample(task="binary", target=target, prediction=score > 0.5, score=score, probability=True)


def several(rows: int = 300, classes: int = 4) -> Sample:
    target = np.arange(rows) % classes
    scores = DRAW.dirichlet(np.ones(classes), size=rows)
    names = tuple(f"c{index}" for index in range(classes))
    return Sample(
        task="multiclass",
        target=target,
        prediction=scores.argmax(axis=1),
        score=scores,
        probability=True,
        classes=names,
        score_classes=tuple(range(classes)),
    )


def numbers(rows: int = 300) -> Sample:
    target = DRAW.normal(size=rows)
    return answers.regression(target, target + DRAW.normal(size=rows))


def has(model: ModelCharts) -> set[str]:
    return {name for name in ModelCharts.model_fields if getattr(model, name)}


def test_a_binary_classifier_is_drawn_beside_its_champion() -> None:
    found = drawn(binary(), binary())
    expected = {"roc", "precision_recall", "calibration", "scores", "confusion"}
    assert (has(found.candidate), found.champion and has(found.champion)) == (expected, expected)
    assert found.champion
    assert found.candidate.scores
    assert found.champion.scores
    assert found.candidate.scores.edges == found.champion.scores.edges
    assert [each.name for each in found.candidate.scores.series] == ["positive", "negative"]


def test_probabilities_are_counted_from_0_to_1_and_other_scores_over_their_own_span() -> None:
    found = drawn(binary()).candidate.scores
    assert found is not None
    assert (found.edges[0], found.edges[-1]) == (0, 1)
    other = drawn(replace(binary(score=DRAW.normal(5, 0.1, size=400)), probability=False)).candidate.scores
    assert other is not None
    assert 4 < other.edges[0] < other.edges[-1] < 6


def test_several_classes_are_drawn_by_how_sure_the_model_is() -> None:
    sample = several()
    found = drawn(sample).candidate
    assert has(found) == {"calibration", "scores", "confusion"}
    assert found.scores
    right = int(np.count_nonzero(sample.prediction == sample.target))
    assert [sum(each.counts) for each in found.scores.series] == [right, len(sample) - right]


def test_a_class_without_a_score_column_is_no_crash() -> None:
    sample = Sample(
        task="multiclass",
        target=np.array([0, 1, 2] * 10),
        prediction=np.array([2, 1, 2] * 10),
        score=np.tile([0.4, 0.6], (30, 1)),
        probability=True,
        classes=("a", "b", "c"),
        score_classes=(0, 1),
    )
    assert drawn(sample).candidate.confusion


def test_numbers_are_drawn_by_their_residuals() -> None:
    assert has(drawn(numbers(), numbers()).candidate) == {"residuals", "residuals_by_prediction"}


def test_a_ranking_has_no_charts() -> None:
    sample = Sample(task="ranking", target=np.arange(4), score=np.arange(4.0), query=np.zeros(4, dtype=int))
    assert charts(Pair(candidate=sample, champion=None), Rules()) is None


@pytest.mark.parametrize("score", [np.full(400, 0.5), np.full(400, np.nan), None])
def test_answers_that_cannot_be_drawn_give_reasons(score: np.ndarray | None) -> None:
    sample = (
        answers.usable(binary(score=score)) if score is not None else Sample(task="binary", target=np.ones(5, bool))
    )
    found = drawn(sample).candidate
    assert found.roc
    assert found.roc.points == ()
    assert found.roc.reason
    assert found.calibration
    assert found.calibration.reason


def test_a_million_rows_leave_no_more_than_a_few_rows() -> None:
    many = binary(1_000_000)
    assert len(drawn(many, many).model_dump_json()) < 60_000
    wide = several(2000, classes=500)
    assert len(drawn(wide, wide).model_dump_json()) < 40_000
