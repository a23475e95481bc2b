"""A lease on an environment: one run at a time, whatever machine it is on, and none for ever."""

from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.config.delivery import EnvironmentSection
from trainstop.delivery.holding import MARGIN, Hold, longest
from trainstop.errors import ConflictError, TakenOverError, UnavailableError
from trainstop.job import Run

ONE, OTHER = Run(owner="run 1 of r"), Run(owner="run 2 of r")


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def hold(here: World, run: Run = ONE) -> Hold:
    return Hold(here.elsewhere(here.root, run).job, "production")


def test_another_run_is_refused_and_told_who_is_busy_until_when(here: World) -> None:
    hold(here).take()
    with pytest.raises(ConflictError, match=r"run 1 of r is busy with production until 2026-03-01 12:10:\d\d UTC"):
        hold(here, OTHER).take()


def test_the_same_run_takes_it_again(here: World) -> None:
    first, second = hold(here), hold(here)
    first.take()
    second.take()
    second.renew()
    with pytest.raises(TakenOverError):
        first.renew()


def test_one_that_expired_is_free(here: World) -> None:
    hold(here).take()
    here.clock.sleep(MARGIN)
    hold(here, OTHER).take()


def test_one_that_is_renewed_does_not_expire(here: World) -> None:
    mine = hold(here)
    mine.take()
    for _ in range(3):
        here.clock.sleep(MARGIN - 60)
        mine.renew()
    with pytest.raises(ConflictError):
        hold(here, OTHER).take()


def test_one_that_was_given_back_is_free_and_another_s_is_not_given_back(here: World) -> None:
    mine, theirs = hold(here), hold(here, OTHER)
    mine.take()
    mine.end()
    theirs.take()
    mine.end()
    lease = here.registry.lease(NAME, "production")
    assert lease is not None
    assert lease.owner == "run 2 of r"


def test_another_environment_is_another_matter(here: World) -> None:
    hold(here).take()
    Hold(here.elsewhere(here.root, OTHER).job, "staging").take()


def test_who_lost_it_knows_even_when_it_is_free_again(here: World) -> None:
    mine, theirs = hold(here), hold(here, OTHER)
    mine.take()
    theirs.take(from_anybody=True)
    assert mine.lost()
    theirs.end()
    with pytest.raises(TakenOverError):
        mine.renew()


def test_a_registry_that_is_down_takes_nothing_away_and_gives_nothing(here: World) -> None:
    mine = hold(here)
    mine.take()
    here.registry.down = True
    assert not mine.lost()
    with pytest.raises(UnavailableError):
        mine.renew()
    mine.end()
    here.registry.down = False
    mine.renew()


def test_a_deployment_may_be_silent_for_its_longest_step() -> None:
    assert longest(EnvironmentSection(start_timeout=60, pause=10, patience=300)) == 360 + MARGIN
