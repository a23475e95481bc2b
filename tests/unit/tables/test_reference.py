"""What a version brings along to be watched against."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.signatures import model_inputs
from trainstop.tables.logged_columns import PREDICTION, SCORE
from trainstop.tables.profiling import profile_table
from trainstop.tables.reference import read_reference


def bundle(root: Path, predictions: dict[str, Any] | None, signature: Any = None) -> Bundle:
    made = Bundle(root / "bundle")
    made.model.mkdir(parents=True)
    if signature is not None:
        (made.model / "MLmodel").write_text(json.dumps({"signature": signature}))
    pq.write_table(pa.table({"x": [1, 2], "other": [3, 4]}), root / "train.parquet")
    profile_table([root / "train.parquet"], time="", period="week", exclude=()).write(made.profile)
    if predictions:
        pq.write_table(pa.table({"row_id": [1, 2], "t": ["2025-01-01", "2025-01-09"]} | predictions), made.predictions)
    return made


def config(task: str = "binary", **data: Any) -> Config:
    return Config.model_validate({"model": {"name": "m", "task": task}, "data": {"time": "t"} | data})


def test_the_answers_are_counted_per_period_under_their_name_in_the_log(tmp_path: Path) -> None:
    found = read_reference(config(), bundle(tmp_path, {"target": [0, 1], "score": [0.2, 0.7]}))
    assert found.answer is not None
    assert (found.answer.columns[0].name, len(found.answer.columns[0].counts)) == (SCORE, 2)
    assert (found.answers.classes, found.answers.positive) == (("0", "1"), 1)


@pytest.mark.parametrize(
    ("task", "answers", "name"),
    [
        ("multiclass", {"prediction": ["a", "b"]}, PREDICTION),
        ("regression", {"prediction": [0.1, 0.2]}, SCORE),
        ("ranking", {"score": [0.1, 0.2], "search": ["s", "s"]}, SCORE),
        ("forecast", {"q_0.1": [0.0, 0.1], "q_0.5": [0.1, 0.2]}, SCORE),
    ],
)
def test_each_task_has_its_answer(tmp_path: Path, task: str, answers: dict[str, Any], name: str) -> None:
    target = ["a", "b"] if task == "multiclass" else [0.5, 0.6]
    found = read_reference(config(task, query="search"), bundle(tmp_path, {"target": target} | answers))
    assert found.answer is not None
    assert [column.name for column in found.answer.columns] == [name]


def test_the_positive_class_need_not_be_the_last(tmp_path: Path) -> None:
    made = bundle(tmp_path, {"target": ["late", "on time"], "score": [0.2, 0.7]})
    assert read_reference(config(positive="late"), made).answers.positive == 0


def test_a_version_without_answers_has_none_to_compare_with(tmp_path: Path) -> None:
    found = read_reference(config(), bundle(tmp_path, None))
    assert (found.evaluation, found.answer) == (None, None)


def test_only_the_models_inputs_are_watched(tmp_path: Path) -> None:
    signature = {"inputs": json.dumps([{"name": "x", "type": "long"}])}
    found = read_reference(config(), bundle(tmp_path, None, signature))
    assert [column.name for column in found.profile.columns] == ["x"]


@pytest.mark.parametrize("signature", [None, {}, {"inputs": None}, {"inputs": "[{}]"}, {"inputs": "no json"}, "odd"])
def test_without_a_readable_signature_every_column_is_watched(tmp_path: Path, signature: Any) -> None:
    made = bundle(tmp_path, None, signature)
    assert model_inputs(made.model) == ()
    assert len(read_reference(config(), made).profile.columns) == 2


def test_a_version_without_profile_is_refused(tmp_path: Path) -> None:
    made = bundle(tmp_path, None)
    made.profile.unlink()
    with pytest.raises(InputError, match="profile"):
        read_reference(config(), made)


def test_the_median_of_a_forecast_is_found_by_its_place_among_the_quantiles(tmp_path: Path) -> None:
    made = bundle(tmp_path, {"target": [0.1, 0.2], "q_0.9": [1.0, 1.0], "q_0.5": [0.5, 0.5]})
    assert read_reference(config("forecast"), made).answers.positive == 0
    assert read_reference(config("forecast"), made).answers.classes == ("0.5", "0.9")


@pytest.mark.parametrize(("inputs", "watched"), [(("x",), ["x"]), ((), ["other", "x"])])
def test_where_the_model_is_not_here_the_record_of_its_training_says_its_inputs(
    tmp_path: Path, inputs: tuple[str, ...], watched: list[str]
) -> None:
    made = bundle(tmp_path, None)
    trained = TrainPart(
        fingerprint=Fingerprint(digest="d", code="c", data="d", command="c", environment="e"),
        restored=False,
        cost=Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1),
        inputs=inputs,
    )
    Results(made.records).write(
        Record[TrainPart](
            stage=TrainPart.stage,
            trainstop="1",
            status=Status.PASSED,
            started_at=datetime.now(UTC),
            duration_seconds=1,
            provenance=Provenance(repository="r"),
            part=trained,
        )
    )
    assert sorted(column.name for column in read_reference(config(), made).profile.columns) == watched


@pytest.mark.parametrize(
    ("columns", "classes"),
    [
        ({"target": ["10", "9"]}, ("9", "10")),
        ({"target": [10, 2]}, ("2", "10")),
        ({"target": ["b", "10"]}, ("10", "b")),
        ({"target": ["a", "b"], "score_b": [0.1, 0.2], "score_a": [0.9, 0.8]}, ("b", "a")),
    ],
)
def test_classes_are_in_the_order_of_the_scores_else_as_libraries_number_them(
    tmp_path: Path, columns: dict[str, Any], classes: tuple[str, ...]
) -> None:
    made = bundle(tmp_path, columns | {"prediction": columns["target"]})
    assert read_reference(config("multiclass"), made).answers.classes == classes


def test_an_answer_may_be_any_label_that_the_evaluation_has(tmp_path: Path) -> None:
    made = bundle(tmp_path, {"target": ["a", "b"], "prediction": ["c", "b"]})
    assert read_reference(config("multiclass"), made).answers.labels == ("a", "b", "c")


@pytest.mark.parametrize(("target", "labels"), [([0.0, 1.0], ("0", "1")), ([True, False], ("0", "1")), ([1, 1], ())])
def test_an_evaluation_with_one_class_does_not_say_what_the_other_is(
    tmp_path: Path, target: list[Any], labels: tuple[str, ...]
) -> None:
    made = bundle(tmp_path, {"target": target, "score": [0.2, 0.7]})
    assert read_reference(config(), made).answers.labels == labels


def test_the_models_inputs_are_told_so_that_none_is_taken_for_an_answer(tmp_path: Path) -> None:
    signature = {"inputs": json.dumps([{"name": "x", "type": "long"}])}
    assert read_reference(config(), bundle(tmp_path, None, signature)).answers.inputs == {"x"}
