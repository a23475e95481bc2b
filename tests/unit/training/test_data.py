"""Whether there is data, and how much."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.training.data import refuse_missing, training_rows


def test_every_glob_without_a_file_is_named(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    config = Config.model_validate(
        {"model": {"name": "m", "task": "binary"}, "data": {"train": ["a.csv", "b/*.csv"], "evaluation": ["c.csv"]}}
    )
    with pytest.raises(InputError, match=r"data\.train: b/\*\.csv, data\.evaluation: c\.csv"):
        refuse_missing(config.data, tmp_path)


def test_rows_of_all_files_are_counted(tmp_path) -> None:
    parquet.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text('x,y\n1,"two\nlines"\n2,b\n')
    assert training_rows(["*.parquet", "*.csv"], tmp_path) == 5
    assert training_rows([], tmp_path) is None


@pytest.mark.parametrize("text", ["", "x,y\n"])
def test_a_glob_whose_files_hold_no_row_is_named(tmp_path, text) -> None:
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(InputError, match=r"no rows: \*\.csv"):
        training_rows(["*.parquet", "*.csv"], tmp_path)


def test_a_file_that_is_not_what_its_name_says_is_an_input_error(tmp_path) -> None:
    (tmp_path / "a.parquet").write_text("not parquet")
    with pytest.raises(InputError, match="cannot be read"):
        training_rows(["a.parquet"], tmp_path)


def test_what_a_csv_holds_late_may_be_of_another_kind_than_what_came_first(tmp_path) -> None:
    lines = ["x,y"] + ["1,"] * 400_000 + ["1.5,late"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    assert training_rows(["*.csv"], tmp_path) == 400_001
