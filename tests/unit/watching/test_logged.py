"""What the log says of itself."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trainstop.drift.profile import Profile
from trainstop.drift.windows import last_windows
from trainstop.watching.logged import Empty, answering, closed, freshness, volume

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WINDOWS = last_windows(NOW, "week", 4)
SUNDAY = 6
EMPTY = Empty("nowhere", NOW)


@pytest.mark.parametrize(("hours", "level"), [(-1, "quiet"), (23, "quiet"), (25, "act")])
def test_an_old_log_says_act(hours: int, level: str) -> None:
    assert freshness(NOW - timedelta(hours=hours), NOW, 86400, EMPTY).level == level


@pytest.mark.parametrize(
    ("promoted", "registered", "level"),
    [
        (None, 3, "look"),
        (None, 0, "not enough data"),
        (3, 9, "act"),
        (0, 9, "not enough data"),
        (-1, -2, "not enough data"),
    ],
)
def test_a_log_that_never_began_is_trouble_once_the_version_should_have_been_asked(
    promoted: int | None, registered: int, level: str
) -> None:
    since = None if promoted is None else NOW - timedelta(days=promoted)
    empty = Empty("no files match `monitor.log` = 'x'", NOW - timedelta(days=registered), since)
    found = freshness(None, NOW, 86400, empty)
    assert (found.level, "no files match `monitor.log` = 'x'" in found.reason) == (level, True)


@pytest.mark.parametrize(
    ("answered_by", "promoted", "level"),
    [
        ({1: 1680}, None, "look"),
        ({1: 1680}, -3, "look"),
        ({1: 1680}, -8, "act"),
        ({1: 1680}, 0, "not enough data"),
        ({1: 1680, 2: 3}, None, "quiet"),
    ],
)
def test_that_only_other_versions_answer_is_to_be_looked_at(
    answered_by: dict[int, int], promoted: int | None, level: str
) -> None:
    since = None if promoted is None else NOW + timedelta(days=promoted)
    found = answering(answered_by, 2, promoted=since, windows=WINDOWS, limit_seconds=7 * 86400)
    assert found is not None
    assert found.level == level
    assert ("1680 rows were answered by version 1" in found.reason) == (level in {"look", "act"})


def test_a_log_that_names_no_version_says_nothing_about_it() -> None:
    assert answering({}, 2, promoted=None, windows=WINDOWS, limit_seconds=86400) is None


def test_a_log_of_whose_versions_none_can_be_read_is_to_be_looked_at() -> None:
    found = answering({}, 2, promoted=None, windows=WINDOWS, limit_seconds=86400, unread=1680)
    assert found is not None
    assert (found.level, "the version of 1680 rows cannot be read" in found.reason) == ("look", True)


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((100, 100, 100, 90), "quiet"),
        ((100, 100, 100, 10), "look"),
        ((0, 0, 0, 90), "not enough data"),
        ((0, 80, 0, 0), "look"),
    ],
)
def test_a_volume_that_collapsed_is_to_be_looked_at(rows: tuple[int, ...], level: str) -> None:
    assert volume(rows).level == level


@pytest.mark.parametrize(("shut", "days", "level"), [(True, 60, "quiet"), (False, 60, "look"), (True, 20, "look")])
def test_a_day_on_which_training_never_had_a_row_may_have_none(*, shut: bool, days: int, level: str) -> None:
    every = [date(2026, 1, 5) + timedelta(number) for number in range(days)]
    starts = tuple(day for day in every if day.weekday() < SUNDAY or not shut)
    trained = Profile(time="t", period="day", starts=starts, rows=(100,) * len(starts), columns=())
    found = volume((100, 100, 100, 0), closed(trained, date(2026, 3, 15)))
    assert (found.level, "on a Sunday either" in found.reason) == (level, level == "quiet")


def test_an_empty_log_of_a_version_of_unknown_age_is_worth_a_look() -> None:
    found = freshness(None, NOW, 60.0, Empty("nowhere", None))
    assert (found.level, found.value) == ("look", None)
    assert "nowhere" in found.reason
