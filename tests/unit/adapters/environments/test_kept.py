"""Environments on disk: those that nobody needs give their room back, and nobody loses one that is needed."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainstop.adapters.environments.kept import UNUSED_SECONDS, Kept
from trainstop.adapters.environments.made import counted_on
from trainstop.ports.environments import Interpreter
from trainstop.workspace import COMPLETE, Workspace

MONTH_AGO = 31 * 86400


def made(folder: Path) -> Interpreter:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return Interpreter(folder / "bin" / "python", "d", "3", "lock")


def aged(path: Path, seconds: float = MONTH_AGO) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with one environment, `old`, that was last used a month ago."""
    Kept(tmp_path).ensure("old", made)
    aged(tmp_path / "old" / COMPLETE)
    return tmp_path


def test_an_environment_that_nobody_used_for_a_month_goes_when_another_is_made(root: Path) -> None:
    Kept(root).ensure("new", made)
    assert not (root / "old").exists()
    assert (root / "new" / COMPLETE).exists()


def test_using_one_keeps_it(root: Path) -> None:
    Kept(root).ensure("old", made)
    Kept(root).ensure("new", made)
    assert (root / "old" / COMPLETE).exists()


def test_as_long_as_none_is_made_none_goes(root: Path) -> None:
    Kept(root).ensure("other", made)
    Kept(root).ensure("old", made)
    aged(root / "old" / COMPLETE)
    Kept(root).ensure("other", made)
    assert (root / "old" / COMPLETE).exists()


@pytest.mark.parametrize("shell", [False, True])
def test_one_in_which_something_runs_stays_however_it_was_started(root: Path, shell: bool) -> None:
    program, home = str(root / "old" / "bin" / "python"), {"VIRTUAL_ENV": str(root / "old")}
    argv = ["bash", "-c", "read line"] if shell else [program, "-c", "input()"]
    running = subprocess.Popen(argv, stdin=subprocess.PIPE, env={**os.environ, **(home if shell else {})})
    try:
        Kept(root).ensure("new", made)
        assert (root / "old" / COMPLETE).exists()
    finally:
        running.communicate(b"\n", timeout=30)


def test_one_that_somebody_holds_stays(root: Path) -> None:
    with (root / "old.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Kept(root).ensure("new", made)
    assert (root / "old" / COMPLETE).exists()


def test_one_to_which_a_target_may_have_to_go_back_stays_though_nothing_runs_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    kept = Kept(workspace.environments, needed=lambda folder: counted_on(workspace, folder))
    state = workspace.target("production") / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text(f'{{"python": "{workspace.environments}/model-a/bin/python"}}')
    for name in ("model-a", "model-b"):
        kept.ensure(name, made)
        aged(workspace.environments / name / COMPLETE)
    kept.ensure("new", made)
    assert sorted(path.name for path in workspace.environments.iterdir() if path.is_dir()) == ["model-a", "new"]


def test_what_was_left_half_made_a_month_ago_goes_and_what_is_being_made_stays(root: Path) -> None:
    for name, age in (("left", MONTH_AGO), ("making", 60)):
        (root / name / "lib").mkdir(parents=True)
        aged(root / name, age)
    Kept(root).ensure("new", made)
    assert ((root / "left").exists(), (root / "making").exists()) == (False, True)


def test_an_environment_that_may_only_be_read_is_used_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert Kept(root).ensure("old", made).python == root / "old" / "bin" / "python"


def test_an_unused_month_is_thirty_days() -> None:
    assert UNUSED_SECONDS == 30 * 86400
