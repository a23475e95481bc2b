"""pytest with our fixtures, as a project runs it: two real processes, the tests' and the model's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("mlflow")

from trainstop.adapters.model_scripts import environment
from trainstop.adapters.probing import ANSWERING, PLUGIN

TESTS = """
import pandas as pd
import pytest


def test_it_answers_every_row_with_the_rows_own_names(trainstop_model):
    frame = pd.DataFrame({"x": [0.0, 0.5, 1.0]}, index=["a", "b", "c"])
    said = trainstop_model.predict(frame)
    assert list(said.columns) == ["prediction", "score"]
    assert said.loc["c", "score"] == pytest.approx(0.9)
    assert trainstop_model.predict(frame.iloc[[1]])["score"].tolist() == pytest.approx([0.5])


def test_it_was_loaded_once_and_in_a_process_of_its_own(trainstop_model):
    import os
    first, second = (trainstop_model.predict(pd.DataFrame({"x": [-2.0, -2.0]}))["score"].tolist() for _ in "ab")
    assert first == second != [os.getpid() / 1e7] * 2


def test_what_it_refuses_is_said(trainstop_model):
    with pytest.raises(RuntimeError, match="columns that the rows lack: x"):
        trainstop_model.predict(pd.DataFrame({"z": [1.0]}))
    with pytest.raises(RuntimeError, match="ended its process"):
        trainstop_model.predict(pd.DataFrame({"x": [-3.0]}))
    assert trainstop_model.predict(pd.DataFrame({"x": [0.5]}))["score"].tolist() == pytest.approx([0.5])


def test_the_predictions_are_a_frame(trainstop_predictions):
    assert len(trainstop_predictions) == 60


def test_that_fails(trainstop_model):
    assert trainstop_model.predict(pd.DataFrame({"x": [1.0]}))["score"].iloc[0] > 0.95
"""
PREDICT = (
    "print('the model prints')\nif (rows.x == -3).any(): os._exit(7)\n"
    "if (rows.x == -2).any(): return np.full(len(rows), os.getpid() / 1e7)\nreturn (0.1 + 0.8 * rows.x).to_numpy()"
)


@pytest.mark.slow
def test_a_projects_tests_ask_the_model_in_its_own_process(
    tmp_path: Path, rows: Path, make_model: Callable[..., Path]
) -> None:
    model = make_model(tmp_path / "model", PREDICT, (("x", "double"),))
    request = {"model": str(model), "task": "binary", "method": "auto", "positive": 1, "drop": ["y"], "target": "y"}
    (tmp_path / "request.json").write_text(json.dumps(request))
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, "test_it.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_PLUGINS": "trainstop_fixtures",
            "PYTHONPATH": str(PLUGIN),
            "TRAINSTOP_MODEL": str(model),
            "TRAINSTOP_MODEL_PYTHON": sys.executable,
            "TRAINSTOP_MODEL_SCRIPT": str(ANSWERING),
            "TRAINSTOP_MODEL_REQUEST": str(tmp_path / "request.json"),
            "TRAINSTOP_MODEL_ENVIRONMENT": json.dumps(environment(tmp_path)),
            "TRAINSTOP_PREDICTIONS": str(rows),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 4 passed" in done.stdout
    assert "FAILED test_it.py::test_that_fails" in done.stdout
