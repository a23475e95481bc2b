"""A model of plain code as the candidate or the champion, and rows to ask it about."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from tests.integration.train.conftest import ThisInterpreter

from trainstop import cli
from trainstop.bundles import Bundle
from trainstop.config import load
from trainstop.fingerprint import evaluation_data
from trainstop.live_ports import LivePorts
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.judging import BaselinePart
from trainstop.workspace import Workspace

ROWS = 400
GOOD = "return (0.1 + 0.8 * rows.x).to_numpy()"


def table(rows: int = ROWS) -> dict[str, Any]:
    """Rows whose `x` says much of the target `y`, and a model's answers to them."""
    random = np.random.default_rng(0)
    x = random.random(rows)
    target = (random.random(rows) < 0.1 + 0.8 * x).astype(int)
    return {"row_id": np.arange(rows), "target": target, "x": x, "score": 0.1 + 0.8 * x}


class Project:
    """A folder with a configuration, judged through the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace(folder)

    def configure(self, evaluate: str = "", more: str = "", task: str = "binary") -> None:
        """Write the configuration: gates that a good candidate clears."""
        gates = "[gates.auc]\nmin = 0.6\ntolerance = 0.05\n" if task == "binary" else "[gates.accuracy]\nmin = 0.3\n"
        (self.folder / "trainstop.toml").write_text(
            f'[model]\nname = "m"\ntask = "{task}"\n[evaluate]\nresamples = 200\n{evaluate}\n{gates}{more}'
        )

    def write(self, columns: dict[str, Any], more: str = "", task: str = "binary") -> None:
        """Write a predictions table of the project's own."""
        parquet.write_table(pa.table(columns), self.folder / "said.parquet")
        self.configure('predictions = "said.parquet"', more, task)

    def ask(self, predict: str, more: str = "") -> None:
        """Make a model the candidate, and the rows what it is asked about."""
        parquet.write_table(pa.table(table()), self.folder / "rows.parquet")
        self.configure(more=f'[data]\nevaluation = ["rows.parquet"]\nid = "row_id"\n{more}')
        self.model(self.workspace.candidate, predict)

    def model(self, bundle: Bundle, predict: str, column: str = "x") -> None:
        """Write a model: `predict` is the body of a method of the frame `rows` (and `os`, `np`, `time`)."""
        (bundle.model / "code").mkdir(parents=True, exist_ok=True)
        name = f"loader_of_{bundle.root.name}"
        body = "\n".join(f"        {line}" for line in predict.splitlines())
        (bundle.model / "code" / f"{name}.py").write_text(
            "import os, time\nimport numpy as np\n\n\nclass Model:\n    def predict(self, rows, params=None):\n"
            f"{body}\n\n\ndef _load_pyfunc(path):\n    return Model()\n"
        )
        signature = json.dumps([{"type": "double", "name": column, "required": True}])
        (bundle.model / "MLmodel").write_text(
            f"flavors: {{python_function: {{loader_module: {name}, code: code}}}}\n"
            f"signature: {{inputs: '{signature}', outputs: null, params: null}}\n"
        )
        bundle.environment.write_text("")

    def baseline(self, **part: Any) -> None:
        """Say that `baseline` fetched a champion."""
        config = load(self.folder / "trainstop.toml", environ={}, settings=())
        given = {"version": 3, "evaluation_data": evaluation_data(config, self.folder)} | part
        Results(self.workspace.results).write(
            Record(
                stage="baseline",
                status=Status.PASSED,
                part=BaselinePart(**given),
                trainstop="0",
                provenance=Provenance(repository="r"),
                started_at=datetime(2026, 11, 3, tzinfo=UTC),
                duration_seconds=0,
            )
        )

    def run(self, verb: str = "evaluate") -> tuple[Result, dict[str, Any]]:
        """Run a verb; return what came of it and its record."""
        done = CliRunner().invoke(cli.cli, [verb, "--config", str(self.folder)], env={"GITHUB_ACTIONS": ""})
        path = self.folder / f".trainstop/results/{verb}.json"
        record: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return done, record


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environments are all this one."""
    monkeypatch.setattr(LivePorts, "environments", ThisInterpreter())
    return Project(tmp_path)
