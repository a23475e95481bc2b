"""Hostile text through every input of every action, in the way that a job gives it: refused, or shown and no more."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from tests.fakes.registry import FakeRegistry
from tests.integration.hostile.texts import TEXTS

from trainstop import cli
from trainstop.report.outputs import described
from trainstop.wiring import LivePorts

ROOT = Path(__file__).parents[3]
CONFIG = '[model]\nname = "m"\ntask = "binary"\n[evaluate]\nmetrics-file = "metrics.json"\n'
OWN_COMMAND = re.compile(r"^::(?:(?:error|warning|notice) (?:[\w]+=[^:]*,)*title=|group::|endgroup::|add-mask::)")
CARRIED = tuple(text for text in TEXTS if "\0" not in text and text.encode("utf-8", "ignore").decode() == text)
"""What an environment variable can hold."""
DOSES = [6, pytest.param(1, marks=pytest.mark.slow)]


def inputs() -> list[tuple[str, str]]:
    """Return each action with each variable that one of its inputs becomes."""
    found = []
    for path in sorted(ROOT.glob("actions/*/action.yml")):
        for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
            given = {name: value for name, value in step.get("env", {}).items() if "inputs." in value}
            found += [(path.parent.name, name) for name in given]
    return found


DOORS = inputs()
VERBS = [door for door in DOORS if door[0] != "setup"]
"""`setup` is no verb: it is tried as the program that it is."""


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A step of a job: its folder, and the files that a runner reads afterwards."""
    (tmp_path / "trainstop.toml").write_text(CONFIG)
    (tmp_path / "metrics.json").write_text('{"auc": 0.8}')
    monkeypatch.setattr(LivePorts, "registry", FakeRegistry(tmp_path / "registry"))
    monkeypatch.chdir(tmp_path)
    files = {name: tmp_path / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
    for path in files.values():
        path.touch()
    return {"GITHUB_ACTIONS": "true", **{name: str(path) for name, path in files.items()}}


def read_outputs(path: Path) -> dict[str, str]:
    """Read a step's outputs as the runner does (`name=value`, or `name<<delimiter`)."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, several, delimiter = line.partition("<<")
        if several and "=" not in name:
            found[name] = "\n".join(iter(lambda delimiter=delimiter: next(lines), delimiter))
        else:
            name, _, found[line.partition("=")[0]] = line.partition("=")
    return found


def check_harmless(done: Any, job: dict[str, str], verb: str) -> None:
    """Hold what the runner would do against what this verb does."""
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert "a bug in trainstop" not in done.output, done.output[-800:]
    assert "Traceback" not in done.output
    for line in done.output.splitlines():
        said = line.strip()
        assert not said.startswith("::") or OWN_COMMAND.match(said), ascii(said)
        assert "##[" not in said
    assert set(read_outputs(Path(job["GITHUB_OUTPUT"]))) <= set(described(verb))
    assert Path(job["GITHUB_ENV"]).read_bytes() == b""


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize(("action", "variable"), VERBS, ids=map("-".join, VERBS))
def test_an_input_is_refused_or_shown(job: dict[str, str], action: str, variable: str, dose: int) -> None:
    for text in CARRIED[len(action + variable) % dose :: dose]:
        Path(job["GITHUB_OUTPUT"]).write_text("")
        done = CliRunner().invoke(cli.cli, [action], env={**job, variable: text})
        check_harmless(done, job, action)
        assert done.exit_code in (0, 1, 2, 3), (text, done.output[-500:])


def test_groups_that_are_none_are_refused_before_anything_is_installed(job: dict[str, str], tmp_path: Path) -> None:
    environ = {**os.environ, **job, "RUNNER_TEMP": str(tmp_path / "temp")}
    for text in CARRIED:
        if not text.strip() or len(text) > 1000:
            continue
        setup = [sys.executable, str(ROOT / "actions/setup/setup.py")]
        done = subprocess.run(
            setup, env={**environ, "TRAINSTOP_GROUPS": text}, capture_output=True, text=True, check=False, timeout=60
        )
        said = done.stdout + done.stderr
        assert done.returncode != 0, ascii(text)
        assert "Traceback" not in said, said
        assert not [line for line in said.splitlines() if line.startswith("::") and not OWN_COMMAND.match(line)], said
        assert Path(job["GITHUB_OUTPUT"]).read_text() == ""


def test_there_is_a_door_for_every_input() -> None:
    assert {action for action, _ in DOORS} == {path.parent.name for path in ROOT.glob("actions/*/action.yml")}
    assert len(DOORS) > 70
