"""Checks add up to a status, and nothing seen is never a pass."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trainstop.records import Check, CheckStatus, Status, conclude

statuses = st.lists(st.sampled_from(list(CheckStatus)), max_size=6)


@given(statuses)
def test_one_failed_check_fails_the_stage_whatever_the_others_say(seen: list[CheckStatus]) -> None:
    checks = [Check(name=str(number), status=status) for number, status in enumerate(seen)]
    failed = Check(name="last", status=CheckStatus.FAILED, reason="it broke")
    result = conclude([*checks, failed])
    assert result.status is Status.FAILED
    assert "last: it broke" in result.reason


@given(statuses.filter(lambda seen: not set(seen) & {CheckStatus.PASSED, CheckStatus.WARNED}))
def test_a_stage_passes_only_when_something_was_seen_to_hold(seen: list[CheckStatus]) -> None:
    assert conclude([Check(name="c", status=status) for status in seen]).status is not Status.PASSED


def test_a_warning_passes_and_is_named() -> None:
    result = conclude([Check(name="a", status=CheckStatus.PASSED), Check(name="b", status=CheckStatus.WARNED)])
    assert result.status is Status.PASSED
    assert result.reason == "2 checks held, with a warning about b"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_cannot_enter_a_record(value: float) -> None:
    with pytest.raises(ValidationError):
        Check(name="a", status=CheckStatus.PASSED, value=value)
