"""`reconcile`: all old or all new, and target, ledger and registry agree."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world
from tests.fakes.target import Died, FakeTarget

from trainstop.delivery.exclusive import exclusively
from trainstop.delivery.holding import MARGIN, Hold
from trainstop.errors import ConfigurationError, MachineBoundError
from trainstop.job import Run
from trainstop.records import Status
from trainstop.stages import promote, reconcile, rollback


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    for _ in range(3):
        here.version()
    for number in (1, 2):
        production(here).prepared.add(number)
        production(here).commit(number)
        here.entry("deploy", "production", number)
        promote.run(here.job)
    return here


def production(here: World) -> FakeTarget:
    return here.targets["production"]


def actions(here: World) -> tuple[str, ...]:
    part = reconcile.run(here.job).part
    assert part is not None
    return part.actions


def test_nothing_left_behind_is_nothing_done(here: World) -> None:
    result = reconcile.run(here.job)
    assert (result.status, result.reason) == (Status.PASSED, "nothing was left behind")
    assert here.aliases() == {"champion": 2, "previous": 1}


def test_a_canary_that_was_left_is_taken_away(here: World) -> None:
    production(here).prepared.add(3)
    production(here).shift(3, 10)
    done = actions(here)
    assert done[0] == "production: took away version 3, left at 10% by an interrupted deployment"
    assert production(here).traffic == {2: 100}
    assert here.history()[-1] == ("reconcile", "production", 2, "undone")
    assert actions(here) == ()


def test_a_version_that_had_all_traffic_without_being_committed_is_taken_away(here: World) -> None:
    production(here).shift(3, 100)
    actions(here)
    assert production(here).traffic == {2: 100}


def test_a_version_that_only_runs_is_taken_away(here: World) -> None:
    production(here).prepared.add(3)
    actions(here)
    assert production(here).prepared == {1, 2}


def test_a_deployment_that_was_committed_and_not_written_is_written(here: World) -> None:
    production(here).prepared.add(3)
    production(here).commit(3)
    result = reconcile.run(here.job)
    assert here.history()[-1] == ("reconcile", "production", 3, "done")
    assert result.status is Status.PASSED
    assert "production serves version 3, which was not promoted" in result.checks[-1].reason
    assert here.aliases() == {"champion": 2, "previous": 1}


def test_a_promotion_that_was_written_and_not_done_is_done(here: World) -> None:
    production(here).prepared.add(3)
    production(here).commit(3)
    here.entry("deploy", "production", 3)
    here.entry("promote", "production", 3)
    assert "registry: moved `champion` from 2 to 3" in actions(here)
    assert here.aliases() == {"champion": 3, "previous": 2}


def test_a_champion_that_vanished_comes_back_when_the_ledger_proves_it(here: World) -> None:
    del here.registry.pointers[NAME]["champion"]
    actions(here)
    assert here.aliases()["champion"] == 2


def test_a_rollback_with_the_registry_down_is_told_later(here: World) -> None:
    here.registry.down = True
    rollback.run(here.job, reason="errors")
    here.registry.down = False
    done = actions(here)
    assert "ledger: wrote the rollback of production" in done
    assert here.aliases() == {"champion": 1}
    assert here.registry.entries(NAME)[-1].reason == "errors"
    assert actions(here) == ()


def test_a_rollback_that_died_is_finished(here: World) -> None:
    production(here).dies_after = 1
    with pytest.raises(Died):
        rollback.run(here.job)
    assert "production: finished an interrupted rollback" in actions(here)
    assert (production(here).serving, here.aliases()) == (1, {"champion": 1})
    assert actions(here) == ()


def test_a_rollback_that_died_before_its_first_step_is_finished(here: World) -> None:
    commit = production(here).commit

    def die(version: int) -> None:
        raise Died

    production(here).commit = die  # type: ignore[method-assign]
    with pytest.raises(Died):
        rollback.run(here.job)
    production(here).commit = commit  # type: ignore[method-assign]
    actions(here)
    assert production(here).serving == 1


def test_an_old_rollback_does_not_undo_what_was_deployed_since(here: World) -> None:
    production(here).dies_after = 1
    with pytest.raises(Died):
        rollback.run(here.job)
    production(here).prepared.add(3)
    production(here).commit(3)
    here.entry("deploy", "production", 3)
    actions(here)
    assert production(here).serving == 3


def test_the_staging_alias_follows_its_target(here: World) -> None:
    here.targets["staging"] = FakeTarget.with_history(2)
    actions(here)
    assert here.aliases()["staging"] == 2


def test_uploads_that_died_are_ended(here: World) -> None:
    here.registry.left_behind = ["removed the interrupted upload 7"]
    assert actions(here) == ("registry: removed the interrupted upload 7",)


def test_targets_are_settled_while_the_registry_is_down(here: World) -> None:
    production(here).shift(3, 10)
    here.registry.down = True
    result = reconcile.run(here.job)
    assert result.status is Status.FAILED
    assert "registry: the registry does not answer" in result.reason
    assert production(here).traffic == {2: 100}
    here.registry.down = False
    assert actions(here) == ("ledger: wrote the reconcile of production",)


def test_a_deployment_that_is_still_running_is_left_alone(here: World) -> None:
    production(here).shift(3, 10)
    with exclusively(here.workspace.target("production") / "deploy.lock", "a deployment to production"):
        result = reconcile.run(here.job)
    assert result.status is Status.PASSED
    assert result.checks[0].status == "warned"
    assert production(here).traffic == {2: 90, 3: 10}


def test_one_target_that_does_not_answer_does_not_keep_the_others(here: World) -> None:
    here.targets["staging"].down = True
    production(here).shift(3, 10)
    result = reconcile.run(here.job)
    assert result.status is Status.FAILED
    assert production(here).traffic == {2: 100}


def test_a_version_that_serves_and_is_not_in_the_registry_gets_no_alias(here: World) -> None:
    production(here).commit(9)
    here.entry("deploy", "production", 9)
    here.entry("promote", "production", 9)
    result = reconcile.run(here.job)
    assert here.aliases()["champion"] == 2
    assert "version 9 serves and is not in the registry" in result.checks[-1].reason


@pytest.mark.parametrize("deaths", [1, 2, 3, 4])
def test_reconciling_can_itself_be_interrupted(here: World, deaths: int) -> None:
    production(here).prepared.update((3, 4))
    production(here).shift(3, 10)
    production(here).dies_after = deaths
    try:
        reconcile.run(here.job)
    except Died:
        reconcile.run(here.job)
    assert production(here).traffic == {2: 100}
    assert production(here).prepared == {1, 2}
    assert here.aliases() == {"champion": 2, "previous": 1}


def test_a_rollback_whose_machine_was_lost_is_finished_from_the_ledger(here: World, tmp_path: Path) -> None:
    production(here).dies_after = 1
    with pytest.raises(Died):
        rollback.run(here.job)
    elsewhere = here.elsewhere(tmp_path / "next")
    assert "production: finished an interrupted rollback" in actions(elsewhere)
    assert (production(here).serving, here.aliases()) == (1, {"champion": 1})
    assert here.history()[-1] == ("rollback", "production", 1, "done")
    assert actions(here.elsewhere(tmp_path / "third")) == ()


def test_a_rollback_from_a_lost_machine_that_told_the_ledger_nothing_more_is_finished(
    here: World, tmp_path: Path
) -> None:
    production(here).shift(3, 10)
    production(here).dies_after = 1
    with pytest.raises(Died):
        rollback.run(here.job)
    actions(here.elsewhere(tmp_path / "next"))
    assert here.history()[-1] == ("rollback", "production", 2, "undone")
    assert (production(here).traffic, here.aliases()) == ({2: 100}, {"champion": 2, "previous": 1})


ONE, OTHER = Run(owner="run 1 of r", fleeting=True), Run(owner="run 2 of r", fleeting=True)


@pytest.fixture
def canary(here: World, tmp_path: Path) -> World:
    """One run's canary in production, its machine lost or not."""
    production(here).prepared.add(3)
    production(here).shift(3, 10)
    one = here.elsewhere(tmp_path / "one", ONE)
    Hold(one.job, "production").take()
    return one


