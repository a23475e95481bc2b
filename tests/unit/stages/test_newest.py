"""`newest`: a version that waited for days is compared with what was registered meanwhile."""

from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, START, World, world

from trainstop.delivery.champions import JUDGED_AGAINST
from trainstop.errors import InputError
from trainstop.records import Status
from trainstop.stages import newest
from trainstop.versions import PUT_FORWARD, PutForward


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    for _ in range(2):
        here.version()
    return here


def test_the_candidate_is_the_newest(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    result = newest.run(here.job, version="2")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert not result.part.superseded


def test_a_newer_candidate_supersedes_it_and_nothing_fails(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    result = newest.run(here.job, version="1")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.superseded, result.part.candidate_version) == (True, 2)
    assert "version 2 is the candidate meanwhile" in result.reason


def test_without_a_candidate_nothing_newer_is_known(here: World) -> None:
    part = newest.run(here.job, version="1").part
    assert part is not None
    assert not part.superseded


def test_a_version_that_is_not_there_is_an_error(here: World) -> None:
    with pytest.raises(InputError):
        newest.run(here.job, version="9")


def test_it_only_reads(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    here.registry.calls.clear()
    newest.run(here.job, version="1")
    assert set(here.registry.calls) == {"versions", "entries"}


def test_a_candidate_of_a_run_that_began_earlier_supersedes_nothing(here: World) -> None:
    for number, run in ((1, 7), (2, 6)):
        here.registry.tag_version(NAME, number, PUT_FORWARD, PutForward(START, "r model.yml", run).text)
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    part = newest.run(here.job, version="1").part
    assert part is not None
    assert not part.superseded
    here.registry.tag_version(NAME, 2, PUT_FORWARD, PutForward(START, "r model.yml", 8).text)
    part = newest.run(here.job, version="1").part
    assert part is not None
    assert part.superseded


@pytest.fixture
def left(here: World) -> World:
    """Version 2 is the candidate, and production was rolled back from it."""
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    for number in (1, 2):
        here.entry("deploy", "production", number)
    here.entry("rollback", "production", 1, previous=2)
    return here


@pytest.mark.parametrize("outcome", ["begun", "done", "undone"])
def test_a_version_that_was_rolled_back_from_is_refused(here: World, outcome: str) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    here.entry("rollback", "production", 1, previous=2, outcome=outcome)
    result = newest.run(here.job)
    assert result.status is Status.FAILED
    assert "production was rolled back from version 2" in result.reason
    assert "--again" in result.reason
    assert result.part is not None
    assert (result.part.superseded, result.part.rolled_back) == (False, True)


def test_it_goes_again_when_somebody_says_so(left: World) -> None:
    result = newest.run(left.job, again=True)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert result.part.rolled_back


def test_what_was_deployed_since_is_not_rolled_back_from(left: World) -> None:
    left.entry("deploy", "production", 2)
    assert newest.run(left.job).status is Status.PASSED


def test_another_environment_s_rollback_says_nothing_of_this_one(left: World) -> None:
    assert newest.run(left.job, environment="staging").status is Status.PASSED


def test_what_is_superseded_is_not_refused_as_well(left: World) -> None:
    left.version()
    left.registry.move_alias(NAME, "candidate", to=3, expected=2)
    result = newest.run(left.job, version="2")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.superseded, result.part.rolled_back) == (True, True)


def test_what_production_serves_already_is_said(left: World) -> None:
    for number, serving in ((1, True), (2, False)):
        part = newest.run(left.job, version=str(number), again=True).part
        assert part is not None
        assert part.serving is serving


def test_a_candidate_that_was_made_without_trainstop_supersedes_nothing(here: World) -> None:
    here.stranger("candidate")
    part = newest.run(here.job, version="2").part
    assert part is not None
    assert (part.superseded, part.candidate_version) == (False, None)


def test_a_champion_that_moved_on_since_the_version_was_judged_is_pointed_at(here: World) -> None:
    here.registry.tag_version(NAME, 2, JUDGED_AGAINST, "none")
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    result = newest.run(here.job, version="2")
    assert result.status is Status.PASSED
    assert [check.status for check in result.checks if check.name == "judged against"] == ["warned"]
    assert "nobody compared the two; run the line again" in result.reason


def test_of_what_is_superseded_nobody_is_told_whom_it_was_judged_against(here: World) -> None:
    here.registry.tag_version(NAME, 1, JUDGED_AGAINST, "none")
    for alias in ("candidate", "champion"):
        here.registry.move_alias(NAME, alias, to=2, expected=None)
    assert "compared" not in newest.run(here.job, version="1").reason


def test_what_production_was_rolled_back_from_stays_so_when_production_is_renamed(left: World) -> None:
    left.entry("promote", "production", 1)
    left.config = left.config.model_copy(update={"environments": {"prod": left.config.environments["production"]}})
    result = newest.run(left.job, environment="prod")
    assert result.status is Status.FAILED
    assert "production was rolled back from version 2" in result.reason
    left.entry("deploy", "prod", 2)
    assert newest.run(left.job, environment="prod").status is Status.PASSED
