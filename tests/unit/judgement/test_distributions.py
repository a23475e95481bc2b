"""Bins against scikit-learn and against counting, and what odd values do to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from trainstop.judgement import distributions
from trainstop.records.charting import MOST_CLASSES, Calibration

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def calibrated(hits: np.ndarray, said: np.ndarray, clusters: np.ndarray | None = None) -> Calibration:
    return distributions.calibration(hits, said, clusters, of="it", confidence=0.95, minimum=20)


def test_calibration_is_scikit_learns_where_no_scores_are_equal() -> None:
    draw = np.random.default_rng(0)
    said = draw.random(1000)
    hits = draw.random(1000) < said**2
    seen, mean = calibration_curve(hits, said, n_bins=10, strategy="quantile")
    found = calibrated(hits, said).bins
    assert [each.seen for each in found] == pytest.approx(seen, abs=0.012)
    assert [each.said for each in found] == pytest.approx(mean, abs=0.012)
    assert sum(each.rows for each in found) == 1000


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=80))
def test_every_row_is_in_one_bin_and_equal_scores_stay_together(rows: list[tuple[bool, int]]) -> None:
    hits, said = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) / 4
    found = calibrated(hits, said)
    if found.reason:
        assert found.bins == ()
        return
    assert sum(each.rows for each in found.bins) == len(rows)
    assert sum(each.rows * each.seen for each in found.bins) == pytest.approx(hits.sum(), abs=1e-3)
    assert len(found.bins) <= len(np.unique(said))
    assert list(found.bins) == sorted(found.bins, key=lambda each: each.said)


def test_rows_that_hang_together_widen_the_intervals_of_calibration() -> None:
    draw = np.random.default_rng(1)
    clusters = np.repeat(np.arange(40), 50)
    said = draw.random(2000)
    hits = draw.random(2000) < np.clip(said + draw.normal(scale=0.3, size=40)[clusters], 0, 1)
    alone, together = calibrated(hits, said).bins, calibrated(hits, said, clusters).bins
    width = [each.interval[1] - each.interval[0] for each in alone if each.interval]
    wider = [each.interval[1] - each.interval[0] for each in together if each.interval]
    assert np.mean(wider) > 1.3 * np.mean(width)


def test_a_bin_of_few_rows_has_no_interval() -> None:
    found = calibrated(np.arange(30) % 2 == 0, np.arange(30) / 30)
    assert found.bins
    assert all(each.interval is None for each in found.bins)


@given(arrays(np.float64, st.integers(1, 200), elements=FLOATS))
def test_a_histogram_counts_every_value_once(values: np.ndarray) -> None:
    between = distributions.edges([values])
    found = distributions.histogram({"rows": values}, between)
    if between is None:
        assert found.reason == "every row has the same value"
        return
    assert sum(found.series[0].counts) == len(values)
    assert found.beyond == np.count_nonzero((values < between[0]) | (values > between[-1]))


def test_one_far_value_does_not_leave_the_others_in_one_bin() -> None:
    values = np.append(np.random.default_rng(0).normal(size=1000), 1e9)
    found = distributions.histogram({"rows": values}, distributions.edges([values]))
    assert max(found.series[0].counts) < 300
    assert found.beyond > 0


def test_values_that_are_not_finite_give_a_reason() -> None:
    values = np.array([0.0, 1.0, np.nan])
    found = distributions.histogram({"rows": values}, distributions.edges([values]))
    assert found.reason == "some values are missing, NaN or infinite"
    assert distributions.edges([np.array([np.nan, np.inf])]) is None
    assert distributions.edges([np.array([1e308, -1e308])]) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_confusion_is_scikit_learns(rows: list[tuple[int, int]]) -> None:
    target, given_ = np.array(rows).T
    found = distributions.confusion(target, given_, "abcd")
    assert found.counts == tuple(map(tuple, confusion_matrix(target, given_, labels=range(4)).tolist()))
    assert (found.classes, found.left_out) == (("a", "b", "c", "d"), 0)


def test_of_too_many_classes_the_biggest_are_shown_and_the_others_together() -> None:
    sizes = np.array([*range(1, 51)])
    target = np.repeat(np.arange(50), sizes)
    found = distributions.confusion(target, target, [f"class {index}" for index in range(50)])
    assert len(found.classes) == MOST_CLASSES
    assert found.classes[-1] == "31 other classes"
    assert found.classes[:-1] == tuple(f"class {index}" for index in range(31, 50))
    assert sum(map(sum, found.counts)) == sizes.sum()
    assert found.counts[-1][-1] == sizes[:31].sum()


def test_rows_without_a_class_are_not_counted() -> None:
    found = distributions.confusion(np.array([0, -1, 1]), np.array([0, 0, -1]), "ab")
    assert found.counts == ((1, 0), (0, 0))
    assert distributions.confusion(np.array([-1]), np.array([0]), "ab").reason


def test_residuals_are_binned_by_what_was_predicted() -> None:
    prediction = np.arange(1000, dtype=float)
    target = prediction + np.where(prediction < 500, 0.0, 10.0)
    found = distributions.residual_bins(target, prediction)
    assert sum(each.rows for each in found) == 1000
    assert [each.middle for each in found] == [0.0] * 10 + [10.0] * 10
    assert all(each.low <= each.middle <= each.high for each in found)


@pytest.mark.parametrize("prediction", [[1.0, 1.0], [np.nan, np.nan], []])
def test_constant_predictions_have_no_residual_bins(prediction: list[float]) -> None:
    assert distributions.residual_bins(np.zeros(len(prediction)), np.array(prediction)) == ()
