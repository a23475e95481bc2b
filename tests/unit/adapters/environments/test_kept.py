"""Environments on disk: those that nobody needs give their room back, and nobody loses one that is in use."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainstop.adapters.environments.kept import COMPLETE, UNUSED_SECONDS, Kept
from trainstop.ports.environments import Interpreter

NOW = 2_000_000_000.0


def made(folder: Path) -> Interpreter:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return Interpreter(folder / "bin" / "python", "d", "3", "lock")


def at(root: Path, days: float) -> Kept:
    return Kept(root, now=lambda: NOW + days * 86400)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with one environment, `old`."""
    at(tmp_path, 0).ensure("old", made)
    return tmp_path


def test_an_environment_that_nobody_used_for_a_month_goes_when_another_is_made(root: Path) -> None:
    at(root, 31).ensure("new", made)
    assert not (root / "old").exists()
    assert (root / "new" / COMPLETE).exists()


def test_using_one_keeps_it(root: Path) -> None:
    at(root, 20).ensure("old", made)
    at(root, 31).ensure("new", made)
    assert (root / "old" / COMPLETE).exists()


def test_as_long_as_none_is_made_none_goes(root: Path) -> None:
    at(root, 1).ensure("other", made)
    at(root, 60).ensure("other", made)
    assert (root / "old" / COMPLETE).exists()


def test_one_in_which_something_runs_stays_however_long_ago_it_was_made(root: Path) -> None:
    running = subprocess.Popen([str(root / "old" / "bin" / "python"), "-c", "input()"], stdin=subprocess.PIPE)
    try:
        at(root, 31).ensure("new", made)
        assert (root / "old" / COMPLETE).exists()
    finally:
        running.communicate(b"\n", timeout=30)


def test_one_that_somebody_holds_stays(root: Path) -> None:
    with (root / "old.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        at(root, 31).ensure("new", made)
    assert (root / "old" / COMPLETE).exists()


def test_one_that_is_only_half_made_is_left_to_whoever_makes_it(root: Path) -> None:
    (root / "half").mkdir()
    at(root, 31).ensure("new", made)
    assert (root / "half").exists()


def test_an_environment_that_may_only_be_read_is_used_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert at(root, 1).ensure("old", made).python == root / "old" / "bin" / "python"


def test_an_unused_month_is_a_month() -> None:
    assert UNUSED_SECONDS == 30 * 86400
    assert Kept(Path()).now is time.time
