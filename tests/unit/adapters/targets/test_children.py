import os
from pathlib import Path

import psutil
import pytest

from trainstop.adapters.targets.local import children
from trainstop.adapters.targets.local.state import Entry, Seen, State
from trainstop.adapters.targets.local.store import Store
from trainstop.adapters.targets.local.supervisor import LONGEST_PAUSE, pause_after


def test_a_process_that_got_the_id_of_another_one_is_not_taken_for_it() -> None:
    own = psutil.Process()
    assert children.is_running(Seen(pid=own.pid, started=own.create_time()))
    assert not children.is_running(Seen(pid=own.pid, started=own.create_time() - 100))


def test_a_port_counts_only_when_the_process_itself_announced_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert children.announced_port(store, 1, 77) == 0
    store.servers.mkdir()
    children.announcement(store, 1).write_text('{"pid": 77, "port": 4567}')
    assert children.announced_port(store, 1, 77) == 4567
    assert children.announced_port(store, 1, 78) == 0


def test_the_log_is_asked_for_only_when_wanted(tmp_path: Path) -> None:
    entry = Entry(folder="1-x", manifest="m", python="/venv/bin/python")
    command = children.serve_command(Store(tmp_path), State(log=True), 1, entry, 0)
    assert command[:2] == ("/venv/bin/python", "-I")
    assert "--log" in command
    assert "--log" not in children.serve_command(Store(tmp_path), State(log=False), 1, entry, 0)


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "END_SECONDS", 0.2)
    script = tmp_path / "deaf.sh"
    script.write_text("trap '' TERM\necho deaf\nwhile :; do sleep 0.05; done\n")
    child = children.start(("bash", str(script)), tmp_path / "log", tmp_path)
    while b"deaf" not in (tmp_path / "log").read_bytes():
        assert child.alive()
    children.end([child])
    assert not child.alive()
    assert not psutil.pid_exists(child.process.pid)


def test_nothing_answers_where_nothing_listens() -> None:
    assert not children.answers(1, 1)


def test_the_last_words_of_a_long_log_are_enough(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n\n" for number in range(5000)))
    words = children.last_words(log).splitlines()
    assert words[-1] == "line 4999"
    assert len(words) == children.TAIL_LINES
    assert children.last_words(tmp_path / "none") == ""


def test_pauses_between_restarts_grow_to_a_bound() -> None:
    pauses = [pause_after(exits) for exits in range(1, 40)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.5, LONGEST_PAUSE)


def test_only_our_own_processes_are_found(tmp_path: Path) -> None:
    assert children.find_servers(Store(tmp_path)) == []
    assert os.getpid() not in {child.process.pid for child in children.find_proxies(Store(tmp_path))}
