"""Fairness from the predictions table that `evaluate` kept."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.modeltests import fairness
from trainstop.records import CheckStatus, Results
from trainstop.workspace import Workspace

ROWS = 400
FAIRNESS = {"columns": ["sex", ["sex", "age"]], "limits": {"demographic-parity-difference": 0.1}}


def predictions(unfair: float) -> pa.Table:
    random = np.random.default_rng(4)
    sex = np.arange(ROWS) % 2
    score = np.clip(random.random(ROWS) + unfair * (sex - 0.5), 0, 1)
    names = {"row_id": np.arange(ROWS), "target": random.integers(0, 2, ROWS), "score": score}
    return pa.table(
        {**names, "sex": np.where(sex, "m", "f"), "age": np.arange(ROWS) // 2 % 3, "day": np.arange(ROWS) // 5}
    )


@pytest.fixture
def job(tmp_path: Path) -> Any:
    def made(table: pa.Table | None, section: Any = FAIRNESS, **data: Any) -> Any:
        workspace = Workspace(tmp_path)
        if table is not None:
            workspace.candidate.predictions.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(table, workspace.candidate.predictions)
        config = Config.model_validate(
            {"model": {"name": "m", "task": "binary"}, "data": data, "model-test": {"fairness": section}}
        )
        return SimpleNamespace(config=config, workspace=workspace, results=Results(workspace.results))

    return made


def test_groups_treated_alike_pass_and_others_fail(job) -> None:
    checks, results = fairness.judged(job(predictions(0.0), {**FAIRNESS, "limits": {"equalized-odds-difference": 0.6}}))
    assert {check.status for check in checks} <= {CheckStatus.PASSED, CheckStatus.WARNED}
    assert [result.columns for result in results] == [("sex",), ("sex", "age")]
    checks, results = fairness.judged(job(predictions(0.6)))
    assert [(check.name, check.status) for check in checks] == [
        ("demographic-parity-difference by sex", CheckStatus.FAILED),
        ("demographic-parity-difference by sex and age", CheckStatus.FAILED),
    ]
    assert results[0].disparities[0].between == (("m",), ("f",))
    assert len(results[1].groups) == 6


def test_clusters_are_what_is_resampled(job) -> None:
    (check, _), _ = fairness.judged(job(predictions(0.6), cluster="day"))
    assert "over 80 clusters of `day`" in check.reason


def test_nothing_configured_looks_at_nothing(job) -> None:
    assert fairness.judged(job(None, {})) == ([], ())


def test_switched_off_is_said(job) -> None:
    (check,), results = fairness.judged(job(predictions(0.6), {**FAIRNESS, "mode": "off"}))
    assert (check.status, results) == (CheckStatus.SKIPPED, ())


def test_no_predictions_is_no_pass(job, tmp_path: Path) -> None:
    (check,), _ = fairness.judged(job(None))
    assert check.status is CheckStatus.INCONCLUSIVE
    assert "trainstop evaluate" in check.reason
    parquet.write_table(predictions(0.6), tmp_path / "asked.parquet")
    checks, _ = fairness.judged(job(None), tmp_path / "asked.parquet")
    assert {check.status for check in checks} == {CheckStatus.FAILED}


def test_a_missing_column_names_its_key(job) -> None:
    with pytest.raises(ConfigurationError, match="lacks `age`") as caught:
        fairness.judged(job(predictions(0.6).drop_columns("age")))
    assert "model-test.fairness.columns" in caught.value.where
