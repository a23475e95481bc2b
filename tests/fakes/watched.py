"""A project in production: a registered version with its profile and its answers, an inference log, and labels."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.fakes.registry import FakeRegistry
from tests.fakes.target import FakeTarget

from trainstop.adapters.outbox import OutboxForge
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.job import Job
from trainstop.records import Provenance, Result, Results
from trainstop.records.watching import MonitorPart, Signal
from trainstop.stages import monitor
from trainstop.tables.profiling import profile_table
from trainstop.workspace import Workspace

START = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
WEEK = timedelta(days=7)
REFERENCE_WEEKS, EVALUATION_WEEKS, WATCHED_WEEKS, ROWS = 30, 12, 4, 420
WATCHED = START + (REFERENCE_WEEKS + EVALUATION_WEEKS) * WEEK
AS_OF = WATCHED + WATCHED_WEEKS * WEEK
MODEL = {"inputs": json.dumps([{"name": "x", "type": "double"}, {"name": "c", "type": "string"}])}


@dataclass
class FixedClock:
    """Stands still."""

    at: datetime = AS_OF

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Watched:
    """A project with a champion in production."""

    root: Path
    registry: FakeRegistry
    config: dict[str, Any] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=FixedClock)
    target: FakeTarget = field(default_factory=lambda: FakeTarget.with_history(1))

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def job(self) -> Job:
        basis: dict[str, Any] = {
            "model": {"name": "delays", "task": "binary"},
            "data": {"target": "y", "id": "id", "time": "t"},
            "gates": {"auc": {"tolerance": 0.03}},
            "monitor": {"labels": ["labels/*.parquet"], "minimum-rows": 200},
        }
        config = Config.model_validate(
            {name: basis.get(name, {}) | self.config.get(name, {}) for name in basis | self.config}
        )
        ports = SimpleNamespace(
            clock=self.clock,
            registry=self.registry,
            progress=SimpleNamespace(note=lambda text: None),
            target=lambda environment, within=None: self.target,
            forge=OutboxForge(self.workspace.outbox, self.clock),
        )
        return Job(config, self.workspace, Results(self.workspace.results), ports, Provenance(repository="r"))

    @property
    def log(self) -> Path:
        return self.workspace.target("production") / "log" / "1-1-0.jsonl"

    def look(self, as_of: datetime | None = AS_OF, **options: Any) -> Result[MonitorPart]:
        return monitor.run(self.job, as_of=as_of.isoformat() if as_of else None, **options)

    def part(self, as_of: datetime | None = AS_OF) -> MonitorPart:
        part = self.look(as_of).part
        assert part is not None
        return part

    def signal(self, name: str) -> Signal:
        return next(signal for signal in self.part().signals if signal.name == name)

    def serve(self, rows: Sequence[dict[str, Any]], **fields: Any) -> None:
        """Write requests of ten rows each to the log, with the answers of a model that knows the truth of x."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as file:
            for start in range(0, len(rows), 10):
                some = rows[start : start + 10]
                file.write(json.dumps(request(some, number=start) | fields) + "\n")

    def label(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write the true answers of rows."""
        folder = self.root / "labels"
        folder.mkdir(exist_ok=True)
        table = pa.table({"id": [row["id"] for row in rows], "y": [row["y"] for row in rows]})
        pq.write_table(table, folder / f"{len(list(folder.iterdir()))}.parquet")


def request(rows: Sequence[dict[str, Any]], *, number: int = 0) -> dict[str, Any]:
    """Return a line of the log."""
    columns = [name for name in rows[0] if name != "y"]
    shares = [1 / (1 + float(np.exp(-2 * row["x"]))) if isinstance(row.get("x"), float) else 0.5 for row in rows]
    return {
        "schema": 1,
        "at": f"2026-01-01T00:00:{number % 60:02d}+00:00",
        "request_id": str(number),
        "version": 1,
        "status": 200,
        "seconds": 0.01,
        "columns": columns,
        "rows": [[row.get(name) for name in columns] for row in rows],
        "predictions": [[1 - share, share] for share in shares],
    }


def rows_of(weeks: int, start: datetime, seed: int, *, rows: int = ROWS, flip: float = 0.0) -> list[dict[str, Any]]:
    """Return ordinary rows, `rows` a week; of a share `flip` of them the truth has nothing to do with x."""
    random = np.random.default_rng(seed)
    count = weeks * rows
    x = random.normal(size=count)
    share = np.where(random.random(count) < flip, 0.5, 1 / (1 + np.exp(-2 * x)))
    y = (random.random(count) < share).astype(int)
    c = random.choice(["a", "b", "c"], size=count)
    step = weeks * WEEK / count
    return [
        {
            "id": f"{seed}-{n}",
            "t": (start + n * step).isoformat(),
            "x": float(x[n]),
            "c": str(c[n]),
            "y": int(y[n]),
        }
        for n in range(count)
    ]


def changed(rows: list[dict[str, Any]], change: Callable[[dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with changes."""
    return [row | change(row) for row in rows]


def watched(root: Path) -> Watched:
    """Return a project whose first version is the champion."""
    bundle = Bundle(root / "made")
    bundle.model.mkdir(parents=True)
    (bundle.model / "MLmodel").write_text(json.dumps({"signature": MODEL}))
    trained = pa.Table.from_pylist(rows_of(REFERENCE_WEEKS, START, 1))
    pq.write_table(trained, root / "train.parquet")
    profile = profile_table([root / "train.parquet"], time="t", period="week", exclude={"id", "y"})
    profile.write(bundle.profile)
    judged = rows_of(EVALUATION_WEEKS, START + REFERENCE_WEEKS * WEEK, 2)
    score = [1 / (1 + float(np.exp(-2 * row["x"]))) for row in judged]
    columns = {
        "row_id": [row["id"] for row in judged],
        "target": [row["y"] for row in judged],
        "prediction": [int(value >= 0.5) for value in score],
        "score": score,
        "t": [row["t"] for row in judged],
    }
    pq.write_table(pa.table(columns), bundle.predictions)
    registry = FakeRegistry(root / "registry")
    registry.add("delays", "key-1", bundle)
    registry.move_alias("delays", "champion", to=1, expected=None)
    return Watched(root, registry)
