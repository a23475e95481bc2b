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
from tests.integration.hostile.test_hostile import active
from tests.integration.hostile.texts import LONGEST, TEXTS

from trainstop import cli, verbs
from trainstop.live_ports import LivePorts
from trainstop.report.outputs import described

ROOT = Path(__file__).parents[3]
CONFIG = '[model]\nname = "m"\ntask = "binary"\n[evaluate]\nmetrics-file = "metrics.json"\n'
OWN_COMMAND = re.compile(r"^::(?:(?:error|warning|notice) (?:[\w]+=[^:]*,)*title=|group::|endgroup::|add-mask::)")
CARRIED = tuple(text for text in TEXTS if "\0" not in text and text != "\ud800")
"""What an environment variable can hold: any bytes but NUL."""
DOSES = [6, pytest.param(1, marks=pytest.mark.slow)]


ACTIONS = {path.parent.name: path for path in ROOT.glob("actions/*/action.yml")} | {"run": ROOT / "action.yml"}
"""Each with its file; the one at the root runs a stretch of the line."""
INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


def inputs() -> list[tuple[str, str, str]]:
    """Return each action with each of its inputs, and the variable it becomes; none for the folder to run in."""
    found = []
    for action, path in sorted(ACTIONS.items()):
        for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
            given = {**step.get("env", {}), "": step.get("working-directory", "")}
            found += [(action, INPUT.fullmatch(value)[1], name) for name, value in given.items() if "inputs." in value]  # type: ignore[index]
    return sorted(set(found))


DOORS = inputs()
VERBS = [(action, variable) for action, _, variable in DOORS if action != "setup" and variable]
"""`setup` is no verb: it is tried as the program that it is."""
FOLDERS = [action for action, name, _ in DOORS if name == "working-directory"]


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
    assert set(read_outputs(Path(job["GITHUB_OUTPUT"]))) <= allowed(verb)
    assert Path(job["GITHUB_ENV"]).read_bytes() == b""
    check_pages(Path(job["GITHUB_STEP_SUMMARY"]), Path(".trainstop/outbox"))


def allowed(verb: str) -> set[str]:
    """Return the outputs that a verb may set; a stretch of the line sets those of its verbs."""
    names = [each.name for each in verbs.VERBS] if verb == "run" else [verb]
    return {output for name in names for output in described(name)}


def check_pages(summary: Path, outbox: Path) -> None:
    """Hold what people would see rendered (summary, comment, issues) against what text may do: nothing."""
    for page in (summary, *outbox.rglob("*.md")):
        assert active(page.read_text(encoding="utf-8")) == [], page
        page.write_text("") if page == summary else page.unlink()


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


@pytest.mark.parametrize("dose", DOSES)
def test_a_folder_to_run_in_is_a_folder_and_no_more(job: dict[str, str], tmp_path: Path, dose: int) -> None:
    for number, action in enumerate(FOLDERS[:: 6 if dose > 1 else 1]):
        for text in CARRIED[number % (4 * dose) :: 4 * dose] if dose > 1 else CARRIED:
            try:
                folder = tmp_path / "below" / text.lstrip("/.").replace("/../", "")
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue  # the runner cannot enter what cannot be made
            (folder / "trainstop.toml").write_text(CONFIG)
            (folder / "metrics.json").write_text('{"auc": 0.8}')
            os.chdir(folder)
            Path(job["GITHUB_OUTPUT"]).write_text("")
            check_harmless(CliRunner().invoke(cli.cli, [action], env=job), job, action)


def test_a_million_characters_are_refused_or_shown(job: dict[str, str]) -> None:
    for action, variable in VERBS[:: len(VERBS) // 6]:
        Path(job["GITHUB_OUTPUT"]).write_text("")
        done = CliRunner().invoke(cli.cli, [action], env={**job, variable: LONGEST})
        check_harmless(done, job, action)
        assert len(done.output) < 20_000


def test_there_is_a_door_for_every_input() -> None:
    declared = {
        (action, name)
        for action, path in ACTIONS.items()
        for name in yaml.safe_load(path.read_text()).get("inputs", ())
    }
    assert {(action, name) for action, name, _ in DOORS} == declared
    assert len(declared) > 100
    assert len(FOLDERS) > 20


def test_no_input_stands_in_a_script() -> None:
    for path in ACTIONS.values():
        for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
            assert "${{" not in step.get("run", "")