def test_the_live_canary_of_another_run_is_left_alone(canary: World, tmp_path: Path) -> None:
    result = reconcile.run(canary.elsewhere(tmp_path / "two", OTHER).job)
    assert result.status is Status.PASSED
    assert result.checks[0].status == "warned"
    assert "left alone: run 1 of r is busy with production until" in result.checks[0].reason
    assert production(canary).traffic == {2: 90, 3: 10}


def test_what_the_own_run_left_is_ended_at_once(canary: World, tmp_path: Path) -> None:
    reconcile.run(canary.elsewhere(tmp_path / "two", replace(ONE, attempt=2)).job)
    assert production(canary).traffic == {2: 100}
    assert canary.registry.lease(NAME, "production") is None


def test_what_another_run_left_is_ended_when_its_time_is_over(canary: World, tmp_path: Path) -> None:
    canary.clock.sleep(MARGIN)
    reconcile.run(canary.elsewhere(tmp_path / "two", OTHER).job)
    assert production(canary).traffic == {2: 100}


def test_one_environment_alone_can_be_reconciled(here: World) -> None:
    production(here).shift(3, 10)
    here.targets["staging"].down = True
    result = reconcile.run(here.job, environment="production")
    assert result.status is Status.PASSED
    assert production(here).traffic == {2: 100}


