"""Columns of data files that may group the rows of a predictions table."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from trainstop.errors import InputError
from trainstop.tables import grouping_columns, predictions
from trainstop.tables.grouping_columns import GroupingColumn

ROWS = 300
START = datetime.fromisoformat("2026-03-01")


def data(rows: int = ROWS) -> dict[str, Any]:
    hours = [START + timedelta(hours=row // 2) for row in range(rows)]
    return {
        "flight": [f"f{row}" for row in range(rows)],
        "late": [row % 3 == 0 for row in range(rows)],
        "time_hour": hours,
        "customer": [row // 10 for row in range(rows)],
        "route": [f"r{row % 40:02}" for row in range(rows)],
        "temperature": np.random.default_rng(0).normal(size=rows),
    }


def answers(tmp_path: Path, *, ids: Any = None, late: Any = None) -> Any:
    """The predictions table of these rows."""
    late = data()["late"] if late is None else late
    table = {"target": late, "score": np.linspace(0, 1, len(late))}
    if ids is not None:
        table["row_id"] = ids
    pa.parquet.write_table(pa.table(table), tmp_path / "answers.parquet")
    return predictions.read(tmp_path / "answers.parquet", names={})


def written(tmp_path: Path, name: str = "data.parquet", **changes: Any) -> Path:
    path = tmp_path / name
    table = pa.table({**data(), **changes})
    (pa.csv.write_csv if name.endswith(".csv") else pa.parquet.write_table)(table, path)
    return path


def read(paths: list[Path], table: Any, **more: Any) -> dict[str, GroupingColumn]:
    settings: dict[str, Any] = {"names": ("", "late"), "numeric": False} | more
    return {each.name: each for each in grouping_columns.read(paths, table, **settings)}


@pytest.mark.parametrize("name", ["data.parquet", "data.csv"])
def test_text_whole_numbers_times_and_their_days_are_read(tmp_path: Path, name: str) -> None:
    found = read([written(tmp_path, name)], answers(tmp_path))
    assert set(found) == {"time_hour", "date(time_hour)", "customer", "route", "temperature"} - {"temperature"}
    assert found["date(time_hour)"].codes.tolist() == [row // 48 for row in range(ROWS)]
    assert found["date(time_hour)"].day
    assert found["customer"].number
    assert found["customer"].codes.tolist() == data()["customer"]
    assert found["route"].codes.tolist() == [row % 40 for row in range(ROWS)]


def test_one_column_can_be_asked_for_alone(tmp_path: Path) -> None:
    table = answers(tmp_path)
    every = read([written(tmp_path)], table)
    found = read([written(tmp_path)], table, only="date(time_hour)")
    assert list(found) == ["date(time_hour)"]
    assert found["date(time_hour)"].codes.tolist() == every["date(time_hour)"].codes.tolist()


def test_rows_are_paired_by_id_whatever_their_order(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(ROWS)
    table = answers(tmp_path, ids=[f"f{row}" for row in order], late=[int(row) % 3 == 0 for row in order])
    found = read([written(tmp_path)], table, names=("flight", "late"))
    assert found["customer"].codes.tolist() == [row // 10 for row in order]


def test_files_are_read_in_their_order(tmp_path: Path) -> None:
    parts = []
    for name, rows in (("b.parquet", slice(0, 100)), ("a.parquet", slice(100, ROWS))):
        pa.parquet.write_table(pa.table({key: values[rows] for key, values in data().items()}), tmp_path / name)
        parts.append(tmp_path / name)
    assert read(parts, answers(tmp_path))["customer"].codes.tolist() == data()["customer"]


@pytest.mark.parametrize(
    "change",
    [{"late": [True] * ROWS}, {"late": list(reversed(data()["late"]))}],
    ids=["other targets", "another order"],
)
def test_files_that_hold_other_rows_give_nothing(tmp_path: Path, change: dict[str, Any]) -> None:
    assert read([written(tmp_path, **change)], answers(tmp_path)) == {}
    assert read([written(tmp_path)], answers(tmp_path, late=data()["late"][:-1])) == {}


def test_files_without_the_target_give_nothing(tmp_path: Path) -> None:
    assert read([written(tmp_path)], answers(tmp_path), names=("", "later")) == {}
    assert read([], answers(tmp_path)) == {}


def test_a_missing_value_has_no_group_and_fractions_are_no_names(tmp_path: Path) -> None:
    customers = [float(value) for value in data()["customer"]]
    customers[3] = float("nan")
    halves = [0.5 + row % 30 for row in range(ROWS)]
    found = read([written(tmp_path, customer=customers, route=halves)], answers(tmp_path))
    assert found["customer"].codes[3] == -1
    assert found["customer"].codes[299] == 29
    assert set(found["route"].codes.tolist()) == {-1}


def test_a_number_that_the_model_looks_at_is_a_measurement_and_a_text_may_be_a_route(tmp_path: Path) -> None:
    found = read([written(tmp_path)], answers(tmp_path), features={"customer", "route"})
    assert "customer" not in found
    assert "route" in found


def test_ids_answers_and_columns_that_are_left_out_are_not_groups(tmp_path: Path) -> None:
    path = written(tmp_path, score_a=[row % 30 for row in range(ROWS)], prediction=[row % 30 for row in range(ROWS)])
    assert set(read([path], answers(tmp_path), leave={"route", "time_hour"})) == {"customer"}


def test_text_that_holds_times_has_days(tmp_path: Path) -> None:
    times = [f"2026-03-{1 + row // 15:02}T{row % 24:02}:00:00" for row in range(ROWS)]
    years = [f"2026 r{row % 40}" for row in range(ROWS)]
    found = read([written(tmp_path, time_hour=times, route=years)], answers(tmp_path))
    assert found["date(time_hour)"].codes.max() == 19
    assert "date(route)" not in found


def test_categories_are_text(tmp_path: Path) -> None:
    routes = pa.array([f"r{row % 40:02}" for row in range(ROWS)]).dictionary_encode()
    found = read([written(tmp_path, route=routes)], answers(tmp_path))
    assert len(set(found["route"].codes.tolist())) == 40


def test_hostile_names_are_names(tmp_path: Path) -> None:
    name = 'a"; DROP TABLE source; --'
    assert name in read([written(tmp_path, **{name: [row // 10 for row in range(ROWS)]})], answers(tmp_path))


def test_a_broken_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match="cannot be read"):
        read([tmp_path / "data.parquet"], answers(tmp_path))
