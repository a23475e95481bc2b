from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import FakeClock
from tests.fakes.target import FakeTarget

from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.delivery.plan import plan
from trainstop.delivery.rollout import Rollout, withdraw
from trainstop.errors import UnavailableError
from trainstop.golden import Golden
from trainstop.ports.endpoints import Answer
from trainstop.ports.targets import Health, Observation

GOLDEN = Golden(columns=("a",), rows=((1,),), answers=(0.5,))
RIGHT, WRONG = Answer(status=200, predictions=[0.5]), Answer(status=200, predictions=[0.6])
GOOD = Observation(requests=100, errors=0)


class Endpoints:
    """Answers by address; `asked` keeps the order."""

    def __init__(self, answer: Callable[[str, int], Answer]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        self.asked.append(address)
        return self.answer(address, len(self.asked))


@pytest.fixture
def target() -> FakeTarget:
    made = FakeTarget.with_history(1)
    made.addresses = {2: "http://two"}
    made.observations = {2: [GOOD], 1: [GOOD]}
    made.endpoint = "http://live"
    return made


def rollout(target: FakeTarget, answer: Callable[[str, int], Answer] = lambda *asked: RIGHT, **limits: Any) -> Rollout:
    return Rollout(
        target=target,
        endpoints=Endpoints(answer),
        clock=FakeClock(),
        progress=SimpleNamespace(note=lambda text: None),
        section=EnvironmentSection(**{"pause": 5, "patience": 20, "start_timeout": 10, **limits}),
        version=2,
        previous=1,
        bundle=Bundle(Path("unused")),
        golden=GOLDEN,
        renew=lambda: None,
    )


def effects(target: FakeTarget) -> list[str]:
    return [call for call in target.calls if call.split()[0] not in ("health", "observe", "current")]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("all-at-once", ["prepare 2", "commit 2"]),
        ("blue-green", ["prepare 2", "shift 2 100", "commit 2"]),
        ("canary", ["prepare 2", "shift 2 10", "shift 2 50", "commit 2"]),
    ],
)
def test_a_good_version_goes_the_whole_way(target: FakeTarget, strategy: str, expected: list[str]) -> None:
    made = rollout(target)
    assert made.run(plan(strategy, (10, 50), replaces=True))
    assert effects(target) == expected
    assert {check.status.value for check in made.checks} == {"passed"}


def test_wrong_golden_answers_stop_it_before_any_traffic(target: FakeTarget) -> None:
    made = rollout(target, lambda *asked: WRONG)
    assert not made.run(plan("canary", (10,), replaces=True))
    assert effects(target) == ["prepare 2"]


def test_answers_that_turn_wrong_under_traffic_stop_it(target: FakeTarget) -> None:
    made = rollout(target, lambda address, turn: RIGHT if turn == 1 else WRONG)
    assert not made.run(plan("canary", (10, 50), replaces=True))
    assert effects(target) == ["prepare 2", "shift 2 10"]


def test_an_endpoint_that_answers_wrongly_stops_blue_green_before_the_commit(target: FakeTarget) -> None:
    made = rollout(target, lambda address, turn: WRONG if address == "http://live" else RIGHT)
    assert not made.run(plan("blue-green", (), replaces=True))
    assert effects(target) == ["prepare 2", "shift 2 100"]


def test_a_version_that_never_gets_healthy_is_waited_for_only_so_long(target: FakeTarget) -> None:
    target.unhealthy = {2: "loading"}
    made = rollout(target)
    assert not made.run(plan("blue-green", (), replaces=True))
    assert "loading" in made.checks[-1].reason
    assert made.clock.monotonic() < 60


def test_a_hopeless_version_is_not_waited_for(target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "health", lambda version: Health(ready=False, hopeless=True, reason="crashed"))
    made = rollout(target, start_timeout=10000)
    assert not made.run(plan("blue-green", (), replaces=True))
    assert made.clock.monotonic() < 10


def test_a_step_says_what_was_seen_in_it(target: FakeTarget) -> None:
    target.observations[2] = [Observation(requests=100, errors=9, refused=3, p95_seconds=0.2)]
    made = rollout(target)
    assert not made.run(plan("canary", (10, 50), replaces=True))
    (step,) = made.steps
    assert (step.percent, step.requests, step.errors, step.refused, step.verdict) == (10, 100, 9, 3, "stopped")
    assert step.p95_seconds == 0.2


def test_a_step_waits_until_there_is_evidence(target: FakeTarget) -> None:
    target.observations[2] = [Observation(requests=5, errors=0)] * 4 + [GOOD]
    made = rollout(target)
    assert made.run(plan("canary", (10,), replaces=True))
    assert made.steps[0].requests == 100


def test_a_target_without_addresses_is_asked_at_its_endpoint_alone(target: FakeTarget) -> None:
    target.addresses = {}
    made = rollout(target)
    assert made.run(plan("all-at-once", (), replaces=True))
    assert [check.status.value for check in made.checks] == ["passed", "warned", "passed"]


def test_a_target_that_can_be_asked_nowhere_is_no_pass(target: FakeTarget) -> None:
    target.addresses, target.endpoint = {}, ""
    assert not rollout(target).run(plan("all-at-once", (), replaces=True))


def test_withdrawing_a_candidate_leaves_the_old_version_alone(target: FakeTarget) -> None:
    target.prepared.add(2)
    target.shift(2, 50)
    check = withdraw(target, 2, 1)
    assert (check.status, target.traffic) == ("passed", {1: 100})


def test_withdrawing_a_committed_version_brings_the_old_one_back(target: FakeTarget) -> None:
    target.commit(2)
    check = withdraw(target, 2, 1)
    assert (check.status, target.serving) == ("passed", 1)


def test_with_none_to_go_back_to_that_is_said(target: FakeTarget) -> None:
    target.commit(2)
    assert "none to go back to" in withdraw(target, 2, None).reason
    fresh = FakeTarget()
    assert withdraw(fresh, 2, None).status == "skipped"


def test_a_target_that_stays_mixed_or_silent_fails_the_check(
    target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.shift(2, 50)
    monkeypatch.setattr(target, "abort", lambda version: None)
    assert withdraw(target, 2, 1).status == "failed"

    def silent(version: int) -> None:
        raise UnavailableError("no answer")

    monkeypatch.setattr(target, "abort", silent)
    assert "reconcile" in withdraw(target, 2, 1).reason
