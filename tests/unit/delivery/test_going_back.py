"""The way back from every state a target can be in."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from trainstop.delivery.going_back import left_over, on_trial, way_back
from trainstop.delivery.notes import RollbackNote
from trainstop.ports.targets import Current

AT = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = st.integers(1, 4)


def current(
    serving: int | None, last_good: int | None = None, prepared: tuple[int, ...] = (), **traffic: int
) -> Current:
    shares = {int(name[1:]): share for name, share in traffic.items()}
    return Current(traffic=shares, serving=serving, last_good=last_good, endpoint="", prepared=prepared)


def test_what_gets_requests_without_being_committed_is_on_trial() -> None:
    assert on_trial(current(2, 1, v2=90, v3=10, v4=0)) == (3,)


def test_what_runs_for_nothing_is_left_over() -> None:
    assert left_over(current(2, 1, (1, 2, 3, 4), v2=90, v3=10)) == (4,)


def test_after_a_restart_what_was_on_trial_is_taken_away_and_not_what_served() -> None:
    way = way_back(current(2, 1, (2, 3)), None, None, "production")
    assert (way.abort, way.to, way.left, way.commits) == ((3,), 2, 3, False)
    named = way_back(current(2, 1, (2, 3)), None, None, "production", leave=2)
    assert (named.abort, named.to, named.left, named.commits) == ((3,), 1, 2, True)


def test_where_the_traffic_is_not_told_what_is_prepared_may_be_on_trial() -> None:
    now = replace(current(2, 1, (1, 2, 3), v2=100), told=False)
    assert way_back(now, None, None, "production").abort == (3,)
    assert way_back(replace(now, prepared=(1, 2)), None, None, "production").to == 1


@given(
    prepared=st.lists(VERSIONS, unique=True, max_size=3).map(tuple),
    serving=st.none() | VERSIONS,
    last_good=st.none() | VERSIONS,
    traffic=st.dictionaries(VERSIONS, st.integers(0, 100), max_size=3),
    note=st.none() | st.builds(RollbackNote, left=VERSIONS, to=VERSIONS, at=st.just(AT), finished=st.booleans()),
)
def test_every_state_has_a_way_back_or_a_reason(
    prepared: tuple[int, ...],
    serving: int | None,
    last_good: int | None,
    traffic: dict[int, int],
    note: RollbackNote | None,
) -> None:
    now = Current(traffic=traffic, serving=serving, last_good=last_good, endpoint="", prepared=prepared)
    way = way_back(now, note, None, "production")
    assert bool(way.impossible) != bool(way.abort or way.to is not None)
    assert way.to not in way.abort
    assert not way.commits or way.to is not None
