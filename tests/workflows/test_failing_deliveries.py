"""`cd.yml` and `rollback.yml` when something is wrong: what was there before goes on serving."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.workflows.rig.world import Called, Delivery, World, lost_promotion

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ROWS: Mapping[str, Any] = {"columns": ["distance", "weight", "region"], "data": [[120.0, 1.5, "west"]]}


@pytest.fixture(scope="module")
def unprotected(place: World, queued: Delivery) -> Called:
    """Give the delivery of another version to a production that nobody protects."""
    rules = place.forge.world.environments.pop("production")
    try:
        return place.call("cd.yml", queued.inputs, queued.artifacts)
    finally:
        place.forge.world.environments["production"] = rules


def as_it_was(place: World) -> tuple[Any, ...]:
    """Return what a delivery may change."""
    return place.versions(), place.alias("champion"), place.platform.serving("production")


def test_a_pack_that_was_changed_on_its_way_registers_nothing(place: World, delivered: Delivery) -> None:
    before = as_it_was(place)
    wrong = {**delivered.inputs, "pack-digest": "sha256:" + "0" * 64}
    called = place.call("cd.yml", wrong, delivered.artifacts)
    assert called.results["register"] == "failure"
    assert {result for job, result in called.results.items() if job != "register"} == {"skipped"}
    assert "not what its manifest says" in called.run.jobs["register"].text
    assert as_it_was(place) == before


def test_with_nothing_to_go_back_to_a_rollback_fails_and_says_so(place: World, delivered: Delivery) -> None:
    del delivered
    before = as_it_was(place)
    called = place.call("rollback.yml", {"reason": "Nobody knows", "environment": "staging"})
    assert called.results == {"rollback": "failure"}
    assert as_it_was(place) == before
    assert json.dumps(called.outputs) == '{"model-version": ""}'


def test_a_production_that_nobody_protects_is_not_deployed_to(
    place: World, queued: Delivery, unprotected: Called
) -> None:
    assert unprotected.results["preflight"] == "failure"
    assert unprotected.results["staging"] == "success", unprotected.run.failures
    assert (unprotected.results["production"], unprotected.results["promote"]) == ("skipped", "skipped")
    assert (place.alias("champion"), place.platform.serving("production")) == (
        queued.champion,
        queued.serving["production"],
    )


def test_a_version_that_fails_requests_in_its_canary_is_taken_back(
    place: World, queued: Delivery, unprotected: Called
) -> None:
    serving, newest = place.platform.serving("production"), int(unprotected.outputs["model-version"])
    place.platform.change("production", "break", version=newest)
    with place.platform.traffic("production", ROWS) as statuses:
        called = place.call("cd.yml", queued.inputs, queued.artifacts)
    place.platform.change("production", "break", version=newest)
    assert called.results["staging"] == "success", called.run.failures
    assert called.results["production"] == "failure"
    assert called.results["promote"] == "skipped"
    assert called.results["rollback"] == "success", called.run.failures
    assert place.platform.serving("production") == place.alias("champion") == serving
    assert 500 in statuses, "the canary has asked the broken version"
    assert place.platform.told("production")["traffic"] == {str(serving): 100}


def test_a_version_that_does_not_become_the_champion_is_taken_back_from_production(
    place: World, queued: Delivery, unprotected: Called
) -> None:
    before, newest = place.alias("champion"), unprotected.outputs["model-version"]
    place.deploy(int(newest))
    assert place.platform.serving("production") == int(newest) != before
    earlier = place.history()
    called = place.call("cd.yml", queued.inputs, settled=lost_promotion(newest))
    assert called.results["rollback"] == "success", called.run.failures
    assert place.platform.serving("production") == place.alias("champion") == before
    assert place.platform.told("production")["traffic"] == {str(before): 100}
    now = [entry for entry in place.history() if entry["action"] == "rollback" and entry not in earlier]
    assert [entry["outcome"] for entry in now] == ["begun", "done"]
    told = now[-1]
    assert str(told["previous"]) == newest
    assert "not made the champion" in told["reason"]


def test_a_model_that_is_used_in_batches_becomes_the_champion_and_no_target_is_touched(
    place: World, queued: Delivery
) -> None:
    before = as_it_was(place)
    settings = "model.name=batch-parcels\nmodel.serving=batch"
    called = place.call("cd.yml", {**queued.inputs, "set": settings}, queued.artifacts)
    assert called.results == dict.fromkeys(called.results, "success") | {"rollback": "skipped"}, called.run.failures
    assert place.alias("champion", of="batch-parcels") == 1
    assert as_it_was(place) == before
