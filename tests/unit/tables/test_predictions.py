"""Reading predictions tables: each way of being wrong is named."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from trainstop.errors import InputError
from trainstop.tables.predictions import PredictionsTable, read

GOOD: dict[str, list[Any]] = {
    "row_id": [1, 2, 3],
    "target": [0, 1, 1],
    "prediction": [0, 1, 0],
    "score": [0.1, 0.9, 0.4],
}
NAMES = {"target": "late", "row_id": "flight"}


def written(folder: Path, columns: dict[str, Any]) -> Path:
    pa.parquet.write_table(pa.table(columns), folder / "p.parquet")
    return folder / "p.parquet"


def refused(path: Path, *words: str, names: dict[str, str] | None = None, keep: tuple[str, ...] = ()) -> None:
    with pytest.raises(InputError) as error:
        read(path, names=names or {}, keep=keep)
    for word in words:
        assert word in str(error.value)
    assert str(path) in error.value.where
    assert error.value.fix


def test_a_parquet_table_is_read(tmp_path: Path) -> None:
    table = read(written(tmp_path, GOOD | {"other": [1, 2, 3]}), names={})
    assert len(table) == 3
    assert table.numbers("score").tolist() == [0.1, 0.9, 0.4]
    assert not table.has("other")


def test_a_csv_table_is_read_by_the_project_s_own_names(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("flight,late,score,day\nA1,yes,0.5,1\nB2,no,0.25,2\n")
    table = read(path, names=NAMES, keep=("day",))
    assert table.coded("target").names == ("no", "yes")
    assert table.coded("target").codes.tolist() == [1, 0]
    assert table.coded("day").names == ("1", "2")


def test_the_column_that_the_configuration_names_is_the_truth_whatever_another_is_called(tmp_path: Path) -> None:
    table = read(written(tmp_path, GOOD | {"late": [7, 8, 7]}), names=NAMES)
    assert table.coded("target").names == ("7", "8")
    assert read(written(tmp_path, GOOD), names=NAMES).coded("target").names == ("0", "1")


def test_a_truth_that_is_called_like_an_answer_is_looked_for_under_our_name(tmp_path: Path) -> None:
    names = {"target": "score", "row_id": ""}
    assert read(written(tmp_path, GOOD), names=names).coded("target").names == ("0", "1")
    del (bare := dict(GOOD))["target"]
    refused(written(tmp_path, bare), "`score` is what a predictions table calls the model's answers", names=names)


@pytest.mark.parametrize("empty", ["", " "])
def test_a_row_whose_truth_is_an_empty_text_has_none(tmp_path: Path, empty: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"row_id,target,prediction\n1,yes,yes\n2,{empty},no\n3,no,no\n")
    refused(path, "1 of 3 rows have no target")


@pytest.mark.parametrize(("columns", "nameless"), [(GOOD, False), ({"target": [1], "score": [0.5]}, True)], ids=str)
def test_it_is_known_whether_anything_names_the_rows(tmp_path: Path, columns: dict[str, Any], nameless: bool) -> None:
    assert read(written(tmp_path, columns), names={"row_id": ""}).by_position is nameless


def test_rows_without_a_configured_id_are_named_by_their_place(tmp_path: Path) -> None:
    columns = {name: values for name, values in GOOD.items() if name != "row_id"}
    assert read(written(tmp_path, columns), names={"row_id": ""}).ids().to_pylist() == [0, 1, 2]
    refused(tmp_path / "p.parquet", "lacks `row_id`", names=NAMES)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    table = read(written(tmp_path, GOOD), names={})
    table.write(tmp_path / "deep" / "again.parquet")
    assert read(tmp_path / "deep" / "again.parquet", names={}).table == table.table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target": None}, ["lacks `target`", "it has: row_id"]),
        ({"prediction": None, "score": None}, ["neither a `prediction` nor a `score`"]),
        ({"row_id": [1, 1, 3]}, ["1 of 3 rows repeat a `row_id`", "'1'"]),
        ({"row_id": [1, None, 3]}, ["1 of 3 rows have no `row_id`"]),
        ({"target": [0, None, 1]}, ["1 of 3 rows have no target"]),
        ({"target": [0.0, float("nan"), float("inf")]}, ["2 of 3 rows have no target"]),
    ],
)
def test_each_fault_is_named(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    columns = {name: values for name, values in (GOOD | change).items() if values is not None}
    refused(written(tmp_path, columns), *words)


def test_no_rows_are_never_a_pass(tmp_path: Path) -> None:
    refused(written(tmp_path, {name: pa.array([], pa.float64()) for name in GOOD}), "has no row", "never a pass")


def test_a_missing_cluster_or_slice_column_is_named(tmp_path: Path) -> None:
    refused(written(tmp_path, GOOD), "lacks `day`", keep=("day",))


def test_a_file_that_is_missing_or_no_table_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "none.parquet", "no predictions table")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    refused(tmp_path / "broken.parquet", "cannot be read")
    (tmp_path / "broken.csv").write_text("a,b\n1,2,3\n")
    refused(tmp_path / "broken.csv", "cannot be read")
    (tmp_path / "twice.csv").write_text("row_id,target,score,score\n1,2,3,4\n")
    refused(tmp_path / "twice.csv", "twice: score")


def test_words_in_a_score_column_are_refused(tmp_path: Path) -> None:
    table = read(written(tmp_path, GOOD | {"score": ["high", "low", "low"]}), names={})
    with pytest.raises(InputError, match="no number"):
        table.numbers("score")


def test_one_row_is_a_table(tmp_path: Path) -> None:
    table: PredictionsTable = read(written(tmp_path, {name: values[:1] for name, values in GOOD.items()}), names={})
    assert len(table) == 1


def test_ids_of_bytes_are_read_as_hexadecimal_digits(tmp_path: Path) -> None:
    ids = pa.array([bytes([number] * 16) for number in (255, 2, 3)], pa.binary(16))
    assert read(written(tmp_path, GOOD | {"row_id": ids}), names={}).ids().to_pylist()[0] == "ff" * 16


@pytest.mark.parametrize("name", ["row_id", "prediction", "target"])
def test_lists_where_single_values_belong_are_an_input_error(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, GOOD | {name: pa.array([[0], [1], [0]])})

    def taken() -> None:
        table = read(path, names={})
        table.ids()
        table.coded(name)

    with pytest.raises(InputError):
        taken()


@pytest.mark.parametrize(
    ("target", "columns"),
    [(["1.0", "2.0", "3.0"], ["1.0", "2.0", "3.0"]), (["true", "false", "maybe"], ["true", "false", "maybe"])],
)
def test_classes_in_the_names_of_score_columns_are_spelled_as_labels_are(
    tmp_path: Path, target: list[str], columns: list[str]
) -> None:
    scores = {f"score_{name}": [0.2, 0.3, 0.5] for name in columns}
    table = read(written(tmp_path, {"row_id": [1, 2, 3], "target": target, **scores}), names={})
    assert set(table.score_classes) == set(table.coded("target").names)


def test_a_kept_column_keeps_its_name_whatever_it_is_called(tmp_path: Path) -> None:
    kept = read(written(tmp_path, GOOD | {"score_true": [1, 2, 3]}), names={}, keep=("score_true",))
    assert kept.has("score_true")


def test_where_answers_are_numbers_a_column_called_score_may_be_the_truth(tmp_path: Path) -> None:
    columns = {"row_id": [1, 2], "prediction": [0.5, 0.6], "score": [7.0, 8.0]}
    table = read(written(tmp_path, columns), names={"target": "score"}, scores=False)
    assert table.numbers("target").tolist() == [7.0, 8.0]
    refused(written(tmp_path, columns), "`score` is what a predictions table calls", names={"target": "score"})
