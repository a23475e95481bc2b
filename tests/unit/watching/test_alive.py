"""Whether what should be served is alive, by what its target says."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.fakes.target import FakeTarget

from trainstop.errors import ConfigurationError, MachineBoundError, NoCredentialError, TrainstopError, UnavailableError
from trainstop.ports.registry import LedgerEntry
from trainstop.ports.targets import Target
from trainstop.watching.alive import health, promoted_at

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_version_that_is_served_and_healthy_is_quiet() -> None:
    found = health(lambda: FakeTarget.with_history(1, 2), 2)
    assert found is not None
    assert found.level == "quiet"


@pytest.mark.parametrize(
    ("target", "level", "words"),
    [
        (FakeTarget(), "act", "nothing is served"),
        (FakeTarget(serving=2, prepared={2}), "act", "does not run"),
        (FakeTarget(serving=2, traffic={2: 100}, prepared={2}, unhealthy={2: "it ended 9 times"}), "act", "9 times"),
        (FakeTarget.with_history(1), "look", "version 1 is served, and version 2 should be"),
        (FakeTarget(down=True), "not enough data", "does not answer"),
    ],
)
def test_what_is_not_as_it_should_be_is_said(target: FakeTarget, level: str, words: str) -> None:
    found = health(lambda: target, 2)
    assert found is not None
    assert (found.name, found.level, words in found.reason) == ("health", level, True)


def test_a_target_of_this_machine_that_nothing_was_deployed_to_says_nothing_of_others() -> None:
    assert health(FakeTarget, 2, bound="production") is None


def test_a_target_of_this_machine_ends_by_itself_which_is_no_trouble() -> None:
    ended = health(lambda: FakeTarget(serving=2, prepared={2}), 2, bound="shop")
    assert ended is not None
    assert ended.level == "look"
    assert "`environments.shop.lifetime`" in ended.reason
    assert "`trainstop deploy --environment shop --version 2`" in ended.reason


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (MachineBoundError("the `local` target lives on this machine"), None),
        (ConfigurationError("there is no environment `production`"), None),
        (NoCredentialError("TOKEN is not set here"), None),
        (UnavailableError("nobody answers"), "not enough data"),
    ],
)
def test_a_target_that_cannot_be_asked_ends_no_look(error: TrainstopError, level: str | None) -> None:
    def refuse() -> Target:
        raise error

    found = health(refuse, 2)
    assert (found.level if found else None) == level


def entry(day: int, action: str, version: int, environment: str = "production", outcome: str = "done") -> LedgerEntry:
    return LedgerEntry(
        key=f"{day}-{action}",
        action=action,
        environment=environment,
        version=version,
        previous=None,
        outcome=outcome,
        reason="",
        actor="a",
        at=START + timedelta(days=day),
    )


def test_a_version_serves_since_it_was_deployed_last() -> None:
    entries = [
        entry(0, "deploy", 1),
        entry(1, "promote", 1),
        entry(2, "deploy", 2),
        entry(3, "deploy", 2, environment="staging"),
        entry(4, "deploy", 3, outcome="stopped"),
        entry(5, "promote", 2),
    ]
    assert promoted_at(entries, "production", 2) == START + timedelta(days=2)
    assert promoted_at(entries, "production", 1) is None
    assert promoted_at([], "production", 1) is None
