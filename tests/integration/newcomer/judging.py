"""The example's real answers, judged by the command line as tables of two models, one of them planted."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trainstop.records import Provenance, Record, Status
from trainstop.records.judging import BaselinePart
from trainstop.records.store import Results
from trainstop.workspace import Workspace

CONFIG = """\
[model]
name = "flight-delay"
task = "binary"

[data]
target = "late"
positive = 1
id = "flight_id"
cluster = "day"
slices = ["origin", "carrier"]

[evaluate]
predictions = "candidate.parquet"

[gates.auc]
tolerance = 0.02

[gates.log_loss]
tolerance = 0.01
"""


@dataclass(frozen=True)
class Bench:
    """A project that only has two tables: the example's rows, answered by a candidate and by a champion."""

    project: Path
    answered: pd.DataFrame
    clone: Any

    def with_noise(self, spread: float, seed: int, *, rows: Any = True) -> pd.DataFrame:
        """Return the example's answers with noise on the log odds of some rows: the more, the worse the model."""
        table = self.answered.copy()
        score = table["score"].to_numpy()
        line = np.log(score / (1 - score)) + spread * np.random.default_rng(seed).normal(size=len(table)) * rows
        table["score"] = 1 / (1 + np.exp(-line))
        table["prediction"] = (table["score"] >= 0.5).astype(int)
        return table

    def judge(self, candidate: pd.DataFrame, champion: pd.DataFrame) -> tuple[int, dict[str, Any], str]:
        """Run `trainstop evaluate` and `report`; return exit code, record and comment."""
        self.project.mkdir(exist_ok=True)
        (self.project / "trainstop.toml").write_text(CONFIG)
        names = {"row_id": "flight_id", "target": "late"}
        candidate.rename(columns=names).to_parquet(self.project / "candidate.parquet", index=False)
        workspace = Workspace(self.project)
        workspace.champion.root.mkdir(parents=True, exist_ok=True)
        champion.to_parquet(workspace.champion.predictions, index=False)  # as `evaluate` keeps it: with our names
        Results(workspace.results).write(
            Record(
                stage="baseline",
                status=Status.PASSED,
                part=BaselinePart(version=1, has_predictions=True),
                trainstop="0",
                provenance=Provenance(repository="r"),
                started_at=datetime(2013, 8, 1, tzinfo=UTC),
                duration_seconds=0,
            )
        )
        done = self.clone.type(f"trainstop evaluate --quiet --config {self.project}")
        self.clone.type(f"trainstop report --quiet --config {self.project}")
        record = json.loads((workspace.results / "evaluate.json").read_text())
        return done.returncode, record, (self.project / ".trainstop" / "outbox" / "comment.md").read_text()


def word(record: dict[str, Any], name: str) -> str | None:
    """Return the word for a metric."""
    found = next(metric for metric in record["part"]["metrics"] if metric["name"] == name)
    said = found["comparison"]["word"]
    return None if said is None else str(said)
