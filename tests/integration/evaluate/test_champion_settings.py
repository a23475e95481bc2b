"""A champion that was judged under other settings, asked in a process of its own: it is asked as what it was."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.integration.evaluate.conftest import GOOD, ROWS, Project, table

from trainstop.evaluation import meaning
from trainstop.records.judging import Answered

pytest.importorskip("pandas")

THIRDS = "at = np.minimum((rows.x * 3).astype(int), 2).to_numpy(); return np.eye(3)[at] * 0.7 + 0.1"


def asked(project: Project, columns: dict[str, Any], task: str, data: str, gate: str) -> None:
    """Write rows to ask about, and the configuration."""
    parquet.write_table(pa.table(columns), project.folder / "rows.parquet")
    (project.folder / "trainstop.toml").write_text(
        f'[model]\nname = "m"\ntask = "{task}"\n[data]\nevaluation = ["rows.parquet"]\nid = "row_id"\n{data}\n'
        f"[evaluate]\nresamples = 200\n[gates.{gate}]\ntolerance = 0.05\n"
    )


def metric(record: dict[str, Any], name: str) -> Any:
    return next(each for each in record["part"]["metrics"] if each["name"] == name)


def then(**settings: Any) -> dict[str, Any]:
    """Return what a champion's answers meant when it was judged."""
    return {"answered": Answered(target="target", id="row_id", method="auto", **settings)}


def test_one_probability_a_row_is_of_the_class_that_was_positive_when_the_champion_was_judged(judged: Project) -> None:
    asked(judged, table(), "binary", "positive = 0", "auc")
    judged.model(judged.workspace.candidate, f"return 1 - ({GOOD.removeprefix('return ')})")
    judged.model(judged.workspace.champion, GOOD)
    judged.baseline(has_model=True, **then(task="binary", positive="1"))
    done, record = judged.run()
    assert done.exit_code == 0, done.output
    found = metric(record, "auc")
    assert found["candidate"]["value"] == pytest.approx(found["champion"]["value"])
    assert "when the champion was judged, `data.positive` was `1`" in record["part"]["notes"]


def test_columns_without_names_are_the_classes_of_the_champion_and_not_of_the_data(judged: Project) -> None:
    kinds = np.array(["low", "medium", "high"])[np.minimum((table()["x"] * 3).astype(int), 2)]
    asked(judged, table() | {"target": kinds}, "multiclass", "", "accuracy")
    judged.model(judged.workspace.candidate, "return np.full((len(rows), 3), 1 / 3) + np.random.random((len(rows), 3))")
    judged.model(judged.workspace.champion, THIRDS)
    judged.baseline(has_model=True, **then(task="multiclass", classes=("0", "1", "2")))
    _, record = judged.run()
    assert "its classes are not those of the target any more" in record["reason"]
    judged.baseline(has_model=True, **then(task="multiclass", classes=("low", "medium", "high")))
    _, record = judged.run()
    assert metric(record, "accuracy")["champion"]["value"] == 1.0
    assert record["part"]["answered"]["classes"] == ["high", "low", "medium"]


def test_quantiles_are_those_that_the_champion_gives_whatever_is_listed_today(judged: Project) -> None:
    random = np.random.default_rng(0)
    columns = table() | {"target": random.normal(size=ROWS)}
    asked(judged, columns, "forecast", "", "pinball")
    config = (judged.folder / "trainstop.toml").read_text().replace("[evaluate]", "[evaluate]\nquantiles = [0.1, 0.9]")
    (judged.folder / "trainstop.toml").write_text(config)
    judged.model(judged.workspace.candidate, "return rows.x.to_numpy()[:, None] / 9 + np.array([-1.3, 1.3])")
    judged.model(judged.workspace.champion, "return rows.x.to_numpy()[:, None] / 9 + np.array([1.3, 0.0, -1.3])")
    judged.baseline(has_model=True, **then(task="forecast", quantiles=(0.9, 0.5, 0.1)))
    _, record = judged.run()
    found = metric(record, "pinball")
    assert found["candidate"]["value"] == found["champion"]["value"]
    judged.baseline(has_model=True, **then(task="forecast", quantiles=(0.95, 0.5, 0.05)))
    _, record = judged.run()
    assert "gives other quantiles (q_0.05, q_0.5, q_0.95)" in record["reason"]


def test_what_an_evaluation_writes_of_its_answers_is_what_the_next_one_asks_by(judged: Project) -> None:
    judged.ask(GOOD)
    _, record = judged.run()
    told = Answered.model_validate(record["part"]["answered"])
    assert (told.classes, told.positive, told.method, told.id) == (("0", "1"), "1", "auto", "row_id")
    assert meaning.otherwise(told, told) == ""
