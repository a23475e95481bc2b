"""A champion that was trained on the time it would be judged on has an advantage that no later day will give it."""

from datetime import date, timedelta

import pytest

from trainstop.drift.hindsight import Hindsight, hindsight
from trainstop.drift.profile import Profile

MONDAY = date(2026, 6, 1)


def weeks(*numbers: int, rows: int = 100, days: int = 7) -> Profile:
    """Return the profile of some weeks, counted from the first one."""
    starts = tuple(MONDAY + timedelta(weeks=number) for number in numbers)
    return Profile(
        time="at",
        period="week",
        starts=starts,
        rows=(rows,) * len(starts),
        days=(days,) * len(starts),
        columns=(),
    )


def test_a_champion_retrained_on_the_evaluation_weeks_knows_them_beforehand() -> None:
    found = hindsight(weeks(4, 5, 6, 7), weeks(*range(8)), weeks(0, 1, 2, 3))
    assert found == Hindsight(rows=400, of=400, first=MONDAY + timedelta(weeks=4), last=MONDAY + timedelta(weeks=7))
    assert found.matters


@pytest.mark.parametrize(
    ("champion", "candidate"),
    [
        (weeks(0, 1), weeks(0, 1, 2)),
        (weeks(*range(8)), weeks(*range(8))),
        (weeks(4, days=3).model_copy(update={"days": (3,)}), weeks(4)),
    ],
    ids=["older than the candidate", "rows split at random", "a week that both know"],
)
def test_nothing_is_known_beforehand(champion: Profile, candidate: Profile) -> None:
    assert hindsight(weeks(4, 5), champion, candidate) is None


def test_a_week_that_is_cut_off_at_the_end_of_training_is_not_known() -> None:
    champion = weeks(0, 1, 2, 3, 4).model_copy(update={"days": (7, 7, 7, 7, 5)})
    assert hindsight(weeks(4, 5, 6), champion, weeks(0, 1)) is None


def test_one_week_of_a_long_evaluation_is_overlooked() -> None:
    found = hindsight(weeks(*range(4, 44)), weeks(*range(5)), weeks(0, 1, 2, 3))
    assert found is not None
    assert not found.matters


def days(*numbers: int, rows: int = 100) -> Profile:
    """Return the profile of some days, counted from the first Monday."""
    starts = tuple(MONDAY + timedelta(days=number) for number in numbers)
    counts = (1,) * len(starts)
    return Profile(time="at", period="day", starts=starts, rows=(rows,) * len(starts), days=counts, columns=())


@pytest.mark.parametrize(
    ("evaluation", "champion", "candidate", "last"),
    [
        (weeks(1, 2, rows=700), weeks(0, 1, 2), days(*range(7)), 14),
        (days(*range(7, 21)), days(*range(21)), weeks(0), 20),
        (days(*range(7, 21)), weeks(0, 1, 2), weeks(0), 20),
    ],
    ids=["the candidate's are days", "the champion's are days", "the evaluation's are days"],
)
def test_days_are_added_up_to_weeks_where_the_others_are_weeks(
    evaluation: Profile, champion: Profile, candidate: Profile, last: int
) -> None:
    first, end = (MONDAY + timedelta(days=number) for number in (7, last))
    assert hindsight(evaluation, champion, candidate) == Hindsight(rows=1400, of=1400, first=first, last=end)


def test_a_week_of_which_only_some_days_were_trained_on_is_not_known() -> None:
    assert hindsight(weeks(1, 2), days(*range(10)), weeks(0, 1)) is None


def test_a_week_of_which_the_candidate_saw_some_days_only_is_still_known_to_the_champion_alone() -> None:
    found = hindsight(weeks(1, 2), weeks(0, 1, 2), days(*range(10)))
    assert found is not None
    assert (found.first, found.last) == (MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=2))


def test_a_profile_that_is_not_cut_by_time_tells_nothing() -> None:
    timeless = Profile(time="", period="day", starts=(None,), rows=(100,), columns=())
    assert hindsight(weeks(0, 1), weeks(0, 1), timeless) is None
    assert hindsight(weeks(0, 1), timeless, weeks(4)) is None
