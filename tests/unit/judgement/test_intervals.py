"""Where an interval's ends lie."""

import numpy as np
import pytest
from scipy import stats

from trainstop.judgement import intervals
from trainstop.judgement.intervals import Ends
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.resampling import Studentised

STUDENT = float(stats.t.ppf(0.975, 29))


def ends(draws: np.ndarray) -> Ends | None:
    return intervals.ends(Studentised(0.0, 1.0, False, draws), 30, 0.95)


def test_an_end_is_never_nearer_than_student_s_t() -> None:
    assert ends(np.zeros(1000)) == Ends(pytest.approx(STUDENT), pytest.approx(STUDENT))


def test_skewed_resamples_move_the_opposite_end() -> None:
    draws = np.concatenate([np.zeros(950), np.full(50, 2.5)])
    assert ends(draws) == Ends(pytest.approx(2.5), pytest.approx(STUDENT))


def test_an_end_is_never_wildly_far() -> None:
    draws = np.concatenate([np.zeros(950), np.full(50, -np.inf)])
    assert ends(draws) == Ends(pytest.approx(STUDENT), pytest.approx(1.5 * STUDENT))


def test_resamples_that_fail_are_passed_over_until_they_are_too_many() -> None:
    some, many = np.zeros(1000), np.zeros(1000)
    some[:90], many[:110] = np.nan, np.nan
    assert ends(some) is not None
    assert ends(many) is None


@pytest.mark.parametrize(
    ("task", "name", "value"),
    [("binary", "auc", 0.9), ("binary", "log_loss", 0.3), ("regression", "r2", -2.0), ("regression", "bias", -1.0)],
)
def test_the_way_to_the_line_and_back_ends_where_it_began(task: str, name: str, value: float) -> None:
    metric = BY_TASK[task][name]  # type: ignore[index]
    line = intervals.TO_LINE[metric.scale](np.array(value))
    assert intervals.back(metric, (float(line), float(line))) == pytest.approx((value, value))


def test_no_end_leaves_the_range_of_its_metric() -> None:
    assert intervals.back(BY_TASK["binary"]["auc"], (-1e4, 1e4)) == (0.0, 1.0)
    assert intervals.back(BY_TASK["binary"]["brier"], (-1e4, 0.0)) == (0.0, 1.0)
