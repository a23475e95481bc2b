"""`promote`: what production serves is the champion, and the ledger says so once."""

from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.adapters.targets.command import SaidCurrent
from trainstop.delivery.champions import JUDGED_AGAINST
from trainstop.errors import ConfigurationError, ConflictError, InputError
from trainstop.ports.forge import Approval
from trainstop.records import Status
from trainstop.records.delivery import PreflightPart
from trainstop.stages import promote


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    for _ in range(3):
        here.version()
    return here


def deployed(here: World, *versions: int) -> None:
    for version in versions:
        here.targets["production"].prepared.add(version)
        here.targets["production"].commit(version)
        here.entry("deploy", "production", version)


def test_the_version_in_production_becomes_the_champion(here: World) -> None:
    deployed(here, 1)
    result = promote.run(here.job)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.model_version, result.part.previous_version) == (1, None)
    assert here.aliases() == {"champion": 1}
    assert here.history()[-1] == ("promote", "production", 1, "done")


def test_the_champion_before_becomes_the_previous_one(here: World) -> None:
    deployed(here, 1)
    promote.run(here.job)
    deployed(here, 2)
    part = promote.run(here.job).part
    assert part is not None
    assert part.previous_version == 1
    assert here.aliases() == {"champion": 2, "previous": 1}


def test_promoting_twice_changes_nothing(here: World) -> None:
    for version in (1, 2):
        deployed(here, version)
        promote.run(here.job)
    before = (here.aliases(), here.history())
    result = promote.run(here.job)
    assert (here.aliases(), here.history()) == before
    assert result.part is not None
    assert (result.part.model_version, result.part.previous_version) == (2, 1)
    assert result.reason == "it was the champion already"


def test_a_version_that_comes_back_is_promoted_anew(here: World) -> None:
    for version in (1, 2, 1, 2):
        deployed(here, version)
        promote.run(here.job)
    assert [row[2] for row in here.history() if row[0] == "promote"] == [1, 2, 1, 2]


@pytest.mark.parametrize("broken_off", ["move previous to 1", "move champion to 2", "write promote"])
def test_a_promotion_that_died_anywhere_is_finished_by_the_next(here: World, broken_off: str) -> None:
    deployed(here, 1)
    promote.run(here.job)
    deployed(here, 2)
    called = here.registry._called

    def die(what: str) -> None:
        if what == broken_off:
            raise KeyboardInterrupt
        called(what)

    here.registry._called = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        promote.run(here.job)
    here.registry._called = called  # type: ignore[method-assign]
    promote.run(here.job)
    assert here.aliases() == {"champion": 2, "previous": 1}
    assert [row[2] for row in here.history() if row[0] == "promote"] == [1, 2]


def test_nothing_in_production_is_nothing_to_promote(here: World) -> None:
    with pytest.raises(InputError, match="nothing is committed in production"):
        promote.run(here.job)


def test_a_version_on_trial_is_not_promoted(here: World) -> None:
    deployed(here, 1)
    here.targets["production"].shift(2, 10)
    result = promote.run(here.job)
    assert result.status is Status.FAILED
    assert "version 2 is still on trial" in result.reason
    assert here.aliases() == {}


def test_a_version_that_does_not_run_is_not_promoted(here: World) -> None:
    deployed(here, 1)
    here.targets["production"].traffic = {}
    assert promote.run(here.job).status is Status.FAILED
    assert here.aliases() == {}


def test_a_version_that_is_not_complete_is_not_promoted(here: World) -> None:
    here.version("key-1")
    deployed(here, 4)
    with pytest.raises(
        InputError, match="what production serves cannot be the champion: version 4 is a twin of version 1"
    ):
        promote.run(here.job)


def test_a_champion_that_somebody_else_moved_is_not_overwritten(here: World) -> None:
    deployed(here, 1)
    move = here.registry.move_alias

    def moved_after_reading(name: str, alias: str, *, to: int | None, expected: int | None) -> None:
        here.registry.pointers.setdefault(NAME, {})["champion"] = 3
        move(name, alias, to=to, expected=expected)

    here.registry.move_alias = moved_after_reading  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        promote.run(here.job)
    assert here.aliases()["champion"] == 3


def test_who_approved_this_run_is_in_the_ledger(here: World) -> None:
    deployed(here, 1)
    here.forge.people = (
        Approval(environment="production", person="grace", state="approved"),
        Approval(environment="staging", person="mallory", state="approved"),
        Approval(environment="production", person="bob", state="rejected"),
    )
    part = promote.run(here.job).part
    assert part is not None
    assert part.approved_by == "grace"
    assert here.registry.entries(NAME)[-1].approved_by == "grace"


