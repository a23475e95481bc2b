"""What was found of training in the evaluation data, as checks: what fails, what warns, what chance explains."""

from datetime import UTC, datetime

import pytest

from trainstop.config.leakage import LeakageSection
from trainstop.judgement import leakage
from trainstop.judgement.leakage import Overlap, Repeats
from trainstop.records import CheckStatus

DEFAULT = LeakageSection()


def repeats(**changes: int) -> Repeats:
    return Repeats(**{"rows": 1000, "within": 0, "shared": 0, "training_rows": 4000, **changes})


def test_a_row_with_the_id_and_content_of_a_training_row_fails() -> None:
    found = leakage.shared_rows(repeats(identical=1, same_id=1, shared=1), DEFAULT)
    assert found.status is CheckStatus.FAILED
    assert found.reason.startswith("1 of 1,000 evaluation rows are training rows")
    warned = leakage.shared_rows(repeats(identical=1), LeakageSection(mode="warn"))
    assert warned.status is CheckStatus.WARNED


@pytest.mark.parametrize(
    ("within", "shared", "status"),
    [
        (0, 0, CheckStatus.PASSED),
        (0, 10, CheckStatus.PASSED),
        (0, 11, CheckStatus.WARNED),
        (50, 210, CheckStatus.PASSED),
        (50, 211, CheckStatus.WARNED),
        (900, 1000, CheckStatus.PASSED),
    ],
)
def test_equal_rows_warn_beyond_what_chance_explains(within: int, shared: int, status: CheckStatus) -> None:
    found = leakage.shared_rows(repeats(within=within, shared=shared), DEFAULT)
    assert found.status is status, found.reason
    assert ("up to" in found.reason) is bool(within)


def test_the_same_id_with_other_content_is_said() -> None:
    found = leakage.shared_rows(repeats(identical=0, same_id=7), DEFAULT)
    assert found.status is CheckStatus.PASSED
    assert "7 have the id of a training row with other content" in found.reason


def test_the_target_in_other_words_fails() -> None:
    found = leakage.target_among_features(("a", "b"), 9, 500, DEFAULT)
    assert (found.status, found.value) == (CheckStatus.FAILED, "`a`, `b`")
    assert leakage.target_among_features((), 9, 500, DEFAULT).status is CheckStatus.PASSED
    many = leakage.target_among_features(tuple("abcdefg"), 9, 500, DEFAULT)
    assert many.reason.startswith("`a`, `b`, `c`, `d`, `e` and 2 more: ")


@pytest.mark.parametrize(
    ("strengths", "model", "status"),
    [
        ({"a": 0.7, "b": 0.96}, 0.97, CheckStatus.WARNED),
        ({"a": 0.7, "b": 0.95}, 0.99, CheckStatus.PASSED),
        ({"a": 0.7, "b": 0.9}, None, CheckStatus.PASSED),
        ({"a": 0.7, "b": 0.899}, 0.9, CheckStatus.WARNED),
        ({"a": 0.5, "b": 0.699}, 0.7, CheckStatus.PASSED),
        ({"b": 0.899}, 0.9, CheckStatus.PASSED),
    ],
)
def test_one_feature_that_is_nearly_the_model_warns(strengths, model, status: CheckStatus) -> None:
    found = leakage.too_good(strengths, model, 0.5, DEFAULT)
    assert found.status is status, found.reason
    assert "`b`" in found.reason


@pytest.mark.parametrize(("mode", "status"), [("block", "failed"), ("warn", "warned"), ("off", "skipped")])
def test_evaluation_that_begins_before_training_ends_is_as_the_project_says(mode, status: str) -> None:
    mixed = Overlap(100, 40, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert leakage.time_order(mixed, LeakageSection(time_order=mode)).status == status
    same = Overlap(100, 40, clusters=3)
    assert leakage.cluster_overlap(same, "day", LeakageSection(cluster_overlap=mode)).status == status


def test_later_rows_of_other_clusters_pass() -> None:
    apart = Overlap(100, 0, datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert leakage.time_order(apart, DEFAULT).status is CheckStatus.PASSED
    assert leakage.cluster_overlap(apart, "day", DEFAULT).status is CheckStatus.PASSED
    assert leakage.time_order(Overlap(0, 0), DEFAULT).status is CheckStatus.SKIPPED
