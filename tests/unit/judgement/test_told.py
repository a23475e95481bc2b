"""What a model said, as one number and one label a row."""

import numpy as np
import pytest

from trainstop.config.probing import BehaviourSection
from trainstop.judgement.behaviour import Question, judge_rule
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.robustness import Scope, Spoiled, judged
from trainstop.judgement.samples import Sample
from trainstop.judgement.told import Told
from trainstop.judgement.verdicts import Rules
from trainstop.records import CheckStatus

ROWS = 200
TARGET = np.random.default_rng(0).normal(size=ROWS)


def told(shift: float = 0.0, levels: tuple[float, ...] = (0.1, 0.5, 0.9)) -> Told:
    quantiles = TARGET[:, None] + shift + 2.0 * (np.array(levels) - 0.5)
    median = quantiles[:, levels.index(0.5)] if 0.5 in levels else None
    sample = Sample(task="forecast", target=TARGET, prediction=median, score=quantiles, levels=levels)
    return Told(np.arange(ROWS), sample)


def scope(levels: tuple[float, ...]) -> Scope:
    return Scope(told(levels=levels), BY_TASK["forecast"]["pinball"], None, Rules(resamples=100))


@pytest.mark.parametrize("levels", [(0.1, 0.5, 0.9), (0.1, 0.4, 0.9)], ids=["with a median", "without one"])
def test_a_forecast_flips_where_its_middle_moves(levels: tuple[float, ...]) -> None:
    still, moved = (Spoiled("noise", "a", "", ROWS, told(shift, levels)) for shift in (0.0, 1.0))
    by_flips = {each.flips for each in judged([still, moved], scope(levels), left_out=0).perturbations}
    assert by_flips == {0.0, 1.0}


@pytest.mark.parametrize("levels", [(0.1, 0.5, 0.9), (0.1, 0.4, 0.9)], ids=["with a median", "without one"])
@pytest.mark.parametrize(
    ("rule", "shift", "status"),
    [
        ({"kind": "direction", "columns": ["x"], "by": 1.0}, 0.1, CheckStatus.PASSED),
        ({"kind": "direction", "columns": ["x"], "by": 1.0, "goes": "down"}, 0.1, CheckStatus.FAILED),
        ({"kind": "invariance", "columns": ["x"]}, 0.0, CheckStatus.PASSED),
        ({"kind": "invariance", "columns": ["x"], "tolerance": 0.05}, 0.1, CheckStatus.FAILED),
    ],
)
def test_a_forecast_keeps_rules_by_its_middle(rule: dict, shift: float, status: CheckStatus, levels) -> None:
    questions = [Question(told(shift, levels))]
    ids = [str(number) for number in range(ROWS)]
    section = BehaviourSection.model_validate(rule)
    assert judge_rule(section, questions, scope(levels), BY_TASK["forecast"], ids, "")[1].status is status
