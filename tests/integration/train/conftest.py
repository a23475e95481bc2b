"""A project in a folder, trained for real by this very interpreter; only the environments are pretended."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop import digests
from trainstop.adapters.clock import SystemClock
from trainstop.adapters.model_scripts import ModelScripts
from trainstop.adapters.processes import ChildProcesses
from trainstop.adapters.scoring import ProjectScorer
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.job import Job
from trainstop.ports import Ports
from trainstop.ports.environments import Interpreter
from trainstop.records import Provenance, Result, Results
from trainstop.stages import train
from trainstop.workspace import Workspace


@dataclass
class ThisInterpreter:
    """Environments that are all this one."""

    digest: str = "sha256:lock"
    python: Path = Path(sys.executable)
    locked: list[str] = field(default_factory=list)

    def project(self) -> Interpreter:
        return Interpreter(python=self.python, digest=self.digest, version="3", source="test")

    def model(self, lock: Path) -> Interpreter:
        return Interpreter(python=self.python, digest=digests.of_file(lock), version="3", source=str(lock))

    def lock(self, requirements: Path, interpreter: Interpreter, out: Path) -> None:
        self.locked.append(requirements.read_text())
        out.write_text(requirements.read_text())

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        return self.model(lock)


class NothingToLoad:
    """A scorer that finds every model in order."""

    def check(self, bundle: Bundle) -> float:
        return 0.0


class Notes:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


@dataclass
class Project:
    """A project with 60 training and 40 evaluation rows: `x` decides `y` nearly, `site` is a category."""

    folder: Path
    environments: ThisInterpreter
    environ: Mapping[str, str]
    notes: Notes = field(default_factory=Notes)
    loads: bool = True
    """Whether a model is loaded for real when it was trained."""

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def config(self, train: dict[str, Any] | None = None, **sections: Any) -> Config:
        data = {"train": ["train.parquet"], "evaluation": ["evaluation.parquet"], "target": "y", "id": "id"}
        return Config.model_validate(
            {
                "model": {"name": "m", "task": "binary"},
                **sections,
                "data": {**data, **sections.get("data", {})},
                "train": {"timeout": 120, **(train or {})},
            }
        )

    def job(self, config: Config) -> Job:
        processes = ChildProcesses(self.environ, self.workspace.logs)
        scorer = ProjectScorer(ModelScripts(config, self.workspace, processes, self.environments, self.notes))
        ports = SimpleNamespace(
            clock=SystemClock(),
            progress=self.notes,
            processes=processes,
            environments=self.environments,
            scorer=scorer if self.loads else NothingToLoad(),
        )
        provenance = Provenance(repository="me/project", commit="c0ffee" * 6)
        return Job(config, self.workspace, Results(self.workspace.results), cast("Ports", ports), provenance)

    def train(self, train_keys: dict[str, Any] | None = None, *, force: bool = False, **sections: Any) -> Result[Any]:
        return train.run(self.job(self.config(train_keys, **sections)), force=force)


def rows(first: int, count: int) -> pa.Table:
    numbers = range(first, first + count)
    return pa.table(
        {
            "id": [f"r{number}" for number in numbers],
            "x": [float((number * 37) % 100) for number in numbers],
            "site": ["north" if number % 3 else "south" for number in numbers],
            "day": [datetime(2026, 1, 1 + number % 28, tzinfo=UTC) for number in numbers],
            "y": [int((number * 37) % 100 > 50) ^ (number % 11 == 0) for number in numbers],
        }
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    parquet.write_table(rows(0, 60), folder / "train.parquet")
    parquet.write_table(rows(1000, 40), folder / "evaluation.parquet")
    return Project(folder, ThisInterpreter(), dict(os.environ))


@pytest.fixture
def seeded(project: Project) -> Project:
    """A project whose models are files that nobody loads."""
    project.loads = False
    return project
