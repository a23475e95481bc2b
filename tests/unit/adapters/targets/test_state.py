from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.adapters.targets.local.state import (
    KEPT,
    Entry,
    State,
    aborting,
    committing,
    expiring,
    preparing,
    shifting,
    warming,
)
from trainstop.errors import ConflictError

ENTRY = Entry(folder="f", manifest="m", python="p")


def history(*versions: int) -> State:
    state = State()
    for version in versions:
        state = committing(preparing(state, version, ENTRY), version)
    return state


def test_a_prepared_version_runs_without_traffic() -> None:
    state = preparing(history(1), 2, ENTRY)
    assert state.wanted == {1, 2}
    assert state.traffic == {1: 100}
    assert state.prepared == (2,)


def test_a_share_leaves_the_rest_to_the_committed_version() -> None:
    state = shifting(preparing(history(1), 2, ENTRY), 2, 10)
    assert state.traffic == {1: 90, 2: 10}
    assert shifting(state, 2, 100).traffic == {2: 100}
    assert shifting(state, 2, 0).traffic == {1: 100}


def test_a_first_version_takes_all_or_nothing() -> None:
    state = preparing(State(), 1, ENTRY)
    with pytest.raises(ConflictError, match="could take the rest"):
        shifting(state, 1, 50)
    assert shifting(state, 1, 100).traffic == {1: 100}


def test_what_is_not_prepared_cannot_get_traffic_or_be_committed() -> None:
    for change in (lambda: shifting(history(1), 2, 10), lambda: committing(history(1), 2)):
        with pytest.raises(ConflictError, match="not prepared any more"):
            change()


def test_committing_makes_the_one_before_the_last_good() -> None:
    state = history(1, 2)
    assert (state.committed, state.last_good, state.traffic) == (2, 1, {2: 100})
    assert state.wanted == {2}
    assert state.versions.keys() == {1, 2}


def test_going_back_forgets_what_was_left_so_that_going_back_again_does_not_return_to_it() -> None:
    state = committing(warming(history(1, 2, 3), 2), 2)
    assert (state.committed, state.last_good) == (2, 1)
    state = committing(warming(state, 1), 1)
    assert (state.committed, state.last_good) == (1, None)


def test_an_earlier_version_deployed_again_is_a_new_one() -> None:
    state = history(1, 2, 1)
    assert (state.committed, state.last_good) == (1, 2)


def test_only_as_many_copies_are_kept_as_one_can_go_back_to() -> None:
    state = history(*range(1, 8))
    assert len(state.versions) == KEPT
    assert set(state.good) == set(state.versions)


def test_aborting_takes_a_candidate_away_and_twice_is_once() -> None:
    state = shifting(preparing(history(1), 2, ENTRY), 2, 50)
    once = aborting(state, 2)
    assert (once.traffic, once.wanted, once.versions.keys()) == ({1: 100}, {1}, {1})
    assert aborting(once, 2) == once


def test_the_committed_version_cannot_be_aborted() -> None:
    with pytest.raises(ConflictError, match="rollback"):
        aborting(history(1), 1)


def test_aborting_an_earlier_version_that_was_prepared_again_keeps_its_copy() -> None:
    state = aborting(preparing(history(1, 2), 1, ENTRY), 1)
    assert (state.committed, state.last_good, state.versions.keys()) == (2, 1, {1, 2})


def test_only_kept_versions_can_be_warmed() -> None:
    assert warming(history(1, 2), 1).wanted == {1, 2}
    with pytest.raises(ConflictError):
        warming(history(1), 9)


def test_what_is_stopped_wants_nothing_until_it_is_used_again() -> None:
    state = history(1).model_copy(update={"stopped": True})
    assert state.wanted == frozenset()
    assert preparing(state, 1, ENTRY).wanted == {1}
    assert warming(state, 1).wanted == {1}


def test_expiry_leaves_the_committed_version_alone() -> None:
    state = warming(shifting(preparing(history(1, 2), 3, ENTRY), 3, 50), 1)
    assert (expiring(state).traffic, expiring(state).wanted) == ({2: 100}, {2})


ACTIONS: dict[str, Callable[[State, int], State]] = {
    "prepare": lambda state, version: preparing(state, version, ENTRY),
    "shift": lambda state, version: shifting(state, version, 30),
    "commit": committing,
    "abort": aborting,
    "warm": warming,
}
ACTS = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(1, 4)))


@given(ACTS)
def test_whatever_happens_all_traffic_goes_to_versions_that_run_and_whose_files_are_kept(
    acts: list[tuple[str, int]],
) -> None:
    state = State()
    for act, version in acts:
        with suppress(ConflictError):
            state = ACTIONS[act](state, version)
        assert sum(state.traffic.values()) in (0, 100)
        assert state.traffic.keys() <= state.wanted <= state.versions.keys()
        assert State.model_validate_json(state.model_dump_json()) == state
