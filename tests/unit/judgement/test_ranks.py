"""Ranking by one sort, against counting pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from trainstop.judgement import ranks

TABLES = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=25)


def arrays(rows: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)


@given(TABLES)
def test_placements_are_shares_of_pairs_with_ties_as_halves(rows: list[tuple[bool, int]]) -> None:
    target, score = arrays(rows)
    found = ranks.placements(target, score)
    for row, (positive, mine) in enumerate(rows):
        others = [theirs for other, theirs in rows if other != positive]
        right = [1.0 if (mine > theirs) == positive else 0.0 for theirs in others if theirs != mine]
        right += [0.5 for theirs in others if theirs == mine]
        expected = np.mean(right) if right else np.nan
        assert found[row] == pytest.approx(expected, nan_ok=True)


def average_precision(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    above = score[None, :] >= score[:, None]
    precision = (above * weights * target).sum(axis=1) / (above * weights).sum(axis=1)
    return float((weights * target * precision).sum())


@given(TABLES)
def test_contributions_to_average_precision_are_its_derivatives(rows: list[tuple[bool, int]]) -> None:
    target, score = arrays(rows)
    found, step = ranks.precision_contributions(target, score), 1e-6
    assert found.sum() == pytest.approx(average_precision(target, score, np.ones(len(rows))), abs=1e-12)
    for row in range(len(rows)):
        up, down = np.ones(len(rows)), np.ones(len(rows))
        up[row] += step
        down[row] -= step
        slope = (average_precision(target, score, up) - average_precision(target, score, down)) / (2 * step)
        assert found[row] == pytest.approx(slope, abs=1e-6)


@given(st.lists(st.integers(-5, 5).map(float), max_size=40))
def test_ranks_are_those_of_scipy_ties_included(values: list[float]) -> None:
    assert ranks.mean_ranks(np.array(values)) == pytest.approx(rankdata(values))
