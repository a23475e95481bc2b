"""A newcomer clones the repository and types what the README says, command after command."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trainstop import verbs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[3]
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
COMMAND_ANYWHERE = re.compile(r"^ *\$ (.+)$", re.MULTILINE)
NOT_HERE = {"stop", "preflight", "newest", "react", "pack", "unpack"}
"""Verbs that end it all, that ask GitHub or a workflow, or that carry things between jobs."""
OURS = ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


@dataclass(frozen=True)
class Clone:
    """A fresh copy of the repository, and a shell in it."""

    folder: Path

    @property
    def kept(self) -> Path:
        return self.folder / "example-project" / ".trainstop"

    def type(self, command: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if name not in OURS}
        here = self.folder / folder
        first = [str(place / ".venv" / "bin") for place in dict.fromkeys((here, self.folder))]
        environ["PATH"] = os.pathsep.join([*first, environ["PATH"]])
        argv = ["bash", "-c", command]
        return subprocess.run(
            argv, cwd=here, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def record(self, stage: str) -> dict[str, Any]:
        return dict(json.loads((self.kept / "results" / f"{stage}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Give a copy of what git would carry, with its tools; end what is left running in it."""
    folder = tmp_path_factory.mktemp("newcomer") / "trainstop"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    clone = Clone(folder)
    tools = clone.type("make setup")
    yield clone if not tools.returncode else pytest.fail(tools.stdout[-8000:])
    for environment in ("staging", "production"):
        clone.type(f"trainstop stop --config example-project --environment {environment}")


TO_REGISTER = "trainstop run --config example-project/trainstop.toml --to register"


def test_on_a_fresh_clone_the_example_is_registered_and_run_again_it_is_restored_and_one_version(clone: Clone) -> None:
    first = clone.type(TO_REGISTER)
    assert first.returncode == 0, first.stdout[-8000:]
    assert clone.record("train")["part"]["restored"] is False
    again = clone.type(TO_REGISTER)
    assert again.returncode == 0, again.stdout[-8000:]
    train = clone.record("train")
    assert train["part"]["restored"] is True
    assert "nothing it depends on changed" in train["reason"]
    assert train["reason"] in again.stdout
    assert clone.record("register")["part"]["created"] is False
    status = clone.type("trainstop status --config example-project/trainstop.toml --json --quiet")
    assert json.loads(status.stdout)["part"]["versions"] == 1


@pytest.fixture(scope="module")
def demonstrated(clone: Clone) -> Clone:
    """Give the clone after the demo."""
    demo = clone.type("make demo")
    return clone if not demo.returncode else pytest.fail(demo.stdout[-8000:])


def test_the_demo_leaves_everything_it_speaks_of(demonstrated: Clone) -> None:
    clone = demonstrated
    for verb in verbs.VERBS:
        if verb.name not in NOT_HERE:
            assert list((clone.kept / "results").glob(f"{verb.name}*.json")), verb.name
    assert "flight-delay" in (clone.kept / "outbox" / "comment.md").read_text(encoding="utf-8")
    issue = json.loads((clone.kept / "outbox" / "issues" / "1.json").read_text(encoding="utf-8"))
    assert issue["state"] == "closed"
    assert next(event["what"] for event in issue["events"]) == "opened"
    assert not (clone.kept / "outbox" / "issues" / "2.json").exists()
    with sqlite3.connect(clone.kept / "mlflow.db") as registry:
        rows = registry.execute("select alias, version from registered_model_aliases where name = 'flight-delay'")
        aliases = dict(rows.fetchall())
    assert aliases["champion"] == 2
    assert aliases["previous"] == 1
    told = [
        (entry["action"], entry["version"], entry["outcome"]) for entry in clone.record("history")["part"]["entries"]
    ]
    for deed in (("promote", 1, "done"), ("promote", 2, "done"), ("deploy", 3, "stopped"), ("rollback", 1, "done")):
        assert deed in told, deed


def test_every_command_of_the_examples_own_page_works_in_its_order(demonstrated: Clone) -> None:
    page = (demonstrated.folder / "example-project" / "README.md").read_text(encoding="utf-8")
    commands = COMMAND_ANYWHERE.findall(page)
    assert len(commands) == len(re.findall(r"^\s*\$ ", page, re.MULTILINE)) > 6
    for command in commands:
        done = demonstrated.type(command, folder="example-project")
        assert done.returncode == 0, f"{command}\n{done.stdout}"
    again = demonstrated.type("python -m flight_delay.data", folder="example-project")
    assert again.returncode == 0, again.stdout


def test_every_command_of_the_readme_works_in_its_order(demonstrated: Clone) -> None:
    clone = demonstrated
    commands = COMMAND.findall((clone.folder / "README.md").read_text(encoding="utf-8"))
    for command in commands[2:]:  # `make demo` ran, and `make test` runs before anything lands
        done = clone.type(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
