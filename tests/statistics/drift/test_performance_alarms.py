"""How often a model that is as good as its limit is said to have fallen below it."""

import math

import numpy as np
import pytest

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.watching.performance import Limit, Measured, clusters_of, measure, signal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AUC = BY_TASK["binary"]["auc"]
DAYS, ROWS, TAIL, WORLDS = 28, 100, 0.01, 2000


def month(random: np.random.Generator, separation: float) -> Sample:
    """A month whose days differ in their share of positives and in how well they can be told."""
    share = np.repeat(random.beta(6, 14, DAYS), ROWS)
    told = np.repeat(separation + 0.4 * random.standard_normal(DAYS), ROWS)
    target = random.random(DAYS * ROWS) < share
    score = 1 / (1 + np.exp(-(told * target + random.standard_normal(DAYS * ROWS))))
    return Sample(task="binary", target=target, score=score, probability=True)


@pytest.mark.parametrize("gated", [False, True], ids=["alone", "and on its gate"])
@pytest.mark.parametrize("separation", [0.6, 1.2, 2.4], ids=["weak", "good", "strong"])
def test_a_model_on_its_limit_rarely_says_act(separation: float, gated: bool) -> None:
    random = np.random.default_rng(int(separation * 10))
    days = clusters_of([f"{row // ROWS:02d}" for row in range(DAYS * ROWS)])
    months = [measure(AUC, month(random, separation), days, minimum=20) for _ in range(WORLDS)]
    truth = float(np.mean([month_.value for month_ in months if isinstance(month_, Measured)]))
    reference = Measured(truth + 0.02, 0.0, 1000)
    limit = Limit(tolerance=0.02, gate=truth if gated else None)
    levels = [
        signal(AUC, month_, reference, stretch="", limit=limit, tail=TAIL, confidence=0.95).level for month_ in months
    ]
    share = levels.count("act") / WORLDS
    error = math.sqrt(TAIL / WORLDS)
    print(f"AUC {truth:.3f}: {share:.4f} where {TAIL} are allowed, Monte-Carlo error {error:.4f}")
    assert share <= TAIL + 2 * error
