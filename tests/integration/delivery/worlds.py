"""A project whose stages deploy for real: real targets and servers, the registry in memory."""

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes.registry import FakeRegistry

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.endpoints import HttpEndpoints
from trainstop.adapters.processes import ChildProcesses
from trainstop.adapters.serving import UvicornServers
from trainstop.adapters.targets import open_target
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.job import Job
from trainstop.ports.environments import Interpreter
from trainstop.ports.registry import Version
from trainstop.ports.targets import Target
from trainstop.records import Provenance, Record, Results
from trainstop.records.base import Part, Result
from trainstop.workspace import Workspace

NAME = "delays"


class OwnEnvironments:
    """The environment of these tests stands in for the project's and every model's."""

    def _ours(self, source: Path) -> Interpreter:
        return Interpreter(python=Path(sys.executable), digest="ours", version="3.11", source=str(source))

    def project(self) -> Interpreter:
        return self._ours(Path("requirements.txt"))

    def model(self, lock: Path) -> Interpreter:
        return self._ours(lock)

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        return self._ours(lock)


@dataclass
class Deployable:
    """What a stage gets, and what was registered."""

    root: Path
    environments: Any = field(default_factory=OwnEnvironments)
    sections: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    noted: Callable[[str], None] = lambda text: None
    _targets: dict[str, Target] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.root)
        self.registry = FakeRegistry(self.root / "registry")
        self.results = Results(self.workspace.results)
        self.processes = ChildProcesses(dict(os.environ), self.workspace.logs)

    @property
    def config(self) -> Config:
        return Config.model_validate({"model": {"name": NAME, "task": "binary"}, **self.sections})

    def target(self, environment: str) -> Target:
        section = self.config.environments[environment]
        self._targets[environment] = open_target(
            environment,
            section,
            self.workspace,
            self.processes,
            self.environments,
            SystemClock(),
            SimpleNamespace(note=self._note),
        )
        return self._targets[environment]

    @property
    def job(self) -> Job:
        ports: Any = SimpleNamespace(
            clock=SystemClock(),
            progress=SimpleNamespace(note=self._note),
            processes=self.processes,
            environments=self.environments,
            registry=self.registry,
            endpoints=HttpEndpoints(timeout=30),
            servers=UvicornServers(self.workspace, dict(os.environ)),
            target=self.target,
        )
        return Job(
            self.config, self.workspace, self.results, ports, Provenance(repository="example/flights", actor="ada")
        )

    def register(self, bundle: Bundle) -> Version:
        return self.registry.add(NAME, f"key-{bundle.root.name}", bundle)

    def keep(self, result: Result[Any], subject: str = "") -> None:
        """Write a record, as the caller of a stage does."""
        part: Part = result.part
        self.results.write(
            Record[type(part)](  # type: ignore[misc]
                **{name: getattr(result, name) for name in Result.model_fields},
                stage=part.stage,
                subject=subject,
                trainstop="1",
                provenance=self.job.provenance,
                started_at=SystemClock().now(),
                duration_seconds=1,
            )
        )

    def history(self) -> list[tuple[str, str, int, str]]:
        return [(row.action, row.environment, row.version, row.outcome) for row in self.registry.entries(NAME)]

    def end(self) -> None:
        for target in self._targets.values():
            target.stop()

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self.noted(text)


def python_command(code: str) -> str:
    return shlex.join(["python", "-c", code])
