from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from trainstop.adapters import targets
from trainstop.adapters.targets.command import CommandTarget
from trainstop.adapters.targets.local.state import State
from trainstop.adapters.targets.local.store import Store
from trainstop.adapters.targets.local.target import LocalTarget, endpoint, free_port
from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import ConfigurationError, UnavailableError
from trainstop.ports.targets import Current
from trainstop.workspace import Workspace

COMMANDS = dict.fromkeys(("commit", "abort", "current", "shift"), "true")


def made(tmp_path: Path, **section: Any) -> Any:
    parts: Any = (None,) * 4
    return targets.open_target("staging", EnvironmentSection(**section), Workspace(tmp_path), *parts)


def plugged(*arguments: Any) -> Any:
    return ("plug-in", arguments[0])


def test_targets_are_found_by_name(tmp_path: Path) -> None:
    from trainstop.adapters.clock import SystemClock

    parts: Any = (None, None, SystemClock(), None)
    local = targets.open_target("staging", EnvironmentSection(), Workspace(tmp_path), *parts)
    assert isinstance(local, LocalTarget)
    assert isinstance(made(tmp_path, target="command", commands=COMMANDS), CommandTarget)


@pytest.mark.parametrize("only_asked", [False, True])
def test_a_target_that_is_only_asked_keeps_nothing_alive(tmp_path: Path, *, only_asked: bool) -> None:
    parts: Any = (None,) * 4
    target = targets.open_target("staging", EnvironmentSection(), Workspace(tmp_path), *parts, only_asked=only_asked)
    store = Store(Workspace(tmp_path).target("staging").resolve())
    store.folder.mkdir(parents=True)
    store.write_state(State(good=(1,)))
    target.current()
    target.health(1)
    assert (store.touched() == 0) == only_asked


def test_others_offer_theirs_as_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint(name="moon", group=targets.GROUP, value=f"{__name__}:plugged")
    monkeypatch.setattr(EntryPoint, "load", lambda self: plugged)
    monkeypatch.setattr(targets, "entry_points", lambda group: [entry] if group == targets.GROUP else [])
    assert made(tmp_path, target="moon") == ("plug-in", "staging")


def test_an_unknown_target_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no target `mars`") as failure:
        made(tmp_path, target="mars")
    assert "command, local" in failure.value.fix


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_an_endpoint_is_reached_from_here(host: str, address: str) -> None:
    assert endpoint(host, 80) == address


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(UnavailableError, match="cannot listen on 192"):
        free_port("192.0.2.1", 0, "staging")


@pytest.mark.parametrize(
    ("serving", "traffic", "alone"),
    [
        (3, {3: 100}, True),
        (3, {3: 100, 4: 0}, True),
        (3, {3: 90, 4: 10}, False),
        (3, {3: 90}, False),
        (3, {}, False),
        (2, {3: 100}, False),
        (None, {}, False),
    ],
)
def test_a_version_serves_alone_when_it_is_committed_and_gets_every_request(
    serving: int | None, traffic: dict[int, int], alone: bool
) -> None:
    now = Current(traffic=traffic, serving=serving, last_good=None, endpoint="")
    assert now.serves_alone(3) is alone