def test_an_environment_with_another_name_on_github_is_asked_for_by_that_name(here: World) -> None:
    deployed(here, 1)
    here.record(PreflightPart(environment="production", github_environment="prod-eu"), subject="production")
    here.forge.people = (Approval(environment="prod-eu", person="grace", state="approved"),)
    promote.run(here.job)
    assert here.registry.entries(NAME)[-1].approved_by == "grace"


def test_nobody_is_said_to_be_nobody(here: World) -> None:
    deployed(here, 1)
    here.forge.people = ()
    here.record(
        PreflightPart(environment="production", github_environment="production", unprotected=True), subject="production"
    )
    result = promote.run(here.job)
    assert result.status is Status.PASSED
    assert here.registry.entries(NAME)[-1].approved_by == "nobody (allowed by `allow-unprotected`)"


def test_promotion_stands_when_the_approvals_cannot_be_read(here: World) -> None:
    deployed(here, 1)
    here.forge.trouble = ConfigurationError("GitHub refuses")
    result = promote.run(here.job)
    assert result.status is Status.PASSED
    assert here.aliases() == {"champion": 1}
    assert here.registry.entries(NAME)[-1].approved_by == "unknown"


def test_without_the_record_of_preflight_its_output_says_that_nobody_had_to_approve(here: World) -> None:
    deployed(here, 1)
    here.forge.people = ()
    promote.run(here.job, unprotected=True)
    assert here.registry.entries(NAME)[-1].approved_by == "nobody (allowed by `allow-unprotected`)"


def test_the_version_that_is_meant_is_promoted_while_another_is_on_trial(here: World) -> None:
    deployed(here, 1)
    here.targets["production"].prepared.add(2)
    here.targets["production"].shift(2, 10)
    assert promote.run(here.job).status is Status.FAILED
    result = promote.run(here.job, version="1")
    assert result.status is Status.PASSED
    assert here.aliases() == {"champion": 1}


def test_a_version_whose_place_was_taken_is_left_to_who_took_it(here: World) -> None:
    deployed(here, 1, 2)
    before = here.history()
    result = promote.run(here.job, version="1")
    assert (result.status, result.part) == (Status.SKIPPED, None)
    assert result.reason == (
        "production serves version 2, not version 1, whose place it took meanwhile: nothing is promoted"
    )
    assert (here.aliases(), here.history()) == ({}, before)


def test_a_version_that_was_taken_back_or_never_came_is_not_promoted(here: World) -> None:
    deployed(here, 1, 2)
    here.entry("rollback", "production", 1, previous=2)
    here.targets["production"].commit(1)
    before = here.history()
    for version in ("2", "3"):
        result = promote.run(here.job, version=version)
        assert result.status is Status.FAILED
        assert result.reason.startswith("champion")
        assert f"production serves version 1, not version {version}" in result.checks[0].reason
    assert (here.aliases(), here.history()) == ({}, before)


