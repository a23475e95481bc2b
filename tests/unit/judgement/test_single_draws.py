"""Weights of single units: what they are, and that sums of them are as spread as resampling says."""

import numpy as np
import pytest

from trainstop.judgement import single_draws
from trainstop.judgement.single_draws import resampled_sums


def test_a_byte_makes_a_weight_with_the_moments_of_drawing_with_replacement() -> None:
    more = np.where(np.arange(256) < single_draws.HEAVY, single_draws.HEAVIER, single_draws.LIGHTER)
    assert more.mean() == pytest.approx(0, abs=1e-15)
    assert (more**2).mean() == pytest.approx(1, rel=1e-14)
    assert (more**3).mean() == pytest.approx(1, abs=0.006)
    assert more.min() > -1, "no weight is negative"


def test_weighted_sums_have_the_spread_of_the_plain_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2, size=(5000, 2))
    (sums,) = resampled_sums([values], resamples=4000, seed=1)
    expected = np.sqrt((values**2).sum(axis=0))
    assert sums.std(axis=0) == pytest.approx(expected, rel=0.04)
    assert sums.mean(axis=0) == pytest.approx(values.sum(axis=0), abs=4 * expected.max() / np.sqrt(4000))


def test_weighted_sums_are_as_skewed_as_those_of_rows_drawn_with_replacement() -> None:
    values = np.where(np.arange(400) < 8, 10.0, 0.0)[:, None]  # a rare event: the sums of a resample lean to the right
    (sums,) = resampled_sums([values], resamples=40_000, seed=1)
    centred = sums[:, 0] - sums.mean()
    assert (centred**3).mean() / sums.std() ** 3 == pytest.approx(1 / np.sqrt(8), abs=0.04)


def test_sums_far_from_zero_lose_nothing_to_single_precision() -> None:
    small = np.random.default_rng(0).normal(size=(6000, 1))
    (near,), (far,) = (resampled_sums([values], resamples=30, seed=1) for values in (small, small + 1e6))
    (counts,) = resampled_sums([np.ones((6000, 1))], resamples=30, seed=1)
    assert far - 1e6 * counts == pytest.approx(near, abs=1e-2)


def test_models_are_weighted_alike() -> None:
    values = np.random.default_rng(0).random((3000, 2))
    one, other = resampled_sums([values, 2 * values], resamples=50, seed=1)
    assert other == pytest.approx(2 * one, rel=1e-6)


def test_the_weights_depend_on_the_seed_alone() -> None:
    values = np.ones((5000, 1))
    first, again, other = (resampled_sums([values], resamples=20, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
