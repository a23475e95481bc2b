"""Planted leaks in data files, and an honest pair of files that passes. No model is asked."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.modeltests import leakage
from trainstop.records import CheckStatus
from trainstop.workspace import Workspace

ROWS = 400
FEATURES = ("amount", "shop")
DATA = {
    "train": ["train.parquet"],
    "evaluation": ["evaluation.parquet"],
    "target": "y",
    "id": "id",
    "time": "at",
    "cluster": "day",
}
NAMES = {"shared-rows", "time-order", "cluster-overlap", "target-among-features", "too-good-feature"}


def frame(start: int, *, numbers: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(start)
    y = random.integers(0, 2, ROWS)
    amount = y + 1.5 * random.normal(size=ROWS)
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(start, start + ROWS), unit="h")
    return pd.DataFrame(
        {
            "id": np.arange(start, start + ROWS),
            "y": y * 3.5 + random.normal(size=ROWS) if numbers else y,
            "amount": amount,
            "shop": random.choice(["a", "b", "c"], ROWS),
            "at": at,
            "day": at.strftime("%Y-%m-%d"),
        }
    )


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Any]:
    def run(train: Any, evaluation: Any, inputs: Any = FEATURES, *, task: str = "binary", **sections: Any) -> Any:
        for name, table in (("train", train), ("evaluation", evaluation)):
            if table is not None:
                path = tmp_path / f"{name}.{sections.get('ending', 'parquet')}"
                table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
        config = Config.model_validate(
            {
                "model": {"name": "m", "task": task},
                "data": {**DATA, **sections.get("data", {})},
                "model-test": {"leakage": sections.get("leakage", {})},
            }
        )
        job: Any = SimpleNamespace(config=config, workspace=Workspace(tmp_path))
        return {check.name: check for check in leakage.judged(job, inputs)}

    return run


def odd(checks: Any) -> dict[str, str]:
    return {name: check.status.value for name, check in checks.items() if check.status is not CheckStatus.PASSED}


@pytest.mark.parametrize("numbers", [False, True], ids=["classes", "numbers"])
def test_honest_data_pass(look, numbers: bool) -> None:
    found = look(frame(0, numbers=numbers), frame(480, numbers=numbers), task="regression" if numbers else "binary")
    assert set(found) == NAMES
    assert odd(found) == {}


def test_a_training_row_among_the_evaluation_rows_fails(look) -> None:
    evaluation = frame(480)
    evaluation.loc[5] = frame(0).loc[7]
    evaluation["day"], evaluation["at"] = frame(480)["day"], frame(480)["at"]
    found = look(frame(0), evaluation)
    assert odd(found) == {"shared-rows": "failed"}
    assert "1 of 400 evaluation rows are training rows" in found["shared-rows"].reason


def test_copies_under_other_ids_warn_and_files_of_other_types_are_compared(look) -> None:
    train, evaluation = frame(0), frame(480)
    for name in ("amount", "shop", "y"):
        evaluation.loc[:40, name] = train.loc[:40, name]
    train["y"], train["shop"] = train["y"].astype("float64"), train["shop"].astype("category")
    found = look(train, evaluation)
    assert odd(found) == {"shared-rows": "warned"}
    assert "41 of 400 evaluation rows equal a training row" in found["shared-rows"].reason


def test_rows_that_repeat_anyway_are_no_leak(look) -> None:
    found = look(frame(0), frame(480), ("shop",))
    assert found["shared-rows"].status is CheckStatus.PASSED
    assert "up to 100% may be chance" in found["shared-rows"].reason


def test_missing_values_are_equal_whether_null_or_nan(look) -> None:
    train, evaluation = frame(0), frame(480)
    for table in (train, evaluation):
        table.loc[:40, ["amount", "shop", "y"]] = [np.nan, "a", 1]
    found = look(train, evaluation, data={"id": ""})
    assert "41 of 400" in found["shared-rows"].reason


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_target_in_other_words_fails(look, ending: str) -> None:
    train, evaluation = (frame(start).assign(verdict=lambda t: t["y"].map({0: "no", 1: "yes"})) for start in (0, 480))
    files = {"train": [f"train.{ending}"], "evaluation": [f"evaluation.{ending}"]}
    found = look(train, evaluation, (*FEATURES, "verdict"), ending=ending, data=files)
    assert odd(found) == {"target-among-features": "failed"}
    assert "`verdict`" in found["target-among-features"].reason
    assert (
        "failed"
        not in odd(
            look(train, evaluation, (*FEATURES, "verdict"), ending=ending, data=files, leakage={"mode": "warn"})
        ).values()
    )


def test_the_target_in_other_words_fails_however_rare_a_class_is(look) -> None:
    rare = [
        table.assign(y=(np.arange(ROWS) < 3).astype(int), verdict=np.where(np.arange(ROWS) < 3, "no", "yes"))
        for table in (frame(0), frame(480))
    ]
    found = look(*rare, (*FEATURES, "verdict"))
    assert odd(found) == {"target-among-features": "failed", "too-good-feature": "skipped"}
    assert found["too-good-feature"].reason == "only 3 rows of one class: 20 are needed"
    honest = look(*rare)
    assert honest["target-among-features"].status is CheckStatus.PASSED


def test_what_so_few_rows_have_in_common_by_chance_only_warns(look) -> None:
    few = [frame(start).assign(verdict=lambda table: table["y"] * 2).head(9) for start in (0, 480)]
    found = look(*few, (*FEATURES, "verdict"))
    assert odd(found) == {"target-among-features": "warned", "too-good-feature": "skipped"}
    assert "on all 9 rows looked at; so few may agree by chance" in found["target-among-features"].reason
    assert look(*few)["target-among-features"].status is CheckStatus.PASSED


def test_nothing_is_the_target_where_that_never_changes(look) -> None:
    for task in ("binary", "regression"):
        tables = [frame(start).assign(y=1, same=5) for start in (0, 480)]
        found = look(*tables, (*FEATURES, "same"), task=task)
        assert found["target-among-features"].status is CheckStatus.SKIPPED
        assert found["target-among-features"].reason == "the target is the same in every row"


def test_a_number_that_is_the_target_in_another_unit_fails(look) -> None:
    train, evaluation = (frame(s, numbers=True).assign(cents=lambda t: 100 * t["y"] + 7) for s in (0, 480))
    found = look(train, evaluation, (*FEATURES, "cents"), task="regression")
    assert odd(found) == {"target-among-features": "failed"}


def test_a_feature_too_good_to_be_true_warns(look) -> None:
    train, evaluation = (frame(s).assign(paid=lambda t: t["y"] + 0.2 * np.cos(np.arange(ROWS))) for s in (0, 480))
    found = look(train, evaluation, (*FEATURES, "paid"))
    assert odd(found) == {"too-good-feature": "warned"}
    assert "`paid` (1)" in found["too-good-feature"].reason


def test_the_model_itself_is_told_beside_the_best_feature(look, tmp_path: Path) -> None:
    evaluation = frame(480)
    path = Workspace(tmp_path).candidate.predictions
    path.parent.mkdir(parents=True)
    score = evaluation["amount"] + evaluation["y"]
    pd.DataFrame({"row_id": evaluation["id"], "target": evaluation["y"], "score": score}).to_parquet(path)
    assert "the model reaches 0." in look(frame(0), evaluation)["too-good-feature"].reason


def test_mixed_times_and_shared_clusters_warn(look) -> None:
    found = look(frame(0), frame(390))
    assert odd(found) == {"time-order": "warned", "cluster-overlap": "warned"}
    assert "10 of 400 evaluation rows are not later" in found["time-order"].reason
    strict = look(frame(0), frame(390), leakage={"time-order": "block", "cluster-overlap": "off"})
    assert odd(strict) == {"time-order": "failed", "cluster-overlap": "skipped"}


def test_what_cannot_be_looked_at_is_skipped_with_its_reason(look) -> None:
    found = look(None, frame(480))
    assert odd(found) == dict.fromkeys(("shared-rows", "time-order", "cluster-overlap"), "skipped")
    assert found["shared-rows"].reason == "no training data are at hand"
    bare = look(frame(0), frame(480), data={"time": "", "cluster": "", "id": ""})
    assert odd(bare) == dict.fromkeys(("time-order", "cluster-overlap"), "skipped")
    nobody = look(frame(0), frame(480), None)
    assert odd(nobody) == dict.fromkeys(("target-among-features", "too-good-feature"), "skipped")
    assert odd(look(frame(0), frame(480).head(9)))["too-good-feature"] == "skipped"
    assert odd(look(frame(0), frame(480).assign(y=1)))["too-good-feature"] == "skipped"
    assert odd(look(frame(0), frame(480), ("gone",)))["target-among-features"] == "skipped"


def test_no_data_or_switched_off_is_said(look) -> None:
    assert look(None, None, data={"evaluation": ["gone"]})["leakage"].reason == "no evaluation data are at hand"
    assert set(odd(look(frame(0), frame(480), leakage={"mode": "off"}))) == {"leakage"}


def test_lists_and_times_as_features_are_no_mistake(look) -> None:
    tables = [frame(start).assign(tags=[[1, 2]] * ROWS) for start in (0, 480)]
    assert odd(look(*tables, (*FEATURES, "tags", "at"))) == {}


def test_an_unreadable_file_is_an_input_error(look, tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_text("no table")
    with pytest.raises(InputError, match="cannot be read"):
        look(None, frame(480))
