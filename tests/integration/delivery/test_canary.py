"""Deployments that must be stopped: real Envoy and supervisor, tiny servers, and callers that go on calling."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.delivery.worlds import NAME, Deployable
from tests.integration.targets.stub import GOLDEN, StubEnvironments, bundle

from trainstop.adapters.endpoints import HttpEndpoints
from trainstop.errors import ConflictError
from trainstop.records import Status
from trainstop.records.base import Result
from trainstop.stages import deploy

CANARY = {
    "strategy": "canary",
    "steps": [40],
    "pause": 0.6,
    "patience": 3,
    "minimum-requests": 20,
    "start-timeout": 20,
    "lifetime": 300,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Deployable]:
    made = Deployable(tmp_path, environments=StubEnvironments(tmp_path / "stub"))
    made.sections = {"environments": {"staging": CANARY}}
    made.register(bundle(tmp_path / "made" / "first"))
    yield made
    made.end()


@contextmanager
def callers(world: Deployable) -> Iterator[list[tuple[int, int | None]]]:
    """Go on calling the live endpoint; gives (status, version) of every answer."""
    endpoint, answers, over = world.target("staging").current().endpoint, [], threading.Event()

    def call() -> None:
        client = HttpEndpoints(timeout=20)
        while not over.is_set():
            answer = client.predict(endpoint, GOLDEN["columns"], GOLDEN["rows"])
            answers.append((answer.status, answer.version))
            over.wait(0.005)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def deployed(world: Deployable, version: int) -> Result[Any]:
    return deploy.run(world.job, environment="staging", version=str(version))


def serves_alone(world: Deployable, version: int) -> bool:
    now = world.target("staging").current()
    return (now.serving, now.traffic) == (version, {version: 100})


def test_a_good_canary_takes_over_step_by_step(world: Deployable, tmp_path: Path) -> None:
    first = deployed(world, 1)
    assert first.status is Status.PASSED
    assert first.part.steps == ()  # nothing served before, so there was no traffic to move
    world.register(bundle(tmp_path / "made" / "second"))
    with callers(world) as answers:
        result = deployed(world, 2)

    assert result.status is Status.PASSED, result.reason
    assert serves_alone(world, 2)
    assert result.part.previous_version == 1
    (step,) = result.part.steps
    assert (step.percent, step.errors, step.verdict) == (40, 0, "went on")
    assert step.requests >= 20
    assert {status for status, _ in answers} == {200}
    assert world.registry.pointers[NAME] == {"staging": 2}
    assert world.history() == [("deploy", "staging", 1, "done"), ("deploy", "staging", 2, "done")]

    again = deployed(world, 2)
    assert again.status is Status.PASSED
    assert "already" in again.reason
    assert len(world.history()) == 2


@pytest.mark.parametrize(
    ("behaviour", "check"),
    [
        ({"answer": 0.0}, "golden predictions, before traffic"),
        ({"dies": True}, "healthy"),
        ({"sick": True}, "healthy"),
    ],
)
def test_a_bad_version_gets_no_traffic_at_all(
    world: Deployable, tmp_path: Path, behaviour: dict[str, Any], check: str
) -> None:
    world.sections["environments"]["staging"] = {**CANARY, "start-timeout": 3}
    deployed(world, 1)
    world.register(bundle(tmp_path / "made" / "second", **behaviour))
    with callers(world) as answers:
        result = deployed(world, 2)

    assert result.status is Status.FAILED
    assert [found.name for found in result.checks if found.status == "failed"] == [check]
    assert set(answers) == {(200, 1)}
    assert serves_alone(world, 1)
    assert world.history()[-1] == ("deploy", "staging", 2, "stopped")
    assert world.registry.pointers[NAME] == {"staging": 1}


@pytest.mark.parametrize(("status", "word"), [(500, "failed"), (400, "refused")])
def test_a_canary_that_fails_or_refuses_its_callers_is_stopped(
    world: Deployable, tmp_path: Path, status: int, word: str
) -> None:
    deployed(world, 1)
    # Its golden answers are right on its own address, and its callers' requests go wrong.
    world.register(bundle(tmp_path / "made" / "second", status_after=(2, status)))
    with callers(world):
        result = deployed(world, 2)

    assert result.status is Status.FAILED
    (step,) = result.part.steps
    assert step.verdict == "stopped"
    assert word in step.reason
    assert serves_alone(world, 1)


def test_a_canary_that_nobody_calls_is_no_evidence(world: Deployable, tmp_path: Path) -> None:
    world.sections["environments"]["staging"] = {**CANARY, "patience": 0.8}
    deployed(world, 1)
    world.register(bundle(tmp_path / "made" / "second"))
    result = deployed(world, 2)

    assert result.status is Status.FAILED
    assert "0 requests" in result.reason
    assert serves_alone(world, 1)


def test_what_an_interrupted_deployment_left_is_cleared_by_the_next_one(world: Deployable, tmp_path: Path) -> None:
    deployed(world, 1)
    target = world.target("staging")
    stale = bundle(tmp_path / "made" / "second")
    world.register(stale)
    target.prepare(2, stale)
    while not target.health(2).ready:
        pass
    target.shift(2, 30)
    world.sections["environments"]["staging"] = {**CANARY, "strategy": "blue-green"}
    world.register(bundle(tmp_path / "made" / "third"))
    result = deployed(world, 3)

    assert result.status is Status.PASSED, result.reason
    assert serves_alone(world, 3)
    assert target.current().prepared == ()
    assert ("deploy", "staging", 2, "undone") in world.history()


def test_a_second_deployment_at_the_same_time_is_refused(world: Deployable, tmp_path: Path) -> None:
    deployed(world, 1)
    world.register(bundle(tmp_path / "made" / "second"))
    refusals = []

    def noted(text: str) -> None:
        if "ask the version" in text:
            with pytest.raises(ConflictError, match="busy") as refusal:
                deployed(world, 1)
            refusals.append(refusal.value)

    world.noted = noted
    world.sections["environments"]["staging"] = {**CANARY, "strategy": "all-at-once"}
    assert deployed(world, 2).status is Status.PASSED
    assert refusals


def test_a_rollback_in_the_middle_of_a_canary_wins(world: Deployable, tmp_path: Path) -> None:
    deployed(world, 1)
    world.register(bundle(tmp_path / "made" / "second"))
    world.noted = lambda text: world.target("staging").abort(2) if "watch" in text else None
    result = deployed(world, 2)

    assert result.status is Status.FAILED
    assert serves_alone(world, 1)
