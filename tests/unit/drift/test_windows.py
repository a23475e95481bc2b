"""Which stretches of time are looked at."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.drift.windows import last_windows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_weeks_are_whole_and_begin_on_monday() -> None:
    windows = last_windows(at("2026-03-04T12:00"), "week", 2)
    assert windows.starts == (at("2026-02-16"), at("2026-02-23"))
    assert (windows.start, windows.end, windows.recent) == (at("2026-02-16"), at("2026-03-02"), at("2026-02-25T12:00"))


def test_a_week_that_ends_this_moment_is_whole() -> None:
    assert last_windows(at("2026-03-02"), "week", 1).end == at("2026-03-02")


def test_days_begin_at_midnight_utc() -> None:
    east = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=3)))
    assert last_windows(east, "day", 1).starts == (at("2026-02-28"),)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(["day", "week"]), st.integers(1, 6))  # noqa: DTZ001
def test_windows_follow_one_another_up_to_the_last_whole_period(
    moment: datetime, period: Literal["day", "week"], count: int
) -> None:
    windows = last_windows(moment.replace(tzinfo=UTC), period, count)
    assert len(windows.starts) == count
    assert all(
        later - start == windows.length for start, later in zip(windows.starts, windows.starts[1:], strict=False)
    )
    assert timedelta(0) <= windows.as_of - windows.end < windows.length


@pytest.mark.parametrize("hours", [0, 30, 167])
def test_two_looks_in_one_week_see_the_same_windows(hours: int) -> None:
    assert last_windows(at("2026-03-02") + timedelta(hours=hours), "week", 4).end == at("2026-03-02")
