"""Answers beside their labels: which label counts, and which are none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainstop.tables.engine import opened
from trainstop.tables.inference_log import open_log
from trainstop.tables.labelled import Joined, Names, labelled
from trainstop.tables.logged_answers import Answers

DAY = datetime(2025, 5, 1, tzinfo=UTC)
BINARY = Answers("binary", ("0", "1"), 1, ("0", "1"))


@pytest.fixture
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def joined(engine: Any, folder: Path, *labels: Path, ids: Any = (1, 2, 3), answers: Answers = BINARY) -> Joined:
    name = "score" if answers.task == "binary" else "prediction"
    said: list[Any] = ["0"] * len(ids) if answers.task == "multiclass" else [0.5] * len(ids)
    log = table(folder / "log.parquet", id=list(ids), t=[DAY.isoformat()] * len(ids), **{name: said})
    stretch = {"since": DAY - timedelta(days=1), "until": DAY + timedelta(days=1)}
    found = open_log(engine, [log], answers, time="t", id_column="id", **stretch)
    return labelled(found.rows, labels, Names(id_column="id", target="y"), answers)


def targets(found: Joined) -> dict[str, Any]:
    return {row["row_id"]: row["target"] for row in found.table.to_pylist()}


def test_a_correction_in_a_later_file_counts_whatever_its_place_in_it(engine: Any, tmp_path: Path) -> None:
    first = table(tmp_path / "0.parquet", id=[1, 2, 3], y=[0, 0, 0])
    second = table(tmp_path / "1.parquet", id=[3, 2], y=[1, 1])
    assert targets(joined(engine, tmp_path, first, second)) == {"1": "0", "2": "1", "3": "1"}
    assert targets(joined(engine, tmp_path, second, first)) == {"1": "0", "2": "0", "3": "0"}


def test_a_correction_counts_in_whichever_kind_of_file_it_is(engine: Any, tmp_path: Path) -> None:
    first = table(tmp_path / "0.parquet", id=[1, 2], y=[0.0, 0.0])
    (tmp_path / "1.csv").write_text("id,y\n2,1\n")
    assert targets(joined(engine, tmp_path, first, tmp_path / "1.csv")) == {"1": "0", "2": "1"}


@pytest.mark.parametrize(
    "answers", [BINARY, Answers("multiclass", ("0", "1"), labels=("0", "1")), Answers("regression")]
)
def test_a_label_that_is_nan_is_none_yet(engine: Any, tmp_path: Path, answers: Answers) -> None:
    labels = table(tmp_path / "0.parquet", id=[1, 2, 2], y=[1.0, 0.0, float("nan")])
    found = joined(engine, tmp_path, labels, answers=answers)
    assert targets(found) == ({"1": 1.0, "2": 0.0} if answers.task == "regression" else {"1": "1", "2": "0"})
    assert found.notes == ()


@pytest.mark.parametrize("labels", [["1", "0", "unknown"], ["1.0", "false", "unknown"], ["true", "0", "unknown"]])
def test_a_label_that_is_no_class_is_left_out_and_said(engine: Any, tmp_path: Path, labels: list[str]) -> None:
    found = joined(engine, tmp_path, table(tmp_path / "0.parquet", id=[1, 2, 3], y=labels))
    assert targets(found) == {"1": "1", "2": "0"}
    assert found.notes == ("1 labels are not `0` or `1` ('unknown', say), and are left out",)


def test_a_class_that_the_version_does_not_know_counts_against_it(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path / "0.parquet", id=[1, 2], y=["0", "new"])
    found = joined(engine, tmp_path, labels, answers=Answers("multiclass", ("0", "1"), labels=("0", "1")))
    assert targets(found) == {"1": "0", "2": "new"}
    assert found.notes == ("1 labels are not `0` or `1` ('new', say), and count as wrongly answered",)


def test_a_true_answer_that_is_no_finite_number_is_left_out(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path / "0.parquet", id=[1, 2, 3], y=["1.5", "much", "inf"])
    found = joined(engine, tmp_path, labels, answers=Answers("regression"))
    assert targets(found) == {"1": 1.5}
    assert found.notes[0].startswith("2 labels are not a number")


@pytest.mark.parametrize(
    ("logged", "known"),
    [
        ([1, 2, 3], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, 3.0], ["1", "2", "3"]),
        (["1.0", "2", "3"], [1, 2, 3]),
        (["001", "002", "003"], ["001", "002", "003"]),
        (["2026010600000000000001", "2", "3"], ["2026010600000000000001", "2", "3"]),
    ],
)
def test_ids_are_joined_whatever_their_type(engine: Any, tmp_path: Path, logged: list[Any], known: list[Any]) -> None:
    labels = table(tmp_path / "0.parquet", id=known, y=[1, 0, 1])
    assert len(targets(joined(engine, tmp_path, labels, ids=logged))) == 3


def test_ids_of_a_csv_file_stay_as_they_are_written(engine: Any, tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("id,y\n001,1\n20260106000000000000012,0\n20260106000000000000013,1\n")
    ids = ["001", "20260106000000000000012", "20260106000000000000013"]
    assert len(targets(joined(engine, tmp_path, tmp_path / "0.csv", ids=ids))) == 3


@pytest.mark.parametrize("missing", [[float("nan")] * 3, [""] * 3, [None, None, "x"]])
def test_what_is_no_id_is_joined_with_nothing(engine: Any, tmp_path: Path, missing: list[Any]) -> None:
    labels = table(tmp_path / "0.parquet", id=missing, y=[1, 0, 1])
    assert targets(joined(engine, tmp_path, labels, ids=missing[:2])) == {}


def test_labels_that_cannot_be_read_leave_the_others(engine: Any, tmp_path: Path) -> None:
    good = table(tmp_path / "a.parquet", id=[1, 2, 3], y=[0, 1, 1])
    (tmp_path / "b.parquet").touch()
    found = joined(engine, tmp_path, good, tmp_path / "b.parquet")
    assert targets(found) == {"1": "0", "2": "1", "3": "1"}
    assert [note for note in found.notes if "b.parquet" in note and "left out" in note]
