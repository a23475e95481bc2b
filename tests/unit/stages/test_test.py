from pathlib import Path

import pytest

from trainstop.config.checks import TestSection as Section
from trainstop.ports.processes import Outcome
from trainstop.pytest_reports import Counts
from trainstop.records import CheckStatus
from trainstop.stages import test as stage


def outcome(exit_code=0, **options):
    fields = {"wall_seconds": 1, "cpu_seconds": 1, "peak_memory_bytes": 1, "log": Path("x")}
    return Outcome(exit_code=exit_code, **fields, **options)


def counts(tests=3, failed=0, skipped=0):
    return Counts(tests, failed, skipped, ())


@pytest.mark.parametrize(
    ("ended", "seen", "status", "words"),
    [
        (outcome(), counts(), CheckStatus.PASSED, "3 passed"),
        (outcome(), counts(skipped=1), CheckStatus.PASSED, "2 passed, 1 skipped"),
        (outcome(1), counts(failed=2), CheckStatus.FAILED, "2 of 3 failed"),
        (outcome(), counts(failed=1), CheckStatus.FAILED, "1 of 3 failed"),
        (outcome(5), counts(0), CheckStatus.FAILED, "no test was collected"),
        (outcome(), counts(2, skipped=2), CheckStatus.FAILED, "all 2 tests were skipped"),
        (outcome(), None, CheckStatus.FAILED, "without writing its report"),
        (outcome(1), counts(), CheckStatus.FAILED, "exit code 1"),
        (outcome(4), None, CheckStatus.FAILED, "exit code 4"),
        (outcome(None, signal="SIGSEGV"), None, CheckStatus.FAILED, "SIGSEGV"),
        (outcome(None, signal="SIGKILL", out_of_memory=True), None, CheckStatus.FAILED, "out of memory"),
    ],
)
def test_pytest_is_judged_by_its_exit_code_and_its_report(ended, seen, status, words):
    check = stage.judge(Section(), ended, seen, pytest=True)
    assert check.status is status
    assert words in check.reason


@pytest.mark.parametrize("seen", [(outcome(5), counts(0)), (outcome(), counts(2, skipped=2))])
def test_no_test_may_be_allowed_and_is_still_a_warning(seen):
    assert stage.judge(Section(allow_none=True), *seen, pytest=True).status is CheckStatus.WARNED


def test_allowing_none_forgives_no_crash():
    assert stage.judge(Section(allow_none=True), outcome(3), None, pytest=True).status is CheckStatus.FAILED


@pytest.mark.parametrize(("ended", "status"), [(outcome(), CheckStatus.PASSED), (outcome(5), CheckStatus.FAILED)])
def test_any_other_command_is_judged_by_its_exit_code(ended, status):
    assert stage.judge(Section(), ended, None, pytest=False).status is status


@pytest.mark.parametrize(
    ("seen", "status"), [(0.8, CheckStatus.PASSED), (0.79, CheckStatus.FAILED), (None, CheckStatus.FAILED)]
)
def test_coverage_is_compared_with_its_minimum(seen, status):
    (check,) = stage.judge_coverage(Section(minimum_coverage=0.8), seen)
    assert check.status is status
    assert check.limit == 0.8


def test_without_a_minimum_coverage_is_no_check():
    assert stage.judge_coverage(Section(), 0.1) == []
