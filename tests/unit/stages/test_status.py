"""`status`: what is deployed where, even when something does not answer."""

from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world
from tests.fakes.target import FakeTarget

from trainstop.records import Status
from trainstop.records.delivery import StatusPart
from trainstop.stages import status


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    here.version()
    here.version()
    here.version("key-1")
    here.targets["production"] = FakeTarget.with_history(1, 2)
    here.registry.move_alias(NAME, "champion", to=2, expected=None)
    here.entry("promote", "production", 2)
    return here


def seen(here: World) -> StatusPart:
    part = status.run(here.job).part
    assert part is not None
    return part


def test_aliases_versions_and_environments_are_shown(here: World) -> None:
    part = seen(here)
    assert (part.model_name, part.versions, part.aliases) == (NAME, 2, {"champion": 2})
    assert [(row.environment, row.serving, row.last_good) for row in part.environments] == [
        ("production", 2, 1),
        ("staging", None, None),
    ]


def test_a_target_that_disagrees_with_the_registry_is_pointed_at(here: World) -> None:
    here.targets["production"].commit(1)
    assert seen(here).environments[0].reason == "the registry believes that it serves version 2"
    assert status.run(here.job).status is Status.PASSED


def test_a_version_on_trial_is_pointed_at(here: World) -> None:
    here.targets["production"].shift(3, 10)
    row = seen(here).environments[0]
    assert (row.reason, row.traffic) == ("version 3 is on trial", {3: 10, 2: 90})


def test_a_version_that_is_committed_and_does_not_run_is_pointed_at(here: World) -> None:
    here.targets["production"].traffic = {}
    assert seen(here).environments[0].reason == "it is not running"


def test_targets_are_shown_while_the_registry_is_down(here: World) -> None:
    here.registry.down = True
    result = status.run(here.job)
    assert result.status is Status.INCONCLUSIVE
    assert result.part is not None
    assert result.part.environments[0].serving == 2


def test_the_registry_is_shown_while_a_target_is_down(here: World) -> None:
    here.targets["production"].down = True
    result = status.run(here.job)
    assert result.status is Status.INCONCLUSIVE
    assert result.part is not None
    assert result.part.aliases == {"champion": 2}
    assert result.part.environments[0].reason == "the target does not answer"


def test_an_alias_on_what_was_made_without_trainstop_is_pointed_at(here: World) -> None:
    here.stranger("champion")
    check = status.run(here.job).checks[0]
    assert (check.name, check.status) == ("registry", "warned")
    assert check.reason == "`champion`: version 4 was not registered by trainstop"


def test_a_version_that_serves_and_was_removed_from_the_registry_is_pointed_at(here: World) -> None:
    here.remove(2)
    assert seen(here).environments[0].reason == "the registry has no version 2 any more"
    here.registry.down = True
    assert seen(here).environments[0].reason == ""


def test_of_a_model_without_an_endpoint_no_target_is_asked(tmp_path: Path) -> None:
    here = world(tmp_path, model={"name": NAME, "task": "binary", "serving": "batch"})
    here.targets.clear()
    here.version()
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    here.entry("promote", "production", 1)
    result = status.run(here.job)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.aliases, result.part.environments) == ({"champion": 1}, ())
