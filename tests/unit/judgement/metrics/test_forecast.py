"""Numbers forecast by quantiles: pinball loss, CRPS, coverage."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from trainstop.judgement import answers, forecasts
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample

METRICS = BY_TASK["forecast"]


def forecast(levels: tuple[float, ...], *, rows: int = 50, seed: int = 0, spread: float = 1.0) -> Sample:
    """Standard normal numbers, and the quantiles of a normal distribution for every one of them."""
    target = np.random.default_rng(seed).normal(size=rows)
    normal = NormalDist(0, spread)
    return forecasts.sample(target, {level: np.full(rows, normal.inv_cdf(level)) for level in levels}, None)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6, unique=True),
)
@settings(deadline=None, max_examples=50)
def test_the_pinball_loss_is_the_mean_of_scikit_learns_over_the_quantiles(seed: int, levels: list[float]) -> None:
    random = np.random.default_rng(seed)
    target = random.normal(size=30)
    said = {level: random.normal(size=30) for level in levels}
    expected = np.mean([reference.mean_pinball_loss(target, said[level], alpha=level) for level in levels])
    assert METRICS["pinball"].value(forecasts.sample(target, said, None)) == pytest.approx(expected, rel=1e-12)


def test_the_ranked_probability_score_comes_near_the_closed_form_for_a_normal_distribution() -> None:
    sample, normal = forecast(tuple(number / 100 for number in range(1, 100))), NormalDist()
    exact = [y * (2 * normal.cdf(y) - 1) + 2 * normal.pdf(y) - np.pi**-0.5 for y in sample.target]
    assert METRICS["crps"].value(sample) == pytest.approx(np.mean(exact), rel=0.01)


def test_coverage_and_width_are_those_of_the_widest_central_interval() -> None:
    target = np.array([0.0, 1.0, 2.0, 5.0])
    said = {0.05: np.full(4, -9.0), 0.1: np.zeros(4), 0.5: np.ones(4), 0.9: np.full(4, 2.0)}
    sample = forecasts.sample(target, said, None)
    assert METRICS["coverage"].value(sample) == 0.75
    assert METRICS["interval_width"].value(sample) == 2.0
    assert "from the 0.1 to the 0.9 quantile, which shall hold 80%" in forecasts.remarks(sample)[0]


def test_the_median_is_judged_as_a_number() -> None:
    sample = forecast((0.1, 0.5, 0.9))
    assert METRICS["mae"].value(sample) == reference.mean_absolute_error(sample.target, np.zeros(50))
    assert METRICS["rmse"].value(sample) == reference.root_mean_squared_error(sample.target, np.zeros(50))


def test_without_a_median_or_quantiles_the_metrics_say_what_they_lack() -> None:
    assert METRICS["mae"].missing(forecast((0.1, 0.9))) == "the quantiles lack the median (0.5)"
    bare = forecasts.sample(np.zeros(3), {}, np.ones(3))
    assert METRICS["pinball"].missing(bare) == "there are no quantiles, only one number a row"
    assert METRICS["mae"].missing(bare) == ""
    assert np.isnan(METRICS["coverage"].value(forecast((0.1, 0.5))))


def test_quantiles_that_cross_are_counted_as_a_fault() -> None:
    said = {0.1: np.array([0.0, 2.0, 1.0]), 0.9: np.array([1.0, 1.0, 1.0])}
    assert answers.faults(forecasts.sample(np.arange(3.0), said, None)) == ["1 of 3 rows have quantiles that cross"]


def test_quantiles_that_are_missing_leave_nothing_to_judge() -> None:
    sample = forecasts.sample(np.arange(2.0), {0.5: np.array([np.nan, 1.0]), 0.9: np.array([3.0, 4.0])}, None)
    assert answers.faults(sample)[0] == "1 of 2 rows have a quantile that is missing, NaN or infinite"
    usable = answers.usable(sample)
    assert all(metric.missing(usable) for metric in METRICS.values())
