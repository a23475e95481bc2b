"""What keeps following the wish while the machine is in trouble."""

import errno
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trainstop.adapters.targets.local import children, envoy
from trainstop.adapters.targets.local.proxy import Proxy
from trainstop.adapters.targets.local.state import Entry, Observed, State, expiring
from trainstop.adapters.targets.local.store import Store
from trainstop.adapters.targets.local.supervisor import Supervisor


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(Proxy, "follow", lambda *_: False)
    return Store(tmp_path)


def broken_once(store: Store, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    write, failures = store.write_observed, [OSError(code, os.strerror(code))]

    def write_observed(observed: Observed) -> None:
        if failures:
            raise failures.pop()
        write(observed)

    monkeypatch.setattr(store, "write_observed", write_observed)


def wished(store: Store, *versions: int, **more: Any) -> State:
    """Write a wish: these versions run, the first one committed."""
    entries = {version: Entry(folder=str(version), manifest="", python="python") for version in versions}
    state = State(versions=entries, good=versions[:1], prepared=versions[1:], **more)
    store.write_state(state)
    return state


class Process:
    """A server that was started and runs until it is ended."""

    def __init__(self, pid: int) -> None:
        self.process = SimpleNamespace(pid=pid, create_time=lambda: 1.0)
        self.running = True

    def alive(self) -> bool:
        return self.running


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes that were started."""
    started: list[Process] = []

    def start(*_: Any) -> Process:
        started.append(Process(100 + len(started)))
        return started[-1]

    def end(ended: list[Process]) -> None:
        for process in ended:
            process.running = False

    monkeypatch.setattr(children, "start", start)
    monkeypatch.setattr(children, "end", end)
    monkeypatch.setattr(children, "find_servers", lambda _: [])
    return started


def no_room_for(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, *lines: tuple[str, str]) -> None:
    """Let the journal find no room for these lines, once each."""
    note, missing = supervisor._journal.note, list(lines)

    def full(action: str, phase: str, **details: Any) -> None:
        if (action, phase) in missing:
            missing.remove((action, phase))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        note(action, phase, **details)

    monkeypatch.setattr(supervisor._journal, "note", full)


def test_a_full_disk_ends_nothing_and_what_could_not_be_told_is_told_later(store, monkeypatch, processes) -> None:
    wished(store, 1)
    broken_once(store, monkeypatch, errno.ENOSPC)
    supervisor, told = Supervisor(store), store.folder / "observed.json"
    assert supervisor._step()
    assert not told.exists()
    assert supervisor._step()
    assert told.exists()


def test_any_other_trouble_of_the_machine_is_the_guardians(store, monkeypatch, processes) -> None:
    wished(store, 1)
    broken_once(store, monkeypatch, errno.EACCES)
    with pytest.raises(PermissionError):
        Supervisor(store)._step()


@pytest.mark.parametrize("phase", ["begin", "end"])
def test_a_server_whose_end_finds_no_room_to_be_noted_is_ended_all_the_same(
    store, monkeypatch, processes, phase: str
) -> None:
    wished(store, 1, 2)
    supervisor = Supervisor(store)
    supervisor._step()
    wished(store, 1)
    no_room_for(supervisor, monkeypatch, ("end", phase))
    supervisor._step()
    assert (processes[1].running, 2 in supervisor._servers) == ((True, True) if phase == "begin" else (False, False))
    supervisor._step()
    assert not processes[1].running
    assert set(store.observed().servers) == {1}


@pytest.mark.parametrize("phase", ["begin", "end"])
def test_a_server_whose_start_finds_no_room_to_be_noted_is_one_server_and_known(
    store, monkeypatch, processes, phase: str
) -> None:
    wished(store, 1)
    supervisor = Supervisor(store)
    no_room_for(supervisor, monkeypatch, ("start", phase))
    for _ in range(3):
        assert supervisor._step()
    assert len(processes) == 1
    assert store.observed().servers[1].pid == processes[0].process.pid


def test_what_is_taken_back_after_a_lease_is_taken_back_when_there_is_room_again(store, monkeypatch, processes) -> None:
    state = wished(store, 1, 2, lease=-1.0)
    supervisor, write = Supervisor(store), store.write_state
    failures = [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]
    monkeypatch.setattr(store, "write_state", lambda state: write(state) if not failures else _raise(failures.pop()))
    assert supervisor._step()
    assert store.state() == state
    assert supervisor._step()
    assert store.state().prepared == expiring(state).prepared != state.prepared


def test_a_lifetime_ends_on_a_full_disk_too(store, monkeypatch, processes) -> None:
    wished(store, 1, lifetime=1000.0)
    supervisor = Supervisor(store)
    supervisor._step()
    monkeypatch.setattr(store, "write_observed", lambda _: _raise(OSError(errno.ENOSPC, "full")))
    monkeypatch.setattr(supervisor._journal, "note", lambda *_, **__: _raise(OSError(errno.ENOSPC, "full")))
    wished(store, 1, lifetime=-1.0)
    supervisor.run()
    assert not processes[0].running


def test_a_proxy_that_finds_no_room_leaves_no_folder_behind(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(envoy, "write", lambda *_: _raise(OSError(errno.ENOSPC, "full")))
    proxy = Proxy(Store(tmp_path / "state"))
    with pytest.raises(OSError, match="full"):
        proxy.follow(State(traffic={1: 100}), {1: 1234})
    assert not list(tmp_path.glob("trainstop-*"))


def _raise(error: Exception) -> None:
    raise error
