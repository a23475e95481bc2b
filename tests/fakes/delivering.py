"""A job for the stages that register, promote, roll back and look, over a fake registry and fake targets."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes.forge import FakeForge
from tests.fakes.registry import FakeRegistry
from tests.fakes.target import FakeTarget

from trainstop.config import Config
from trainstop.evaluation import meaning
from trainstop.job import Job, Run
from trainstop.ports.registry import LedgerEntry, Version
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.base import Part
from trainstop.records.judging import Estimate, EvaluatePart, MetricResult
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.workspace import Workspace

SECRET = b"the value of a secret"
"""What the machine of this world would not hand on."""
NAME = "delays"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class FakeClock:
    """Time that goes on by a second whenever it is asked for."""

    at: datetime = START

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class World:
    """A project with its registry and its targets; `job` is what a stage gets."""

    root: Path
    config: Config
    registry: FakeRegistry
    targets: dict[str, FakeTarget]
    clock: FakeClock = field(default_factory=FakeClock)
    forge: FakeForge = field(default_factory=FakeForge)
    run: Run = field(default_factory=Run)

    def elsewhere(self, root: Path, run: Run | None = None) -> "World":
        """Return the same registry and targets, seen from another machine with nothing on it."""
        return replace(self, root=root, run=run or self.run)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def results(self) -> Results:
        return Results(self.workspace.results)

    @property
    def job(self) -> Job:
        ports: Any = SimpleNamespace(
            clock=self.clock,
            progress=SimpleNamespace(note=lambda text: None),
            processes=SimpleNamespace(holds_secret=lambda path, secrets=(): SECRET in path.read_bytes()),
            registry=self.registry,
            target=self.targets.__getitem__,
            forge=self.forge,
        )
        origin = Provenance(repository="example/flights", commit="c0ffee", actor="ada", run_url="https://example.org/7")
        return Job(self.config, self.workspace, self.results, ports, origin, self.run)

    def train(self, code: str = "code-1", **parts: Any) -> None:
        """Leave a candidate, and the record of its training."""
        candidate = self.workspace.candidate
        candidate.model.mkdir(parents=True, exist_ok=True)
        (candidate.model / "MLmodel").write_text("flavors: {}\n")
        candidate.predictions.write_text("predictions")
        fingerprint = Fingerprint(
            digest=f"of {code}", code=code, data="data-1", command="command-1", environment="env-1"
        )
        cost = Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1)
        self.record(TrainPart(fingerprint=fingerprint, restored=False, cost=cost, trained_at=START, **parts))

    def evaluate(
        self,
        data: str = "rows-1",
        auc: float = 0.8,
        rung: Any = 2,
        status: Status = Status.PASSED,
        reason: str = "",
        **then: Any,
    ) -> None:
        """Leave the record of an evaluation, under today's settings but for those that `then` says."""
        metric = MetricResult(name="auc", greater_is_better=True, candidate=Estimate(value=auc))
        answered = meaning.of_model(self.config).model_copy(update=then)
        part = EvaluatePart(rung=rung, evaluation_data=data, answered=answered, metrics=(metric,))
        self.record(part, status=status, reason=reason)

    def record(
        self,
        part: Part,
        status: Status = Status.PASSED,
        reason: str = "",
        subject: str = "",
        at: datetime | None = None,
    ) -> None:
        """Leave the record of any stage."""
        self.results.write(
            Record[type(part)](  # type: ignore[misc]
                status=status,
                reason=reason,
                part=part,
                stage=part.stage,
                subject=subject,
                trainstop="1",
                provenance=Provenance(repository="example/flights"),
                started_at=at or self.clock.now(),
                duration_seconds=1,
            )
        )

    def version(self, key: str = "", *, complete: bool = True) -> Version:
        """Put the candidate into the registry as a version."""
        if not (self.workspace.candidate.model / "MLmodel").exists():
            self.train()
        return self.registry.add(
            NAME, key or f"key-{self.registry.next_number(NAME)}", self.workspace.candidate, complete=complete
        )

    def stranger(self, alias: str) -> Version:
        """Put a version into the registry that somebody made without trainstop, and point an alias to it."""
        version = self.version(complete=False)
        made = self.registry.made[NAME]
        made[-1] = replace(version, key="", manifest="", created_at=START + timedelta(days=300))
        self.registry.pointers.setdefault(NAME, {})[alias] = version.number
        return made[-1]

    def remove(self, number: int) -> None:
        """Take a version out of the registry; its aliases go with it, as in MLflow."""
        self.registry.made[NAME] = [each for each in self.registry.made[NAME] if each.number != number]
        pointers = self.registry.pointers.get(NAME, {})
        self.registry.pointers[NAME] = {alias: at for alias, at in pointers.items() if at != number}

    def entry(
        self, action: str, environment: str, version: int, previous: int | None = None, outcome: str = "done"
    ) -> None:
        """Write a line of the ledger."""
        at = self.clock.now()
        self.registry.write_entry(
            NAME,
            LedgerEntry(
                key=f"{action} {at.isoformat()}",
                action=action,
                environment=environment,
                version=version,
                previous=previous,
                outcome=outcome,
                reason="",
                actor="ada",
                at=at,
            ),
        )

    def history(self) -> list[tuple[str, str, int, str]]:
        """Return the ledger in short."""
        return [(row.action, row.environment, row.version, row.outcome) for row in self.registry.entries(NAME)]

    def aliases(self) -> dict[str, int]:
        return dict(self.registry.pointers.get(NAME, {}))


def world(root: Path, **sections: Any) -> World:
    """Return a world with nothing in it; `sections` go into the configuration."""
    config = Config.model_validate({"model": {"name": NAME, "task": "binary"}, **sections})
    targets = {environment: FakeTarget() for environment in config.environments}
    return World(root=root, config=config, registry=FakeRegistry(root / "registry"), targets=targets)
