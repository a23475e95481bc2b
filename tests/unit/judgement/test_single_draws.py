"""Weights of single units: what they are, and that sums of them are as spread as resampling says."""

import numpy as np
import pytest

from trainstop.judgement import single_draws
from trainstop.judgement.single_draws import resampled_sums


def test_a_byte_makes_a_weight_of_mean_and_variance_one() -> None:
    weights = sum((np.arange(256) >= step).astype(int) for step in single_draws.STEPS)
    assert np.bincount(weights).tolist() == [94, 95, 46, 16, 4, 1]
    assert (weights.mean(), weights.var()) == (1.0, 1.0)


def test_weighted_sums_have_the_spread_of_the_plain_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2, size=(5000, 2))
    (sums,) = resampled_sums([values], resamples=4000, seed=1)
    expected = np.sqrt((values**2).sum(axis=0))
    assert sums.std(axis=0) == pytest.approx(expected, rel=0.04)
    assert sums.mean(axis=0) == pytest.approx(values.sum(axis=0), abs=4 * expected.max() / np.sqrt(4000))


def test_models_are_weighted_alike() -> None:
    values = np.random.default_rng(0).random((3000, 2))
    one, other = resampled_sums([values, 2 * values], resamples=50, seed=1)
    assert other == pytest.approx(2 * one, rel=1e-6)


def test_the_weights_depend_on_the_seed_alone() -> None:
    values = np.ones((5000, 1))
    first, again, other = (resampled_sums([values], resamples=20, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
