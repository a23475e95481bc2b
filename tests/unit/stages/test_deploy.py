import errno
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import NAME, World, world
from tests.fakes.target import Died, FakeTarget

from trainstop.adapters.targets.command import SaidCurrent
from trainstop.delivery.holding import Hold, longest
from trainstop.delivery.notes import Notes
from trainstop.errors import ConfigurationError, ConflictError, InputError, UnavailableError
from trainstop.job import Job, Run
from trainstop.ports.endpoints import Answer
from trainstop.ports.targets import Current, Observation
from trainstop.records import Result, Status
from trainstop.records.delivery import DeployPart
from trainstop.stages import deploy

GOLDEN = {"columns": ["a"], "rows": [[1]], "answers": [0.5]}


class Endpoints:
    """Every version answers as offline, except those in `wrong`."""

    def __init__(self) -> None:
        self.wrong: set[str] = set()

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        return Answer(status=200, predictions=[0.9 if address in self.wrong else 0.5])


class Line:
    """A world in which versions can be deployed."""

    def __init__(self, root: Path, **environments: Any) -> None:
        self.world: World = world(root, environments=environments or {"staging": {}, "production": {}})
        self.endpoints = Endpoints()
        for number in (1, 2, 3):
            self.world.train()
            self.world.workspace.candidate.golden.write_text(json.dumps(GOLDEN))
            self.world.version(f"key-{number}")
        for target in self.world.targets.values():
            target.addresses = {number: f"http://{number}" for number in (1, 2, 3)}
            target.endpoint = "http://live"

    @property
    def job(self) -> Job:
        job = self.world.job
        return replace(job, ports=SimpleNamespace(**vars(job.ports), endpoints=self.endpoints))

    @property
    def target(self) -> FakeTarget:
        return self.world.targets["staging"]

    def deploy(self, version: int | None = None, environment: str = "staging") -> Result[DeployPart]:
        return deploy.run(self.job, environment=environment, version=None if version is None else str(version))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_the_first_deployment_takes_all_traffic_and_is_written_down(line: Line) -> None:
    result = line.deploy(1)
    assert result.status is Status.PASSED
    assert line.target.traffic == {1: 100}
    assert line.world.history() == [("deploy", "staging", 1, "done")]
    assert line.world.aliases() == {"staging": 1}
    assert (result.part.previous_version, result.part.endpoint) == (None, "http://live")


def test_only_staging_moves_the_staging_alias(line: Line) -> None:
    line.deploy(1, "production")
    assert line.world.aliases() == {}


def test_the_one_before_is_told(line: Line) -> None:
    line.deploy(1)
    assert line.deploy(2).part.previous_version == 1
    assert line.world.registry.entries(NAME)[-1].previous == 1


def test_deploying_what_serves_already_does_nothing_and_says_so(line: Line) -> None:
    line.deploy(1)
    line.target.calls.clear()
    result = line.deploy(1)
    assert result.status is Status.PASSED
    assert "already" in result.reason
    assert {call.split()[0] for call in line.target.calls} == {"current", "health"}
    assert len(line.world.history()) == 1


def test_a_deployment_that_failed_at_the_endpoint_does_not_pass_when_it_is_tried_again(line: Line) -> None:
    line.endpoints.wrong = {"http://live"}
    for _ in range(2):
        result = line.deploy(1)
        assert result.status is Status.FAILED
        assert "golden predictions" in result.reason
    assert {entry[-1] for entry in line.world.history()} == {"stopped"}


def test_without_an_address_only_the_ledger_knows_that_what_serves_was_proved(line: Line) -> None:
    line.target.endpoint, line.target.addresses = "", {}
    assert line.deploy(1).status is Status.FAILED
    assert line.deploy(1).status is Status.FAILED
    line.world.entry("deploy", "staging", 1)
    assert "already" in line.deploy(1).reason


def test_what_serves_and_does_not_answer_is_brought_up_again(line: Line) -> None:
    line.deploy(1)
    line.target.traffic = {}
    line.target.prepared.clear()
    assert line.deploy(1).status is Status.PASSED
    assert line.target.traffic == {1: 100}


def test_a_version_that_answers_wrongly_is_stopped_and_the_old_one_serves(line: Line) -> None:
    line.deploy(1)
    line.endpoints.wrong = {"http://2"}
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert "golden predictions" in result.reason
    assert (line.target.serving, line.target.traffic) == (1, {1: 100})
    assert line.world.history()[-1] == ("deploy", "staging", 2, "stopped")
    assert line.world.aliases() == {"staging": 1}


