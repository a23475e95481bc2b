"""A comparison that cannot be told says why, and what it would take."""

import numpy as np
import pytest

from trainstop.judgement.comparisons import Scope, compare
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.resampling import Studentised
from trainstop.records.judging import Comparison, Estimate

AUC = BY_TASK["binary"]["auc"]
SCOPE = Scope(units=100, groups=100, unit="rows", confidence=0.95)


def compared(difference: float, error: float, tolerance: float = 0.01) -> Comparison:
    drawn = Studentised(difference, error, False, np.random.default_rng(0).normal(size=1000))
    return compare(AUC, Estimate(value=0.7 + difference), Estimate(value=0.7), drawn, tolerance, SCOPE)


def test_more_rows_are_asked_for_when_these_are_too_few() -> None:
    told = compared(0.0, 0.02)
    assert told.word == "cannot tell"
    assert told.smallest_visible == pytest.approx(0.02 * (1.984 + 0.845), rel=1e-2)
    assert told.needed == pytest.approx(100 * (0.0566 / 0.01) ** 2, rel=2e-2)
    assert "rows would tell" in told.reason


def test_no_rows_are_promised_when_the_difference_itself_lies_near_the_tolerance() -> None:
    told = compared(-0.0095, 0.002)
    assert (told.word, told.needed) == ("cannot tell", None)
    assert "near the tolerance" in told.reason


def test_a_bootstrap_that_failed_cannot_tell() -> None:
    told = compared(0.1, np.nan)
    assert told.word == "cannot tell"
    assert "too many resamples" in told.reason
