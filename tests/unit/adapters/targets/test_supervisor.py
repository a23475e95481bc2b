"""What keeps following the wish while the machine is in trouble."""

import errno
import os
from pathlib import Path

import pytest

from trainstop.adapters.targets.local.proxy import Proxy
from trainstop.adapters.targets.local.state import Observed, State
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


def test_a_full_disk_ends_nothing_and_what_could_not_be_told_is_told_later(store, monkeypatch) -> None:
    broken_once(store, monkeypatch, errno.ENOSPC)
    supervisor, told = Supervisor(store), store.folder / "observed.json"
    supervisor._step(State())
    assert not told.exists()
    supervisor._step(State())
    assert told.exists()


def test_any_other_trouble_of_the_machine_is_the_guardians(store, monkeypatch) -> None:
    broken_once(store, monkeypatch, errno.EACCES)
    with pytest.raises(PermissionError):
        Supervisor(store)._step(State())
