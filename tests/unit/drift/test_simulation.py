"""Uneventful years: they wander as the reference did."""

import numpy as np
import pytest
from numpy.typing import NDArray

from trainstop.drift.simulation import fit, simulate, sustained


def wandering(
    periods: int, *, rows: int, correlation: float = 0.0, size: float = 0.0, season: float = 0.0
) -> NDArray[np.float64]:
    """Counts of ten bins whose middle wanders."""
    random = np.random.default_rng(4)
    path = np.zeros(periods)
    for step in range(1, periods):
        path[step] = correlation * path[step - 1] + np.sqrt(1 - correlation**2) * random.standard_normal()
    means = size * path + season * np.sin(2 * np.pi * np.arange(periods) / 52)
    values = random.standard_normal((periods, rows)) + means[:, None]
    places = np.searchsorted(np.linspace(-1.5, 1.5, 9), values)
    return np.array([np.bincount(row, minlength=10) for row in places], dtype=np.float64)


def test_what_the_rows_explain_is_no_wandering() -> None:
    spread = [float((fit(wandering(200, rows=500, size=size)).factor ** 2).sum()) for size in (0.0, 0.2)]
    assert spread[0] < 0.2 * spread[1]


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_the_autocorrelation_is_found(correlation: float) -> None:
    found = fit(wandering(400, rows=2000, correlation=correlation, size=0.3))
    assert found.autocorrelation == pytest.approx(correlation, abs=0.12)


def test_a_season_that_is_covered_is_a_curve_and_not_a_wander() -> None:
    counts = wandering(104, rows=2000, season=0.5)
    known, unknown = fit(counts, season=52.14), fit(counts)
    assert unknown.autocorrelation > 0.9
    assert (known.factor**2).sum() < 0.1 * (unknown.factor**2).sum()
    assert known.centres(10).shape == (10, 10)
    assert np.ptp(unknown.centres(10), axis=0).max() < 1e-12


def test_a_season_longer_than_the_reference_is_not_fitted() -> None:
    assert fit(wandering(26, rows=500), season=52.14).season == 0


def test_a_column_that_never_changes_can_be_simulated() -> None:
    counts = np.tile([100.0, 0.0], (10, 1))
    years = simulate(
        fit(counts),
        reference_rows=counts.sum(axis=1),
        window_rows=100,
        windows_a_year=52,
        alarm=(3, 4),
        worlds=5,
        random=np.random.default_rng(0),
    )
    assert years.single.tolist() == [0] * 5


def test_more_wandering_reaches_farther() -> None:
    reach = []
    for correlation in (0.0, 0.9):
        counts = wandering(40, rows=2000, correlation=correlation, size=0.3)
        years = simulate(
            fit(counts),
            reference_rows=counts.sum(axis=1),
            window_rows=2000,
            windows_a_year=52,
            alarm=(3, 4),
            worlds=100,
            random=np.random.default_rng(0),
        )
        assert (years.sustained <= years.single).all()
        reach.append(np.median(years.sustained))
    assert reach[0] < reach[1]


def test_sustained_is_what_k_of_n_neighbours_reach() -> None:
    assert sustained(np.array([5.0, 1.0, 4.0, 3.0, 0.0]), (3, 4)).tolist() == [3, 1]
    assert sustained(np.array([5.0]), (3, 4)).tolist() == [0]
