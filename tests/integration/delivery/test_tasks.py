"""A regression and a model of several classes, from their training to a server that answers."""

import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.fakes.registry import FakeRegistry
from tests.integration.train.conftest import Notes, Project, ThisInterpreter

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.endpoints import HttpEndpoints
from trainstop.adapters.serving import UvicornServers
from trainstop.job import Job
from trainstop.ports import Ports
from trainstop.records import Record, Status
from trainstop.records.base import Result
from trainstop.stages import evaluate, integration_test, register, train

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TRAINING = """
import os
import mlflow
import pandas as pd
from sklearn.linear_model import {model}

rows = pd.read_parquet(os.environ["TRAINSTOP_DATA_TRAIN"])
with mlflow.start_run():
    model = {model}().fit(rows[["x", "z"]], rows.y)
    signature = mlflow.models.infer_signature(rows[["x", "z"]], model.predict(rows[["x", "z"]]))
    needs = ["mlflow", "scikit-learn", "skops"]
    mlflow.sklearn.log_model(model, name="model", signature=signature, pip_requirements=needs)
"""


def rows(first: int, count: int, task: str) -> pa.Table:
    """`x` decides `y`, nearly."""
    numbers = range(first, first + count)
    xs = [float((number * 37) % 100) for number in numbers]
    zs = [float((number * 17) % 10) for number in numbers]
    answers: list[Any] = [x * 2 + z / 5 for x, z in zip(xs, zs, strict=True)]
    if task == "multiclass":
        answers = [("low", "middle", "high")[min(int(x // 34), 2)] for x in xs]
    return pa.table({"id": [f"r{number}" for number in numbers], "x": xs, "z": zs, "y": answers})


def with_servers(job: Job, registry: FakeRegistry) -> Job:
    """Return the job of a trained project that may also register, serve and ask."""
    more = {
        "registry": registry,
        "servers": UvicornServers(job.workspace, dict(os.environ)),
        "endpoints": HttpEndpoints(timeout=60),
    }
    return dataclasses.replace(job, ports=cast("Ports", SimpleNamespace(**vars(job.ports), **more)))


def keep(job: Job, result: Result[Any]) -> Any:
    """Write a stage's record, as the caller of a stage does, and return its part."""
    assert result.status is Status.PASSED, result.reason
    fields = {name: getattr(result, name) for name in Result.model_fields}
    stamp = {"stage": result.part.stage, "trainstop": "1", "provenance": job.provenance, "duration_seconds": 1}
    job.results.write(Record[type(result.part)](**fields, **stamp, started_at=SystemClock().now()))  # type: ignore[misc]
    return result.part


@pytest.mark.parametrize(
    ("task", "model", "metric", "at_least"),
    [("regression", "LinearRegression", "r2", 0.9), ("multiclass", "LogisticRegression", "accuracy", 0.8)],
)
def test_a_model_of_another_task_goes_from_its_training_to_a_server_that_keeps_its_contract(
    tmp_path: Path, task: str, model: str, metric: str, at_least: float
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    parquet.write_table(rows(0, 90, task), folder / "train.parquet")
    parquet.write_table(rows(1000, 90, task), folder / "evaluation.parquet")
    project = Project(folder, ThisInterpreter(), dict(os.environ), Notes())
    project.write("train.py", TRAINING.format(model=model))
    config = project.config({"timeout": 600}, model={"name": "m", "task": task}, gates={metric: {"min": at_least}})
    job = with_servers(project.job(config), FakeRegistry(tmp_path / "registry"))

    assert keep(job, train.run(job)).found == "logged"
    judged = keep(job, evaluate.run(job))
    assert judged.rung == 2
    assert next(each for each in judged.metrics if each.name == metric).candidate.value >= at_least
    assert keep(job, register.run(job)).model_version == 1
    served = integration_test.run(job)
    assert served.status is Status.PASSED, served.reason
    assert {check.name for check in served.checks if check.status == "passed"} >= {
        "serves",
        "golden predictions",
        "missing column",
        "wrongly typed column",
    }