def test_an_unknown_environment_names_the_known_ones(here: World) -> None:
    with pytest.raises(ConfigurationError) as caught:
        reconcile.run(here.job, environment="moon")
    assert "production, staging" in caught.value.fix


def test_a_registry_that_is_not_even_configured_keeps_no_target_from_being_settled(here: World) -> None:
    production(here).shift(3, 10)

    def refused(what: str) -> None:
        raise MachineBoundError("the embedded registry lives on this machine")

    here.registry._called = refused  # type: ignore[method-assign]
    assert reconcile.run(here.job).status is Status.FAILED
    assert production(here).traffic == {2: 100}


def test_a_champion_that_was_made_without_trainstop_is_put_right_by_the_ledger(here: World) -> None:
    stranger = here.stranger("champion")
    assert f"registry: moved `champion` from {stranger.number} to 2" in actions(here)
    assert here.aliases() == {"champion": 2, "previous": 1}


def test_a_champion_that_was_made_without_trainstop_is_pointed_at_where_nothing_was_promoted(tmp_path: Path) -> None:
    fresh = world(tmp_path)
    fresh.stranger("champion")
    result = reconcile.run(fresh.job)
    assert result.checks[-1].status == "warned"
    assert result.checks[-1].reason == (
        "`champion` points to a version that cannot be one: version 1 was not registered by trainstop: "
        "`trainstop promote` moves the alias, or remove it in the registry"
    )
    assert result.reason == f"nothing was left behind; {result.checks[-1].reason}"


def test_a_version_that_serves_and_was_removed_from_the_registry_is_a_persons_business(here: World) -> None:
    here.remove(2)
    result = reconcile.run(here.job)
    assert result.status is Status.PASSED
    assert result.checks[-1].reason == (
        "version 2 serves and is not in the registry: deploy a registered version, then promote it"
    )


def test_a_lost_champion_of_a_model_that_nobody_deploys_is_pointed_at(tmp_path: Path) -> None:
    offline = world(tmp_path, model={"name": NAME, "task": "binary", "serving": "batch"})
    for number in ("1", "2"):
        offline.version()
        promote.run(offline.job, version=number)
    assert reconcile.run(offline.job).reason == "nothing was left behind"
    offline.remove(2)
    check = reconcile.run(offline.job).checks[-1]
    assert check.status == "warned"
    assert check.reason == (
        "version 2 of `delays` was promoted, and now nothing is the champion: run `trainstop promote --version N`, "
        "N one of 1"
    )
