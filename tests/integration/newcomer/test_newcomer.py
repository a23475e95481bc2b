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

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if name not in OURS}
        environ["PATH"] = f"{self.folder / '.venv' / 'bin'}{os.pathsep}{environ['PATH']}"
        argv = ["bash", "-c", command]
        return subprocess.run(
            argv, cwd=self.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def record(self, stage: str) -> dict[str, Any]:
        return dict(json.loads((self.kept / "results" / f"{stage}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Give a copy of what git would carry, with the demo run; end what it leaves running."""
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
    demo = clone.type("make demo")
    yield clone if not demo.returncode else pytest.fail(demo.stdout[-8000:])
    for environment in ("staging", "production"):
        clone.type(f"trainstop stop --config example-project --environment {environment}")


def test_the_demo_leaves_everything_it_speaks_of(clone: Clone) -> None:
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


def test_every_command_of_the_readme_works_in_its_order(clone: Clone) -> None:
    commands = COMMAND.findall((clone.folder / "README.md").read_text(encoding="utf-8"))
    for command in commands[2:]:  # `make demo` ran, and `make test` runs before anything lands
        done = clone.type(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