def test_an_answer_that_is_wrong_only_after_the_commit_goes_back(line: Line) -> None:
    line.world.config.environments["staging"] = line.world.config.environments["staging"].model_copy(
        update={"strategy": "all-at-once"}
    )
    line.deploy(1)
    line.endpoints.wrong = {"http://live"}
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert (line.target.serving, line.target.traffic) == (1, {1: 100})


def test_a_target_that_fails_on_the_way_is_brought_back(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.deploy(1)

    def broken(version: int, percent: int) -> None:
        raise UnavailableError("the target is on fire")

    monkeypatch.setattr(line.target, "shift", broken)
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert "on fire" in result.reason
    assert line.target.traffic == {1: 100}
    assert line.world.history()[-1][3] == "stopped"


@pytest.mark.parametrize("also", ["", "note", "way back"])
def test_a_disk_that_fills_on_the_way_is_a_failed_deployment_that_is_taken_back_and_written_down(
    line: Line, monkeypatch: pytest.MonkeyPatch, also: str
) -> None:
    line.deploy(1)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "state.json")

    monkeypatch.setattr(line.target, "shift", full)
    if also == "note":
        monkeypatch.setattr(Notes, "keep", full)
    if also == "way back":
        monkeypatch.setattr(line.target, "abort", full)
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert "no room" in result.reason
    assert "state.json" in result.checks[-1].reason if also == "way back" else line.target.traffic == {1: 100}
    assert line.world.history()[-1][3] == "stopped"


