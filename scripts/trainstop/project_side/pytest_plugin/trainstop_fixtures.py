"""The fixtures of a project's own tests of its model: `trainstop_model` and `trainstop_predictions`.

`trainstop model-test` names this plugin to pytest in the project's environment. It imports nothing of trainstop, and
pandas only inside a test. The model runs in its own environment, as a process that answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class TrainstopModel:
    """The candidate, in the environment that it will be served in."""

    def __init__(self, room: Path) -> None:
        """Keep a folder for questions and answers; the model is loaded at the first question."""
        self.path = os.environ["TRAINSTOP_MODEL"]
        """Its MLflow folder."""
        self._room = room
        self._asked = 0
        self._process: subprocess.Popen[str] | None = None

    def predict(self, frame: Any) -> Any:
        """Return the answers to the rows of a pandas frame, a row each, with the frame's index.

        The columns are those of a predictions table: `prediction`, and `score` (binary) or `score_<class>`.

        Raises:
            RuntimeError: the model refuses the rows, or ended.

        """
        import pandas as pd

        self._asked += 1
        rows, answers = (self._room / f"{self._asked}-{name}.parquet" for name in ("rows", "answers"))
        frame.reset_index(drop=True).to_parquet(rows, index=False)
        said = self._ask({"rows": str(rows), "answers": str(answers)})
        if "error" in said:
            raise RuntimeError(said["error"])
        return pd.read_parquet(answers).set_index(frame.index)

    def close(self) -> None:
        """End the model's process."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(timeout=30)

    def _ask(self, question: dict[str, str]) -> dict[str, Any]:
        """Send a line, and read one."""
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        told, answers = self._process.stdin, self._process.stdout
        if told is None or answers is None:
            raise RuntimeError("the model's process has no pipes")
        try:
            told.write(json.dumps(question) + "\n")
            told.flush()
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            code = self._process.wait(timeout=30)
            raise RuntimeError(f"the model ended its process when it was asked (exit code {code})")
        found: dict[str, Any] = json.loads(line)
        return found

    def _start(self) -> subprocess.Popen[str]:
        """Start the model's own interpreter; nothing of this environment's modules goes along."""
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        return subprocess.Popen(
            [
                os.environ["TRAINSTOP_MODEL_PYTHON"],
                os.environ["TRAINSTOP_MODEL_SCRIPT"],
                os.environ["TRAINSTOP_MODEL_REQUEST"],
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._room,
            env={**kept, **json.loads(os.environ["TRAINSTOP_MODEL_ENVIRONMENT"])},
        )


@pytest.fixture(scope="session")
def trainstop_model() -> Iterator[TrainstopModel]:
    """The candidate: `trainstop_model.predict(frame)` asks it in its own environment."""
    with tempfile.TemporaryDirectory(prefix="trainstop-") as room:
        model = TrainstopModel(Path(room))
        yield model
        model.close()


@pytest.fixture(scope="session")
def trainstop_predictions() -> Any:
    """The candidate's answers to the evaluation rows: `row_id`, `target`, `prediction`, `score` ... as a frame."""
    import pandas as pd

    return pd.read_parquet(os.environ["TRAINSTOP_PREDICTIONS"])