@pytest.fixture(params=["batch", "none"])
def offline(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Three versions of a model that nobody deploys, with targets that nobody may ask."""
    offline = world(tmp_path)
    section = offline.config.model.model_copy(update={"serving": request.param})
    offline.config = offline.config.model_copy(update={"model": section})
    for _ in range(3):
        offline.version()
    offline.targets.clear()
    return offline


def test_a_model_that_is_not_deployed_is_promoted_as_it_was_registered(offline: World) -> None:
    result = promote.run(offline.job, version="1")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.model_version, result.part.previous_version) == (1, None)
    assert promote.run(offline.job, version="2").status is Status.PASSED
    assert offline.aliases() == {"champion": 2, "previous": 1}
    assert offline.history() == [("promote", "production", 1, "done"), ("promote", "production", 2, "done")]


def test_without_a_version_it_is_the_candidate_that_is_promoted(offline: World) -> None:
    offline.registry.move_alias(NAME, "candidate", to=3, expected=None)
    assert promote.run(offline.job).status is Status.PASSED
    assert offline.aliases()["champion"] == 3


def test_promoting_what_is_not_deployed_twice_changes_nothing_and_again_later_is_a_line_of_its_own(
    offline: World,
) -> None:
    for version in ("1", "1", "2", "2", "1", "1"):
        promote.run(offline.job, version=version)
    assert [row[2] for row in offline.history()] == [1, 2, 1]
    assert offline.aliases()["champion"] == 1
    assert promote.run(offline.job, version="1").reason == "it was the champion already"


def test_what_is_not_complete_is_not_promoted_without_a_deployment_either(offline: World) -> None:
    half = offline.version("half", complete=False)
    result = promote.run(offline.job, version=str(half.number))
    assert result.status is Status.FAILED
    assert "was not registered by trainstop" in result.reason
    assert (offline.aliases(), offline.history()) == ({}, [])


def test_what_was_rolled_back_from_is_not_promoted_without_a_deployment_either(offline: World) -> None:
    offline.entry("deploy", "production", 2)
    offline.entry("rollback", "production", 1, previous=2)
    result = promote.run(offline.job, version="2")
    assert result.status is Status.FAILED
    assert "production was rolled back from version 2" in result.reason
    assert offline.aliases() == {}


def test_who_approved_is_in_the_ledger_without_a_deployment_too(offline: World) -> None:
    offline.forge.people = (Approval(environment="production", person="grace", state="approved"),)
    promote.run(offline.job, version="1")
    assert offline.registry.entries(NAME)[-1].approved_by == "grace"


def test_an_environment_that_is_none_is_refused_without_a_deployment_too(offline: World) -> None:
    with pytest.raises(ConfigurationError, match="no environment"):
        promote.run(offline.job, environment="moon", version="1")


def test_a_version_beside_which_one_is_listed_without_traffic_is_promoted(here: World) -> None:
    deployed(here, 1)
    here.targets["production"].traffic = {1: 100, 2: 0}
    assert promote.run(here.job).status is Status.PASSED


def test_a_command_that_does_not_tell_its_traffic_is_promoted_from(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(here, 1)
    target = here.targets["production"]
    monkeypatch.setattr(target, "current", lambda: SaidCurrent(serving=target.serving).current())
    assert promote.run(here.job).status is Status.PASSED


def test_a_champion_that_was_made_without_trainstop_gives_way_and_is_no_version_to_go_back_to(here: World) -> None:
    here.stranger("champion")
    deployed(here, 1)
    part = promote.run(here.job).part
    assert part is not None
    assert part.previous_version is None
    assert here.aliases() == {"champion": 1}


def test_it_gives_way_without_a_deployment_too(offline: World) -> None:
    offline.stranger("champion")
    assert promote.run(offline.job, version="1").status is Status.PASSED
    assert offline.aliases() == {"champion": 1}


def test_what_serves_and_was_removed_from_the_registry_is_said_and_what_helps(here: World) -> None:
    deployed(here, 2)
    here.remove(2)
    with pytest.raises(InputError, match="production serves version 2, which is not in the registry") as caught:
        promote.run(here.job)
    assert caught.value.fix == "deploy a registered version to production first: 1, 3"


def test_a_stranger_is_not_promoted(offline: World) -> None:
    stranger = offline.stranger("candidate")
    result = promote.run(offline.job)
    assert result.status is Status.FAILED
    assert f"version {stranger.number} was not registered by trainstop" in result.reason


def test_promoting_what_was_never_compared_with_the_champion_is_said_and_written_down(here: World) -> None:
    for number in (2, 3):
        here.registry.tag_version(NAME, number, JUDGED_AGAINST, "1")
    deployed(here, 1)
    promote.run(here.job)
    deployed(here, 2)
    assert promote.run(here.job).reason == "version 2"
    deployed(here, 3)
    result = promote.run(here.job)
    assert result.status is Status.PASSED
    assert here.aliases() == {"champion": 3, "previous": 2}
    assert [check.status for check in result.checks if check.name == "judged against"] == ["warned"]
    said = "it was judged against version 1, and the champion is version 2: nobody compared the two"
    assert said in result.reason
    promoted = [entry for entry in here.registry.entries(NAME) if entry.action == "promote"]
    assert [said in entry.reason for entry in promoted] == [False, False, True]


def test_what_a_renamed_environment_was_rolled_back_from_is_not_promoted(offline: World) -> None:
    offline.entry("promote", "production", 1)
    offline.entry("rollback", "production", 1, previous=2)
    section = offline.config.environments["production"]
    offline.config = offline.config.model_copy(update={"environments": {"prod": section}})
    result = promote.run(offline.job, environment="prod", version="2")
    assert result.status is Status.FAILED
    assert "production was rolled back from version 2" in result.reason
