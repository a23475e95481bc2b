"""`trainstop evaluate` on tables that a project wrote: rankings, forecasts, and metrics of the project's own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from tests.integration.train.conftest import ThisInterpreter

from trainstop import cli
from trainstop.live_ports import LivePorts

pytest.importorskip("pandas")

OWN = """
import os, time

def dear(table):
    assert "SHOP_TOKEN" not in os.environ, "a secret is here"
    return (table.price * (table.target - table.prediction).abs()).mean()

def sleeps(table):
    while True:
        time.sleep(1)

def dies(table):
    os.abort()
"""


class Project:
    """A folder with a configuration and a table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, task: str, table: dict[str, Any], more: str = "") -> None:
        parquet.write_table(pa.table(table), self.folder / "said.parquet")
        (self.folder / "trainstop.toml").write_text(
            f'[model]\nname = "m"\ntask = "{task}"\n[evaluate]\npredictions = "said.parquet"\n{more}'
        )

    def evaluate(self) -> tuple[Result, dict[str, Any]]:
        done = CliRunner().invoke(
            cli.cli, ["evaluate", "--config", str(self.folder)], env={"SHOP_TOKEN": "s3cr3t-v4lue"}
        )
        record: dict[str, Any] = json.loads((self.folder / ".trainstop/results/evaluate.json").read_text())
        return done, record


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "shop.py").write_text(OWN)
    monkeypatch.setattr(LivePorts, "environments", ThisInterpreter())
    return Project(tmp_path)


def values(record: dict[str, Any]) -> dict[str, float]:
    return {metric["name"]: metric["candidate"]["value"] for metric in record["part"]["metrics"]}


def numbers(more: str) -> tuple[str, dict[str, Any], str]:
    """A regression whose rows have a price."""
    random = np.random.default_rng(0)
    target = random.normal(size=400)
    table = {"target": target, "prediction": target + random.normal(size=400), "price": random.uniform(1, 9, 400)}
    return "regression", table, f'[metrics.cost]\ngreater-is-better = false\ncolumns = ["price"]\n{more}'


def test_a_table_of_a_ranking_is_judged_query_by_query(project: Project) -> None:
    relevance = np.random.default_rng(0).integers(0, 3, 400)
    table = {"target": relevance, "score": relevance * 1.0, "search": np.arange(400) // 8}
    project.write("ranking", table, 'at = 4\n[data]\nquery = "search"\n[gates.ndcg_at_k]\nmin = 0.9\n')
    done, record = project.evaluate()
    assert done.exit_code == 0, done.output
    assert values(record)["ndcg"] == values(record)["mrr"] == 1.0
    assert record["part"]["clusters"] == 50
    assert "ndcg_at_k" in done.output


def test_a_table_of_quantiles_is_judged_as_a_forecast(project: Project) -> None:
    target = np.random.default_rng(0).normal(size=400)
    table = {"target": target, **{f"q_{level}": target + step for level, step in ((0.05, -1), (0.5, 0.1), (0.95, 1))}}
    project.write("forecast", table, "[gates.pinball]\nmax = 0.01\n")
    done, record = project.evaluate()
    assert done.exit_code == 1, done.output
    assert values(record)["pinball"] == pytest.approx(0.05)
    assert values(record)["coverage"] == 1.0


def test_a_metric_of_the_project_s_own_runs_in_its_environment_without_secrets(project: Project) -> None:
    task, table, more = numbers('function = "shop:dear"\n[gates.cost]\nmax = 9\n')
    project.write(task, table, more)
    done, record = project.evaluate()
    assert done.exit_code == 0, done.output
    expected = np.mean(table["price"] * np.abs(table["target"] - table["prediction"]))
    cost = record["part"]["metrics"][-1]
    assert cost["candidate"]["value"] == pytest.approx(expected)
    assert cost["candidate"]["interval"][0] < expected < cost["candidate"]["interval"][1]
    assert "delete-a-group jackknife over 400 rows" in cost["method"]
    assert not list((project.folder / ".trainstop").rglob("metric-*/"))


@pytest.mark.parametrize(
    ("function", "code", "words"),
    [
        ('"shop:deer"', 2, "did you mean `dear`?"),
        ('"shops:dear"', 2, "did you mean `shop`?"),
        ('"shop:sleeps"\ntimeout = "5s"', 3, "took longer than it was given"),
        ('"shop:dies"', 1, "SIGABRT"),
        ('"shop dear"', 2, "metrics.cost.function"),
    ],
)
def test_a_metric_that_gives_no_number_is_said_in_words(project: Project, function: str, code: int, words: str) -> None:
    project.write(*numbers(f"function = {function}\n"))
    done = CliRunner().invoke(cli.cli, ["evaluate", "--config", str(project.folder)])
    assert done.exit_code == code, done.output
    assert words in done.output
    assert "Traceback" not in done.output
