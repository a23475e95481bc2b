"""Distances of resamples in their own standard errors, from products of what units add."""

import numpy as np
import pytest

from trainstop.judgement import resampling, spreads
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.metrics.base import ratio
from trainstop.judgement.samples import Sample
from trainstop.judgement.statistic import Statistic


def sample(random: np.random.Generator, rows: int, moved: float = 0.0) -> Sample:
    target = np.random.default_rng(5).random(rows) < 0.4
    score = 1 / (1 + np.exp(-(target + np.random.default_rng(6).normal(size=rows) + moved * random.normal(size=rows))))
    return Sample(task="binary", target=target, score=score, prediction=score >= 0.6, probability=True)


def both(name: str, moved: float, units: int = 60, rows: int = 1200) -> Statistic:
    """Two models that differ by `moved`, in units of equal rows."""
    metric, codes = BY_TASK["binary"][name], np.arange(rows) % units
    own, other = (
        resampling.unit_sums(metric.terms(sample(np.random.default_rng(7), rows, by)), codes, units)
        for by in (0.0, moved)
    )
    width = own.shape[1]

    def formula(sums):
        return metric.formula(sums[..., :width]) - metric.formula(sums[..., width:])

    return Statistic(np.hstack([own, other]), formula, size=1.0, paired=True)


def drawn(statistic: Statistic, resamples: int = 100) -> np.ndarray:
    units = len(statistic.sums)
    return np.concatenate(list(resampling._weights([np.arange(units)], resamples, 3)))


def by_units(statistic: Statistic, weights: np.ndarray) -> np.ndarray:
    """The same distances the long way: what each unit moves the number, resample by resample."""
    point = float(statistic.formula(statistic.sums.sum(axis=0)))
    with np.errstate(all="ignore"):
        return resampling._draws(statistic, point, weights, [np.arange(len(statistic.sums))])


def by_products(statistic: Statistic, weights: np.ndarray) -> np.ndarray:
    point = float(statistic.formula(statistic.sums.sum(axis=0)))
    with np.errstate(all="ignore"):
        return spreads.distances(statistic, point, weights @ spreads.columns(statistic))


@pytest.mark.parametrize("name", ["auc", "log_loss", "f1", "accuracy"])
@pytest.mark.parametrize("moved", [1.0, 0.01, 1e-6])
def test_products_say_what_units_say_one_by_one_however_little_two_models_differ(name: str, moved: float) -> None:
    statistic = both(name, moved)
    weights = drawn(statistic)
    assert by_products(statistic, weights) == pytest.approx(by_units(statistic, weights), rel=1e-5, abs=1e-6)


def test_large_sums_that_hardly_vary_lose_no_digits() -> None:
    values = 1e6 + np.random.default_rng(0).normal(size=50)
    statistic = Statistic(np.column_stack([values, np.ones(50)]), ratio, size=1e6)
    weights = drawn(statistic)
    assert by_products(statistic, weights) == pytest.approx(by_units(statistic, weights), rel=1e-6)


def test_a_resample_without_spread_is_infinitely_far() -> None:
    values = np.array([0.0] * 29 + [1.0])
    statistic = Statistic(np.column_stack([values, np.ones(30)]), ratio)
    never = np.ones((1, 30))
    never[0, [0, 29]] = 2, 0
    assert by_products(statistic, never).tolist() == [-np.inf]


def test_where_the_formula_fails_the_distance_is_nan() -> None:
    statistic = Statistic(np.column_stack([np.ones(30), np.arange(30.0) == 0]), ratio)
    without = np.ones((1, 30))
    without[0, :2] = 0, 2
    assert not np.isfinite(by_products(statistic, without)[0])
