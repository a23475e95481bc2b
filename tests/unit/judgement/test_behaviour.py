"""Rules of behaviour: how many rows keep them, and which do not."""

import numpy as np
import pytest

from trainstop.config.probing import BehaviourSection
from trainstop.judgement import answers
from trainstop.judgement.behaviour import Question, judge_rule
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.robustness import Scope
from trainstop.judgement.told import Told
from trainstop.judgement.verdicts import Rules
from trainstop.records import CheckStatus

ROWS = 100
TARGET = np.arange(ROWS) % 2
SCORE = 0.1 + 0.8 * np.arange(ROWS) / ROWS
IDS = [f"row {number}" for number in range(ROWS)]


def sample(score: np.ndarray, task: str = "binary") -> answers.Sample:
    labels = (TARGET.astype(np.intp), ("a", "b"))
    if task == "regression":
        return answers.regression(TARGET.astype(float), score)
    if task == "multiclass":
        scores = np.column_stack([score, 1 - score])
        return answers.multiclass(labels, prediction=None, scores=scores, score_classes=("a", "b"))
    return answers.binary(labels, "b", prediction=None, score=score, threshold=0.5)


def judged(rule: dict, *scores: np.ndarray, task: str = "binary", places: np.ndarray | None = None) -> tuple:
    where = np.arange(ROWS) if places is None else places
    base = Told(np.arange(ROWS), sample(SCORE, task))
    questions = [Question(Told(where, sample(score, task).take(where))) for score in scores]
    scope = Scope(base, BY_TASK[task]["accuracy" if task != "regression" else "mae"], None, Rules())
    return judge_rule(BehaviourSection.model_validate(rule), questions, scope, BY_TASK[task], IDS, "b")


UP = {"kind": "direction", "columns": ["x"], "by": 1.0}
SAME = {"kind": "invariance", "columns": ["x"]}


def test_a_direction_counts_the_rows_that_went_the_other_way() -> None:
    moved = SCORE + 0.01
    moved[[7, 20]] -= 0.05
    found, check = judged(UP, moved)
    assert (found.rows, found.broken, found.failing) == (100, 2, ("row 7", "row 20"))
    assert (check.status, check.value, check.limit) == (CheckStatus.FAILED, 0.98, 1.0)
    assert found.interval[0] < 0.98 < found.interval[1]
    assert judged({**UP, "minimum": 0.98}, moved)[1].status is CheckStatus.PASSED
    assert judged({**UP, "slack": 0.05}, moved)[1].status is CheckStatus.PASSED
    assert judged({**UP, "goes": "down"}, moved)[0].broken == 98
    assert judged(UP, SCORE)[1].status is CheckStatus.PASSED, "it may stay where it is"


def test_an_invariance_looks_at_the_label_or_at_the_distance() -> None:
    moved = SCORE + 0.02
    crossing = int(((SCORE < 0.5) & (moved >= 0.5)).sum())
    assert crossing
    assert judged(SAME, moved)[0].broken == crossing
    assert judged({**SAME, "tolerance": 0.03}, moved)[0].broken == 0
    assert judged({**SAME, "tolerance": 0.01}, moved)[0].broken == ROWS


def test_a_row_that_is_asked_twice_must_hold_twice() -> None:
    first, second = SCORE.copy(), SCORE.copy()
    first[3] += 0.1
    second[[3, 9]] += 0.1
    assert judged({**SAME, "tolerance": 0.01}, first, second)[0].failing == ("row 3", "row 9")


def test_an_answer_that_is_nan_keeps_no_rule() -> None:
    broken = SCORE.copy()
    broken[4] = np.nan
    for rule in (UP, {**SAME, "tolerance": 0.5}):
        assert judged(rule, broken)[0].failing == ("row 4",)


def test_a_minimum_wants_a_label_or_a_metric_on_some_rows() -> None:
    high = np.flatnonzero(SCORE >= 0.5)
    assert judged({"kind": "minimum", "expect": "b"}, SCORE, places=high)[1].status is CheckStatus.PASSED
    found, check = judged({"kind": "minimum", "expect": "a"}, SCORE, places=high)
    assert (check.status, found.broken, len(found.failing)) == (CheckStatus.FAILED, len(high), 10)
    rule = {"kind": "minimum", "metric": "accuracy", "at-least": 0.5}
    assert judged(rule, SCORE, places=high)[1].status is CheckStatus.PASSED
    assert judged({**rule, "at-least": 0.6}, SCORE, places=high)[1].status is CheckStatus.FAILED
    loss = {"kind": "minimum", "metric": "log_loss", "at-most": 0.1}
    assert judged(loss, SCORE)[1].status is CheckStatus.FAILED
    unknown = judged({"kind": "minimum", "metric": "auc", "at-least": 0.5}, SCORE, places=np.array([1, 3]))
    assert unknown[1].status is CheckStatus.INCONCLUSIVE


def test_several_classes_and_numbers_have_their_own_score() -> None:
    assert judged({**UP, "expect": "a"}, SCORE + 0.01, task="multiclass")[0].broken == 0
    assert judged({**UP, "expect": "b"}, SCORE + 0.01, task="multiclass")[0].broken == ROWS
    assert judged({"kind": "minimum", "expect": "b"}, SCORE, task="multiclass")[0].broken == int((SCORE >= 0.5).sum())
    assert judged(UP, SCORE + 1, task="regression")[0].broken == 0
    assert judged(SAME, SCORE + 1e-3, task="regression")[0].broken == ROWS


@pytest.mark.parametrize("mode", ["block", "warn"])
def test_a_rule_without_rows_or_with_an_error_does_not_hold(mode) -> None:
    expected = {"block": (CheckStatus.INCONCLUSIVE, CheckStatus.FAILED), "warn": (CheckStatus.WARNED,) * 2}[mode]
    rule = {**UP, "mode": mode}
    assert judged(rule)[1].status is expected[0]
    base = Scope(Told(np.arange(ROWS), sample(SCORE)), BY_TASK["binary"]["auc"], None, Rules())
    raised = judge_rule(BehaviourSection.model_validate(rule), [Question(None, "no")], base, {}, IDS, "b")
    assert (raised[1].status, "no" in raised[1].reason) == (expected[1], True)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "invariance"}, "needs `columns`"),
        ({"kind": "direction", "columns": ["x"]}, "`by`"),
        ({"kind": "direction", "columns": ["x"], "by": 0.0}, "`by`"),
        ({"kind": "minimum"}, "either"),
        ({"kind": "minimum", "metric": "auc"}, "either"),
        ({"kind": "minimum", "metric": "auc", "at-least": 0.5, "expect": "a"}, "either"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(rule, words) -> None:
    with pytest.raises(ValueError, match=words):
        BehaviourSection.model_validate(rule)
