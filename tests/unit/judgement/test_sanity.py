"""The same answer to the same row."""

import numpy as np

from trainstop.judgement import sanity
from trainstop.records import CheckStatus


def test_answers_that_differ_are_counted_by_row_and_nan_equals_nan() -> None:
    then = {"score": np.array([0.1, 0.2, np.nan, 0.4])}
    now = {"score": np.array([0.1, 0.2 + 1e-8, np.nan, 0.5])}
    found = sanity.same("repeats", now, then, "again")
    assert (found.status, found.reason) == (CheckStatus.FAILED, "1 of 4 rows were answered differently again")
    assert found.value == np.float64(0.09999999999999998)
    assert sanity.same("repeats", then, then, "again").status is CheckStatus.PASSED


def test_a_number_that_became_nan_is_another_answer() -> None:
    then, now = {"score": np.array([0.1, 0.2])}, {"score": np.array([0.1, np.nan])}
    assert sanity.same("repeats", now, then, "again").status is CheckStatus.FAILED


def test_labels_are_compared_as_they_are_written() -> None:
    first = {"prediction": np.array([1, 2], dtype=object)}
    assert sanity.same("r", first, {"prediction": np.array(["1", "2"])}, "").status is CheckStatus.PASSED
    assert sanity.same("r", first, {"prediction": np.array(["1", "3"])}, "").status is CheckStatus.FAILED


def test_nothing_to_compare_is_no_pass() -> None:
    nothing = {"score": np.array([])}
    assert sanity.same("r", nothing, nothing, "").status is CheckStatus.FAILED
    assert sanity.same("r", {}, {"score": np.array([1.0])}, "").status is CheckStatus.FAILED


def test_a_model_that_says_the_same_to_all_rows_does_not_look_at_them() -> None:
    assert sanity.varies({"score": np.full(5, 0.3)}).status is CheckStatus.FAILED
    assert sanity.varies({"score": np.array([0.3])}).status is CheckStatus.INCONCLUSIVE
    assert sanity.varies({"a": np.full(3, 0.3), "b": np.array([0.1, 0.2, 0.2])}).value == 2.0
