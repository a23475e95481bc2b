"""The tests of a model take the cluster that `evaluate` guessed."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.modeltests import fairness
from trainstop.modeltests.clusters import Clusters
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.judging import EvaluatePart
from trainstop.tables.predictions import PredictionsTable
from trainstop.workspace import Workspace

ROWS = 400
DAYS = np.arange(ROWS) // 10


def rows(**columns: Any) -> pa.Table:
    """A predictions table that does not hold the day."""
    random = np.random.default_rng(0)
    given = {"row_id": np.arange(ROWS), "target": random.integers(0, 2, ROWS), "score": random.random(ROWS)}
    return pa.table({**given, **columns})


class Here:
    """A project whose evaluation data hold days, and what `evaluate` left."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.workspace.candidate.model.mkdir(parents=True)
        self.sections: dict[str, Any] = {"data": {"evaluation": ["rows.parquet"], "id": "row_id"}}
        parquet.write_table(rows(day=[f"d{day}" for day in DAYS]), root / "rows.parquet")
        parquet.write_table(rows(), self.workspace.candidate.predictions)

    def evaluated(self, **part: Any) -> None:
        given = {"rung": 2, "cluster": "day", "cluster_guessed": True} | part
        Results(self.workspace.results).write(
            Record(
                stage="evaluate",
                status=Status.PASSED,
                part=EvaluatePart(**given),
                trainstop="0",
                provenance=Provenance(repository="r"),
                started_at=datetime(2026, 11, 3, tzinfo=UTC),
                duration_seconds=0,
            )
        )

    @property
    def job(self) -> Any:
        config = Config.model_validate({"model": {"name": "m", "task": "binary"}, **self.sections})
        return SimpleNamespace(config=config, workspace=self.workspace, results=Results(self.workspace.results))

    def of(self, places: Any = None) -> Any:
        table = rows() if places is None else rows().take(places)
        found = Clusters(self.job).of(PredictionsTable(table, "t"))
        return None if found is None else found.tolist()

    @property
    def unit(self) -> str:
        clusters = Clusters(self.job)
        return clusters.rules(clusters.of(PredictionsTable(rows(), "t"))).unit


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_guessed_cluster_is_taken_for_the_rows_that_are_looked_at_in_their_order(here: Here) -> None:
    here.evaluated()
    assert here.of() == DAYS.tolist()
    assert here.of([399, 5, 398, 100]) == [2, 0, 2, 1]
    assert here.unit == "clusters of `day` (guessed)"


def test_rows_without_a_value_are_a_cluster_each(here: Here) -> None:
    days = [None if day < 2 else f"d{day}" for day in DAYS]
    parquet.write_table(rows(day=days), here.workspace.project / "rows.parquet")
    here.evaluated()
    assert len(set(here.of())) == 20 + 38


def test_a_column_that_is_configured_comes_before_a_guess(here: Here) -> None:
    here.evaluated()
    here.sections["data"] |= {"cluster": "half"}
    table = PredictionsTable(rows(half=np.arange(ROWS) // 200), "t")
    found = Clusters(here.job).of(table)
    assert found is not None
    assert found.tolist() == (np.arange(ROWS) // 200).tolist()
    with pytest.raises(InputError, match="3 of 400 rows have no `half`"):
        Clusters(here.job).of(PredictionsTable(rows(half=pa.array([None] * 3 + [1] * 397)), "t"))


@pytest.mark.parametrize(
    "why", ["not evaluated", "not guessed", "switched off", "no such column", "no predictions", "other rows"]
)
def test_without_a_guess_rows_are_taken_as_independent(here: Here, why: str) -> None:
    if why != "not evaluated":
        here.evaluated(cluster_guessed=why != "not guessed", cluster="gone" if why == "no such column" else "day")
    if why == "switched off":
        here.sections["evaluate"] = {"guess-cluster": False}
    if why == "no predictions":
        here.workspace.candidate.predictions.unlink()
    if why == "other rows":
        parquet.write_table(rows().slice(0, 50), here.workspace.candidate.predictions)
    assert here.of() is None
    assert here.unit == "rows"


def test_groups_are_compared_over_the_guessed_cluster(here: Here) -> None:
    sex = np.where(DAYS % 2, "m", "f")
    parquet.write_table(rows(sex=sex), here.workspace.candidate.predictions)
    here.sections["model-test"] = {"fairness": {"columns": ["sex"]}}
    _, [alone] = fairness.judged(here.job)
    here.evaluated()
    _, [clustered] = fairness.judged(here.job)
    assert "40 clusters of `day` (guessed)" in clustered.method
    assert "clusters of `day`" not in alone.method
