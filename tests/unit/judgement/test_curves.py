"""Curves against scikit-learn, ties included, and by what every curve must be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from trainstop.judgement import curves
from trainstop.records.charting import MOST_POINTS

TABLES = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=60).filter(
    lambda rows: len({row[0] for row in rows}) == 2 and len({row[1] for row in rows}) > 1
)


def arrays(rows: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float) / 7


def many(rows: int, seed: int, digits: int = 9) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    target = draw.random(rows) < 0.1
    return target, np.round(draw.normal(size=rows) + 1.2 * target, digits)


def under(points: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(points).T
    return float(auc(x, y))


def is_on(points: np.ndarray, curve: np.ndarray) -> bool:
    """Say whether each point is one of a curve's, or on the straight line between two that follow one another."""
    for point in points:
        starts, ends = curve[:-1], curve[1:]
        length = ends - starts
        area = np.abs(length[:, 0] * (point - starts)[:, 1] - length[:, 1] * (point - starts)[:, 0])
        between = np.all(
            (point >= np.minimum(starts, ends) - 1e-6) & (point <= np.maximum(starts, ends) + 1e-6), axis=1
        )
        if not np.any(between & (area < 1e-6)):
            return False
    return True


@given(TABLES)
def test_a_short_roc_curve_is_scikit_learns(rows: list[tuple[bool, int]]) -> None:
    target, score = arrays(rows)
    found = curves.roc(target, score)
    x, y, _ = roc_curve(target, score, drop_intermediate=False)
    assert is_on(np.array([*zip(x, y, strict=True)]), np.array(found.points))
    assert is_on(np.array(found.points), np.array([*zip(x, y, strict=True)]))
    assert found.area == pytest.approx(roc_auc_score(target, score))


@given(TABLES)
def test_a_short_precision_recall_curve_is_scikit_learns(rows: list[tuple[bool, int]]) -> None:
    target, score = arrays(rows)
    found = curves.precision_recall(target, score)
    precision, recall, _ = precision_recall_curve(target, score)
    expected = np.array([*zip(recall[::-1], precision[::-1], strict=True)])
    assert is_on(np.array(found.points), expected)
    assert is_on(expected, np.array(found.points))
    assert found.area == pytest.approx(average_precision_score(target, score))


@given(TABLES)
def test_curves_run_from_corner_to_corner_and_never_back(rows: list[tuple[bool, int]]) -> None:
    target, score = arrays(rows)
    roc = np.array(curves.roc(target, score).points)
    assert roc[0].tolist() == [0, 0]
    assert roc[-1].tolist() == [1, 1]
    assert np.all(np.diff(roc, axis=0) >= 0)
    recall = np.array(curves.precision_recall(target, score).points)
    assert recall[0].tolist() == [0, 1]
    assert recall[-1].tolist() == [1, pytest.approx(target.mean(), abs=1e-6)]
    assert np.all(np.diff(recall[:, 0]) >= 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "digits"), [(1500, 9), (60_000, 9), (60_000, 1), (300, 0)])
def test_a_thinned_curve_keeps_the_area_of_the_whole(rows: int, digits: int, seed: int) -> None:
    target, score = many(rows, seed, digits)
    roc = curves.roc(target, score)
    assert len(roc.points) <= MOST_POINTS
    assert under(roc.points) == pytest.approx(roc_auc_score(target, score), abs=1e-3)
    found = curves.precision_recall(target, score)
    precision, recall, _ = precision_recall_curve(target, score)
    assert len(found.points) <= MOST_POINTS
    assert under(found.points) == pytest.approx(auc(recall, precision), abs=1e-3)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=400), st.integers(2, 50))
def test_thinning_keeps_both_ends_and_no_more_than_it_may(steps: list[float], most: int) -> None:
    x = np.cumsum(steps)
    kept = curves.thinned(x, np.sort(np.sin(x)), most)
    assert len(kept) <= max(most, 2)
    assert (kept[0], kept[-1]) == (0, len(x) - 1)
    assert np.all(np.diff(kept) > 0)


def test_what_bends_most_stays() -> None:
    x = np.linspace(0, 1, 101)
    y = np.where(x < 0.4, 0.0, 1.0)
    kept = curves.thinned(x, y, 4)
    assert kept.tolist() == [0, 39, 40, 100]


@pytest.mark.parametrize(
    ("target", "score", "reason"),
    [
        ([], [], "there are no rows"),
        ([1, 1], [0.1, 0.2], "every row is positive"),
        ([0, 0], [0.1, 0.2], "every row is negative"),
        ([0, 1], [0.5, 0.5], "every row has the same score"),
        ([0, 1], [0.5, np.nan], "some scores are missing, NaN or infinite"),
        ([0, 1], [0.5, np.inf], "some scores are missing, NaN or infinite"),
    ],
)
@pytest.mark.parametrize("curve", [curves.roc, curves.precision_recall])
def test_what_gives_no_curve_gives_a_reason(curve, target, score, reason) -> None:
    found = curve(np.array(target, dtype=bool), np.array(score, dtype=float))
    assert (found.points, found.reason) == ((), reason)
