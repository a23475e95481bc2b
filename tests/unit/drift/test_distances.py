"""Distances between histograms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon

from trainstop.drift.distances import histograms, jensen_shannon, nearest, nearest_distance, shares
from trainstop.drift.profile import ColumnProfile

COUNTS = arrays(np.float64, (2, 6), elements=st.integers(0, 1000).map(float))


@given(COUNTS)
def test_it_is_the_jensen_shannon_distance_in_bits(counts: np.ndarray) -> None:
    counts[:, 0] += 1
    left, right = shares(counts)
    assert jensen_shannon(left, right) == pytest.approx(jensenshannon(left, right, base=2), abs=1e-6)
    assert jensen_shannon(left, right) == jensen_shannon(right, left)


def test_it_is_0_for_equal_and_1_for_disjoint_histograms() -> None:
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


def test_an_empty_histogram_has_no_shares() -> None:
    assert shares(np.zeros((1, 3))).tolist() == [[0, 0, 0]]


def test_the_nearest_is_that_with_the_smallest_distance() -> None:
    random = np.random.default_rng(0)
    reference, windows = (shares(random.integers(50, 500, (count, 8)).astype(float)) for count in (30, 10))
    distances = np.array([[jensen_shannon(window, period) for period in reference] for window in windows])
    assert nearest(windows, reference).tolist() == distances.argmin(axis=1).tolist()
    assert nearest_distance(windows, reference) == pytest.approx(distances.min(axis=1))


def test_a_period_is_not_its_own_nearest() -> None:
    own = shares(np.array([[9.0, 1.0], [8.0, 2.0], [1.0, 9.0]]))
    assert nearest(own, own, same=True).tolist() == [1, 0, 1]


def column(**fields: object) -> ColumnProfile:
    return ColumnProfile.model_validate({"name": "v", "type": "DOUBLE"} | fields)


def test_what_is_out_of_range_is_counted_with_its_neighbour_inside() -> None:
    found = histograms(column(kind="numeric", edges=(0.0, 1.0, 2.0, 3.0), counts=((1, 10, 20, 30, 2),)))
    assert found.tolist() == [[11, 20, 32]]


def test_a_constant_column_keeps_its_bins_apart() -> None:
    assert histograms(column(kind="numeric", edges=(0.9, 1.0), counts=((0, 10, 3),))).tolist() == [[0, 10, 3]]


def test_categories_are_as_they_are_counted() -> None:
    assert histograms(column(kind="categorical", values=("a",), counts=((5, 1), (4, 0)))).tolist() == [[5, 1], [4, 0]]
