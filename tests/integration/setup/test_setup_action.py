"""`actions/setup`: trainstop from its own commit, in a place of its own, and only what is asked for."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@dataclass
class Step:
    """A runner's step: its folders, and what it was told."""

    temp: Path
    root: Path = ROOT

    def set_up(self, groups: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        output = self.temp / "output"
        output.unlink(missing_ok=True)
        kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        given = {"RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(output), "TRAINSTOP_GROUPS": groups}
        command = [sys.executable, str(self.root / "actions" / "setup" / "setup.py")]
        return subprocess.run(
            command, env={**kept, **given, **environ}, capture_output=True, text=True, timeout=200, check=False
        )

    @property
    def command(self) -> str:
        return (self.temp / "output").read_text().strip().removeprefix("command=")

    def run(self, *arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [self.command, *arguments]
        return subprocess.run(
            command, cwd=cwd, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Step:
    step = Step(tmp_path_factory.mktemp("runner temp"))
    done = step.set_up()
    assert done.returncode == 0, done.stdout + done.stderr
    return step


def test_the_command_runs_from_this_commit(step: Step, tmp_path: Path) -> None:
    shown = step.run("--version", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "trainstop, version" in shown.stdout


def test_a_group_that_was_not_asked_for_is_missing_and_added_when_asked_for(step: Step, tmp_path: Path) -> None:
    (tmp_path / "trainstop.toml").write_text('[model]\nname = "m"\ntask = "binary"\n')
    before = step.run("test", cwd=tmp_path)
    assert "needs the dependency group environments" in before.stderr
    done = step.set_up("environments")
    assert done.returncode == 0, done.stderr
    assert "needs the dependency group" not in step.run("test", cwd=tmp_path).stderr


def test_a_second_call_does_nothing(step: Step) -> None:
    step.set_up("environments")
    before = {path: path.stat().st_mtime_ns for path in step.temp.rglob("*") if path.name != "output"}
    step.set_up("environments")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_nothing_of_the_project_gets_in(step: Step, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('the project got in')\n")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('the project got in')\n")
    shown = step.run("--version", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_nothing_is_put_where_the_project_finds_it(step: Step) -> None:
    assert shutil.which("trainstop", path=str(Path(step.command).parent)) == step.command
    assert str(step.temp) not in os.environ["PATH"]
    assert (step.temp / "output").read_text().splitlines() == [f"command={step.command}"]


@pytest.mark.parametrize("groups", ["nosuch", "../core", "core;id", "-r", "dev.txt"])
def test_a_group_that_is_none_is_refused(step: Step, groups: str) -> None:
    done = step.set_up(groups)
    assert done.returncode == 1
    assert "no dependency group" in done.stderr


def test_a_lock_that_was_tampered_with_installs_nothing(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "actions" / "setup", root / "actions" / "setup")
    shutil.copytree(ROOT / "requirements", root / "requirements")
    lock = root / "requirements" / "core.txt"
    lock.write_text(lock.read_text().replace("--hash=sha256:", "--hash=sha256:0000"))
    step = Step(tmp_path / "temp", root)
    step.temp.mkdir()
    done = step.set_up()
    assert done.returncode == 1
    assert not (step.temp / "output").exists()
