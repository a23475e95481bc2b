"""The same training in a project that has MLflow 2: its store, its artifacts below the working folder, its pickles."""

import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from trainstop.errors import ProjectCodeError
from trainstop.golden import Golden
from trainstop.ports.scoring import ScoreRequest

SCRIPT = """
import os
import mlflow
import pandas as pd
from sklearn.linear_model import LogisticRegression

rows = pd.read_parquet(os.environ["TRAINSTOP_DATA_TRAIN"])
mlflow.set_experiment("anything")
with mlflow.start_run(run_name="old"):
    model = LogisticRegression().fit(rows[["x"]], rows.y)
    mlflow.log_text("hello", "hello.txt")
    needs = ["mlflow<3", "scikit-learn"]
    mlflow.sklearn.log_model(model, artifact_path="model", input_example=rows[["x"]].head(2), pip_requirements=needs)
"""
REQUIREMENTS = ("mlflow<3", "scikit-learn", "sqlalchemy<2.1")  # MLflow 2 cannot be imported with SQLAlchemy 2.1


@pytest.fixture(scope="module")
def older_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow2") / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *REQUIREMENTS], check=True)
    return python


@pytest.mark.slow
def test_a_project_on_mlflow_2_trains_and_answers(project, older_python) -> None:
    project.environments.python = older_python
    project.write("train.py", SCRIPT)
    before = sorted(path.name for path in project.folder.iterdir())
    with pytest.raises(ProjectCodeError, match="pickle"):
        project.train()
    result = project.train({"allow-formats": ["cloudpickle"]})
    bundle = project.workspace.candidate

    assert (result.part.found, result.part.run_name) == ("logged", "old")
    assert (bundle.root / "artifacts" / "hello.txt").read_text() == "hello"
    assert not (bundle.root / "artifacts" / "model").exists()
    assert sorted({path.name for path in project.folder.iterdir()} - {".trainstop"}) == before, "no mlruns is left"

    config = project.config({"allow-formats": ["cloudpickle"]})
    scored = project.job(config).ports.scorer.score(
        ScoreRequest(
            bundle=bundle,
            tables=(project.folder / "evaluation.parquet",),
            predictions=bundle.predictions,
            golden=bundle.golden,
            limit=10,
        )
    )
    assert scored.classes == ("0", "1")
    assert parquet.read_table(bundle.predictions)["row_id"].to_pylist()[::9] == ["r1000", "r1039"]
    assert set(Golden.read(bundle.golden).answers) <= {0, 1}
