import json
import threading
from pathlib import Path

import pytest

from trainstop.adapters.targets.local.state import Observed, State
from trainstop.adapters.targets.local.store import Journal, Store
from trainstop.errors import InputError


def test_where_nothing_was_deployed_there_is_no_state(tmp_path: Path) -> None:
    store = Store(tmp_path / "staging")
    store.touch()
    assert store.state() is None
    assert store.observed() == Observed()
    assert not store.folder.exists()


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    state = State(generation=3, good=(1, 2), traffic={2: 100})
    store.write_state(state)
    assert store.state() == state


def test_a_damaged_state_is_said_so_and_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"generation": ')
    with pytest.raises(InputError, match="state of a deployment target"):
        Store(tmp_path).state()


def test_damaged_observations_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "observed.json").write_text("oops")
    assert Store(tmp_path).observed() == Observed()


def test_changes_under_the_lock_are_never_lost(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_state(State())

    def count() -> None:
        for _ in range(20):
            with store.locked():
                state = store.state() or State()
                store.write_state(state.model_copy(update={"generation": state.generation + 1}))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.state() == State(generation=80)


def test_there_is_one_supervisor(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert not store.supervised()
    with store.supervising(patience=0) as first:
        assert first
        assert store.supervised()
        with Store(tmp_path).supervising(patience=0) as second:
            assert not second
    assert not store.supervised()


def test_every_touch_is_seen(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = store.touched()
    store.touch()
    assert store.touched() != before


def test_the_journal_tells_begin_end_and_failure(tmp_path: Path) -> None:
    seen = []
    journal = Journal(tmp_path / "deep" / "journal.jsonl", lambda: "now", lambda: seen.append(1))
    with journal.step("commit", version=2):
        assert len(seen) == 1
    with pytest.raises(ValueError, match="no"), journal.step("abort"):
        raise ValueError("no\nmore")
    lines = [json.loads(line) for line in (tmp_path / "deep" / "journal.jsonl").read_text().splitlines()]
    assert [(line["action"], line["phase"]) for line in lines] == [
        ("commit", "begin"),
        ("commit", "end"),
        ("abort", "begin"),
        ("abort", "failed"),
    ]
    assert (lines[0]["version"], lines[3]["error"]) == (2, ["no"])
    assert len(seen) == 4
