import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import World, world
from tests.fakes.target import FakeTarget

from trainstop.errors import ConfigurationError, InputError
from trainstop.ports.endpoints import Answer
from trainstop.records import Result, Status
from trainstop.records.delivery import DeployPart, StagingTestPart
from trainstop.stages import staging_test

GOLDEN = {"columns": ["a"], "rows": [[1], [2]], "answers": [0.5, 0.5]}


class Endpoints:
    """A live model."""

    def __init__(self) -> None:
        self.under_load = [Answer(status=200, seconds=0.01, version=1)] * 20
        self.sent: list[Mapping[str, Any]] = []

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        return Answer(status=200, predictions=[0.5] * len(rows)) if "a" in columns else Answer(status=400)

    def load(self, address: str, payloads: Sequence[Mapping[str, Any]], *, rate: float, duration: float) -> Any:
        self.sent = list(payloads)
        return self.under_load


@pytest.fixture
def made(tmp_path: Path) -> World:
    made = world(tmp_path, **{"staging-test": {"load": {"rate": 20, "duration": 1, "p95": "50ms"}}})
    made.train()
    made.workspace.candidate.golden.write_text(json.dumps(GOLDEN))
    made.version("key-1")
    made.targets["staging"] = FakeTarget.with_history(1)
    part = DeployPart(environment="staging", model_version=1, strategy="blue-green")
    made.record(part, subject="staging")
    return made


def outcome(made: World, endpoints: Endpoints | None = None, endpoint: str | None = None) -> Result[StagingTestPart]:
    job = made.job
    ports: Any = SimpleNamespace(**vars(job.ports), endpoints=endpoints or Endpoints())
    return staging_test.run(replace(job, ports=ports), environment="staging", endpoint=endpoint)


def failed(result: Result[StagingTestPart]) -> list[str]:
    return [check.name for check in result.checks if check.status == "failed"]


def test_a_live_model_that_keeps_its_contract_under_load_passes(made: World) -> None:
    endpoints = Endpoints()
    result = outcome(made, endpoints)
    assert result.status is Status.PASSED
    assert (result.part.load.requests, result.part.load.errors) == (20, 0)
    assert [payload["dataframe_split"]["data"] for payload in endpoints.sent] == [[[1]], [[2]]]


def test_with_an_address_the_target_is_not_asked(made: World) -> None:
    made.targets.clear()
    result = outcome(made, endpoint="https://staging.example.org")
    assert result.status is Status.PASSED
    assert "not asked" in next(check.reason for check in result.checks if check.name == "serving version")


def test_with_an_address_answers_of_another_version_are_a_failure(made: World) -> None:
    endpoints = Endpoints()
    endpoints.under_load = [Answer(status=200, seconds=0.01, version=2)] * 20
    assert failed(outcome(made, endpoints, "https://staging.example.org")) == ["answering version"]


def test_no_request_made_is_a_failure(made: World) -> None:
    endpoints = Endpoints()
    endpoints.under_load = []
    assert failed(outcome(made, endpoints)) == ["load: errors"]


def test_slow_or_failing_answers_are_a_failure(made: World) -> None:
    endpoints = Endpoints()
    endpoints.under_load = [Answer(status=200, seconds=0.2)] * 19 + [Answer(status=503)]
    assert failed(outcome(made, endpoints)) == ["load: errors", "load: p95"]


def test_another_version_in_service_is_a_failure_before_anything_is_asked(made: World) -> None:
    made.targets["staging"] = FakeTarget.with_history(1, 2)
    result = outcome(made, Endpoints())
    assert failed(result) == ["serving version"]
    assert "serves version 2" in result.reason


def test_a_version_on_trial_beside_it_is_a_failure(made: World) -> None:
    made.targets["staging"].shift(2, 10)
    assert failed(outcome(made)) == ["serving version"]


def test_an_endpoint_that_has_ended_is_a_failure(made: World) -> None:
    made.targets["staging"].endpoint = ""
    assert "deploy again" in outcome(made).reason


def test_answers_of_another_version_are_a_failure(made: World) -> None:
    endpoints = Endpoints()
    endpoints.under_load = [Answer(status=200, version=1), Answer(status=200, version=7)]
    assert failed(outcome(made, endpoints)) == ["answering version"]


def test_without_a_deployment_there_is_nothing_to_test(made: World) -> None:
    made.results.forget("deploy", "staging")
    with pytest.raises(InputError, match="has not run"):
        outcome(made)


def test_an_unknown_environment_is_said_so(made: World) -> None:
    with pytest.raises(ConfigurationError):
        staging_test.run(made.job, environment="moon")