def test_an_interrupt_takes_the_candidate_back_first(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.deploy(1)

    def interrupted(version: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(line.target, "commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        line.deploy(2)
    assert line.target.traffic == {1: 100}


def test_a_canary_is_watched_and_stopped_by_what_is_seen(tmp_path: Path) -> None:
    line = Line(tmp_path, staging={"strategy": "canary", "steps": [10], "pause": 1})
    line.deploy(1)
    line.target.observations = {2: [Observation(requests=50, errors=20)], 1: [Observation(requests=450, errors=0)]}
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert result.part.steps[0].verdict == "stopped"
    assert line.target.traffic == {1: 100}


@pytest.mark.parametrize("effect", range(1, 4))
def test_killed_after_any_effect_the_next_run_finishes_with_one_line_in_the_ledger(line: Line, effect: int) -> None:
    line.deploy(1)
    line.target.dies_after = effect
    with pytest.raises(Died):
        line.deploy(2)
    assert line.target.serving in (1, 2)
    assert line.deploy(2).status is Status.PASSED
    assert line.target.traffic == {2: 100}
    done = [row for row in line.world.history() if row[3] == "done"]
    assert done == [("deploy", "staging", 1, "done"), ("deploy", "staging", 2, "done")]
    assert line.world.aliases() == {"staging": 2}


def test_what_another_interrupted_run_left_is_taken_away_and_written_down(line: Line) -> None:
    line.deploy(1)
    line.target.prepared |= {3}
    line.target.shift(3, 30)
    assert line.deploy(2).status is Status.PASSED
    assert "abort 3" in line.target.calls
    assert ("deploy", "staging", 3, "undone") in line.world.history()


def test_the_same_version_again_after_another_one_is_a_new_line(line: Line) -> None:
    for number in (1, 2, 1):
        line.deploy(number)
    assert [row[2] for row in line.world.history()] == [1, 2, 1]


def test_a_version_that_is_not_complete_is_refused_and_nothing_is_touched(line: Line) -> None:
    half = line.world.version("half", complete=False)
    result = line.deploy(half.number)
    assert result.status is Status.FAILED
    assert line.target.calls == []


def test_a_ledger_that_is_down_after_the_commit_is_a_warning_and_a_note(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(version: int) -> None:
        FakeTarget.commit(line.target, version)
        line.world.registry.down = True

    monkeypatch.setattr(line.target, "commit", commit)
    result = line.deploy(1)
    assert result.status is Status.PASSED
    assert "reconcile" in next(check.reason for check in result.checks if check.status == "warned")
    notes = Notes(line.world.workspace.target("staging") / "notes")
    assert [(entry.version, entry.outcome) for entry in notes.pending()] == [(1, "done")]


def test_a_registry_that_is_down_from_the_start_stops_everything(line: Line) -> None:
    line.world.registry.down = True
    with pytest.raises(UnavailableError):
        line.deploy(1)
    assert line.target.calls == []


def test_missing_golden_predictions_are_no_deployment(line: Line) -> None:
    line.world.workspace.candidate.golden.unlink()
    number = line.world.version("no golden").number
    with pytest.raises(InputError, match="golden"):
        line.deploy(number)
    assert not [call for call in line.target.calls if call.startswith("prepare")]


def test_an_unknown_environment_names_the_known_ones(line: Line) -> None:
    with pytest.raises(ConfigurationError, match="no environment") as failure:
        line.deploy(1, "moon")
    assert "production, staging" in failure.value.fix


@pytest.mark.parametrize("serving", ["batch", "none"])
def test_a_model_without_an_endpoint_is_not_deployed(tmp_path: Path, serving: str) -> None:
    line = Line(tmp_path)
    section = line.world.config.model.model_copy(update={"serving": serving})
    line.world.config = line.world.config.model_copy(update={"model": section})
    assert line.deploy(1).status is Status.SKIPPED


def test_two_deployments_at_once_are_one_too_many(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(version: int, bundle: object) -> None:
        with pytest.raises(ConflictError):
            line.deploy(2)
        FakeTarget.prepare(line.target, version, bundle)

    monkeypatch.setattr(line.target, "prepare", prepare)
    assert line.deploy(1).status is Status.PASSED


OTHER = Run(owner="run 8 of example/flights")


def holder(line: Line) -> Hold:
    return Hold(replace(line.job, run=OTHER), "staging")


def test_a_deployment_elsewhere_is_not_disturbed(line: Line) -> None:
    holder(line).take()
    with pytest.raises(ConflictError, match="run 8 of example/flights is busy with staging until"):
        line.deploy(1)
    assert line.target.calls == []


def test_what_a_lost_machine_held_is_free_after_its_time(line: Line) -> None:
    holder(line).take()
    line.world.clock.sleep(longest(line.world.config.environments["staging"]))
    assert line.deploy(1).status is Status.PASSED
    assert line.world.registry.lease(NAME, "staging") is None


@pytest.mark.parametrize("step", ["prepare", "shift"])
def test_a_deployment_that_was_taken_over_touches_nothing_more(
    line: Line, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    line.deploy(1)
    taken: list[int] = []

    def then_taken(*arguments: Any) -> None:
        getattr(FakeTarget, step)(line.target, *arguments)
        holder(line).take(from_anybody=True)
        taken.append(len(line.target.calls))

    monkeypatch.setattr(line.target, step, then_taken)
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert "run 8 of example/flights took staging over" in result.reason
    later = {call.split()[0] for call in line.target.calls[taken[0] :]}
    assert later <= {"current", "health", "observe"}
    assert line.world.registry.lease(NAME, "staging").owner == OTHER.owner


def test_a_registry_that_falls_silent_before_the_traffic_moves_leaves_the_old_version(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.deploy(1)

    def then_down(version: int, bundle: object) -> None:
        FakeTarget.prepare(line.target, version, bundle)
        line.world.registry.down = True

    monkeypatch.setattr(line.target, "prepare", then_down)
    assert line.deploy(2).status is Status.FAILED
    assert (line.target.traffic, line.target.prepared) == ({1: 100}, {1})


def test_the_environment_is_given_back_whatever_happens(line: Line) -> None:
    line.deploy(1)
    line.endpoints.wrong = {"http://2"}
    line.deploy(2)
    assert line.world.registry.lease(NAME, "staging") is None


def test_a_folder_that_finds_no_room_when_it_is_copied_is_a_failed_deployment_that_is_taken_back(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.deploy(1)

    def full(version: int, bundle: object) -> None:
        line.target.prepared.add(version)
        why = str(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "to/model"))
        raise shutil.Error([("from/model", "to/model", why)])

    monkeypatch.setattr(line.target, "prepare", full)
    result = line.deploy(2)
    assert result.status is Status.FAILED
    assert "no room" in result.reason
    assert (line.target.prepared, line.target.traffic) == ({1}, {1: 100})
    assert line.world.history()[-1][3] == "stopped"


def test_a_command_that_does_not_tell_its_traffic_serves_already_and_is_withdrawn_from(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = line.target

    def current() -> Current:
        return SaidCurrent(serving=target.serving, last_good=target.last_good, endpoint=target.endpoint).current()

    monkeypatch.setattr(target, "current", current)
    assert line.deploy(1).status is Status.PASSED
    assert "already" in line.deploy(1).reason
    line.endpoints.wrong = {"http://2"}
    result = line.deploy(2)
    assert [check.status for check in result.checks if check.name == "old version serves"] == ["passed"]
