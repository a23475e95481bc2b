"""`react`: one start of a workflow for one incident, and none when none is due."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.delivering import NAME, START, World, world

from trainstop.errors import InputError
from trainstop.records import Status
from trainstop.records.watching import AlertPart
from trainstop.stages import react


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path, alert={"cooldown": "2d"})


def alerted(here: World, **part: Any) -> None:
    base = {"reaction": "retrain", "reason": "it fell", "environment": "production", "incident": "performance"}
    here.record(AlertPart(**{**base, "as_of": START, **part}), at=START)


def test_none_starts_nothing(here: World) -> None:
    alerted(here, reaction="none", reason="")
    result = react.run(here.job, retrain_workflow="train.yml")
    assert result.status is Status.SKIPPED
    assert not here.forge.started


def test_the_workflow_of_the_reaction_is_started_with_its_reason(here: World) -> None:
    alerted(here)
    result = react.run(here.job, retrain_workflow="train.yml", rollback_workflow="back.yml", ref="main")
    (start,) = here.forge.started
    assert (start.workflow, start.ref, start.reason) == ("train.yml", "main", f"{NAME} in production: it fell")
    assert start.since == START - timedelta(days=2)
    assert result.part is not None
    assert (result.part.created, result.part.address) == (True, "run of train.yml")


def test_the_same_look_again_is_the_same_occasion(here: World) -> None:
    for _ in range(2):
        alerted(here)
        result = react.run(here.job, retrain_workflow="train.yml")
    assert result.part is not None
    assert not result.part.created
    assert result.reason == "`train.yml` was started before"


@pytest.mark.parametrize("part", [{"as_of": START + timedelta(days=7)}, {"incident": "service"}, {"environment": "eu"}])
def test_another_look_incident_or_environment_is_another_occasion(here: World, part: dict[str, Any]) -> None:
    alerted(here)
    react.run(here.job, retrain_workflow="train.yml")
    alerted(here, **part)
    react.run(here.job, retrain_workflow="train.yml")
    first, second = here.forge.started
    assert first.key != second.key


def test_a_reaction_without_a_workflow_says_which_option_is_missing(here: World) -> None:
    alerted(here, reaction="rollback")
    with pytest.raises(InputError) as caught:
        react.run(here.job, retrain_workflow="train.yml")
    assert caught.value.where == "--rollback-workflow"


def test_without_alert_there_is_nothing_to_react_to(here: World) -> None:
    with pytest.raises(InputError):
        react.run(here.job)


def test_a_rollback_says_where_and_which_version_was_seen_failing(here: World) -> None:
    alerted(here, reaction="rollback", environment="eu", model_version=6)
    react.run(here.job, rollback_workflow="back.yml")
    assert here.forge.started[0].inputs == {"environment": "eu", "from-version": "6"}


def test_retraining_is_told_its_reason_alone(here: World) -> None:
    alerted(here, model_version=6)
    react.run(here.job, retrain_workflow="train.yml")
    assert here.forge.started[0].inputs == {}
