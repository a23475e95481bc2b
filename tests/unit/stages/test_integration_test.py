import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import World, world

from trainstop.bundles import Bundle
from trainstop.errors import InputError, ProjectCodeError, TimeLimitError, UnavailableError
from trainstop.ports.endpoints import Answer
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Command, Outcome
from trainstop.records import Result, Status
from trainstop.records.delivery import IntegrationTestPart
from trainstop.stages import integration_test

GOLDEN = {"columns": ["a"], "rows": [[1]], "answers": [0.5]}
SIGNATURE = {"signature": {"inputs": json.dumps([{"type": "double", "name": "a"}])}}


@dataclass
class Place:
    """Environments, servers, endpoints and processes; says in which order they were used."""

    order: list[str] = field(default_factory=list)
    refuses: bool = True
    cannot_serve: Exception | None = None
    cannot_install: Exception | None = None
    exit_code: int = 0
    command: Command | None = None
    room: Path | None = None
    clock: Any = None

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        self.order.append("install")
        self.room = folder
        folder.mkdir(parents=True)
        self.clock.sleep(30)
        if self.cannot_install:
            raise self.cannot_install
        return self.project()

    def project(self) -> Interpreter:
        return Interpreter(python=Path("/venv/bin/python"), digest="", version="3.11", source="")

    @contextmanager
    def serve(self, bundle: Bundle, interpreter: Interpreter, *, timeout: float) -> Iterator[str]:
        if self.cannot_serve:
            raise self.cannot_serve
        self.order.append("serve")
        self.clock.sleep(5)
        yield "http://served"
        self.order.append("end")

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        self.order.append("ask")
        wrong = "a" not in columns or rows[0][0] == "not a number"
        return Answer(status=400) if wrong and self.refuses else Answer(status=200, predictions=[0.5])

    def run(self, command: Command) -> Outcome:
        self.order.append("test")
        self.command = command
        return Outcome(
            exit_code=self.exit_code,
            tail="1 failed",
            wall_seconds=1,
            cpu_seconds=1,
            peak_memory_bytes=1,
            log=Path("tests.log"),
        )


@pytest.fixture
def made(tmp_path: Path) -> World:
    made = world(tmp_path, **{"integration-test": {"tests": "python -m pytest tests/live"}})
    made.train()
    (made.workspace.candidate.model / "MLmodel").write_text(json.dumps(SIGNATURE))
    made.workspace.candidate.golden.write_text(json.dumps(GOLDEN))
    made.version("key-1")
    return made


def outcome(made: World, place: Place | None = None, version: str = "1") -> Result[IntegrationTestPart]:
    job, place = made.job, place or Place()
    place.clock = made.clock
    ports: Any = SimpleNamespace(
        **{**vars(job.ports), "processes": place}, environments=place, servers=place, endpoints=place
    )
    return integration_test.run(replace(job, ports=ports), version=version)


def test_it_installs_serves_asks_and_runs_the_projects_tests_in_this_order(made: World) -> None:
    place = Place()
    result = outcome(made, place)
    assert result.status is Status.PASSED
    assert place.order == ["install", "serve", "ask", "ask", "ask", "ask", "test", "end"]
    assert (result.part.install_seconds, result.part.start_seconds) == (30, 5)
    assert place.command.environment["TRAINSTOP_ENDPOINT"] == "http://served"
    assert place.command.argv == ("/venv/bin/python", "-m", "pytest", "tests/live")


def test_the_clean_place_is_gone_afterwards_however_it_went(made: World) -> None:
    for place in (Place(), Place(cannot_serve=ProjectCodeError("it crashed"))):
        outcome(made, place)
        assert not place.room.exists()
    place = Place(cannot_install=UnavailableError("no index"))
    with pytest.raises(UnavailableError):
        outcome(made, place)
    assert not place.room.exists()


@pytest.mark.parametrize("error", [ProjectCodeError("it crashed"), TimeLimitError("too slow")])
def test_a_model_that_cannot_be_served_fails(made: World, error: Exception) -> None:
    result = outcome(made, Place(cannot_serve=error))
    assert result.status is Status.FAILED
    assert str(error) in result.reason
    assert result.part.start_seconds is None


def test_a_server_that_takes_anything_fails(made: World) -> None:
    result = outcome(made, Place(refuses=False))
    assert [check.name for check in result.checks if check.status == "failed"] == [
        "missing column",
        "wrongly typed column",
    ]


@pytest.mark.parametrize(("code", "words"), [(1, "1 failed"), (5, "no test was collected")])
def test_the_projects_own_failing_or_missing_tests_fail_it(made: World, code: int, words: str) -> None:
    result = outcome(made, Place(exit_code=code))
    assert result.status is Status.FAILED
    assert words in result.reason


def test_an_incomplete_version_is_not_even_fetched(made: World) -> None:
    number = made.version("half", complete=False).number
    place = Place()
    assert outcome(made, place, str(number)).status is Status.FAILED
    assert place.order == []


def test_an_unknown_version_is_said_so(made: World) -> None:
    with pytest.raises(InputError):
        outcome(made, version="99")


@pytest.mark.parametrize("serving", ["batch", "none"])
def test_a_model_without_an_endpoint_is_not_served(made: World, serving: str) -> None:
    section = made.config.model.model_copy(update={"serving": serving})
    made.config = made.config.model_copy(update={"model": section})
    place = Place()
    result = outcome(made, place)
    assert result.status is Status.SKIPPED
    assert f'model.serving is "{serving}"' in result.reason
    assert place.order == []
