"""Logs that something else wrote: which column is an answer, a status, a version, a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainstop.tables.engine import opened
from trainstop.tables.inference_log import InferenceLog, open_log
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import EVENT, PREDICTION, SCORE, STATUS, USABLE, VERSION

DAY = datetime(2025, 5, 1, tzinfo=UTC)
BINARY = Answers("binary", ("0", "1"), 1, ("0", "1"))
NAMED = Answers("binary", ("late", "ontime"), 0, ("late", "ontime"))
MANY = Answers("multiclass", ("0", "1", "2"), labels=("0", "1", "2"))


@pytest.fixture
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def log(engine: Any, folder: Path, answers: Answers, **columns: Any) -> InferenceLog:
    rows = len(next(iter(columns.values())))
    path = folder / "log.parquet"
    pq.write_table(pa.table({"t": [DAY.isoformat()] * rows} | columns), path)
    return opened_log(engine, path, answers)


def opened_log(engine: Any, path: Path, answers: Answers = BINARY, **more: Any) -> InferenceLog:
    since, until = DAY - timedelta(days=1), DAY + timedelta(days=1)
    return open_log(engine, [path], answers, time="t", id_column="id", since=since, until=until, **more)


def column(found: InferenceLog, *names: str) -> list[Any]:
    wanted = ", ".join(f'"{name}"' for name in names)
    rows = found.rows.run(f'SELECT {wanted} FROM {found.rows.name} ORDER BY "trainstop row"')
    return [row[0] for row in rows] if len(names) == 1 else rows


@pytest.mark.parametrize(
    ("answers", "columns", "scores", "labels"),
    [
        (BINARY, {"score_0": [0.9, 0.2], "score_1": [0.1, 0.8]}, [0.1, 0.8], [None, None]),
        (NAMED, {"score_late": [0.9, 0.2], "score_ontime": [0.1, 0.8]}, [0.9, 0.2], [None, None]),
        (Answers("binary"), {"score_0": [0.9, 0.2], "score_1": [0.1, 0.8]}, [None, None], [None, None]),
        (BINARY, {"prediction": [1, 0]}, [None, None], ["1", "0"]),
        (BINARY, {"prediction": [1.0, 0.0]}, [None, None], ["1", "0"]),
        (BINARY, {"prediction": [True, False]}, [None, None], ["1", "0"]),
        (BINARY, {"prediction": ["1.0", "True"]}, [None, None], ["1", "1"]),
        (BINARY, {"prediction": [0.7, 1.0]}, [0.7, 1.0], [None, None]),
        (BINARY, {"prediction": ["0.7", "0.2"]}, [0.7, 0.2], [None, None]),
        (BINARY, {"prediction": [1, 7]}, [None, None], ["1", None]),
        (BINARY, {"prediction": [1.0, 7.0]}, [None, None], ["1", None]),
        (NAMED, {"prediction": ["late", "Late"]}, [None, None], ["late", None]),
        (BINARY, {"prediction": [1, 0], "score_ext": [500.0, 501.0]}, [None, None], ["1", "0"]),
        (BINARY, {"score": [1.0000001, -1e-9]}, [1.0, 0.0], [None, None]),
        (BINARY, {"score": [float("nan"), float("inf")]}, [None, None], [None, None]),
        (BINARY, {"score": [0.4, None], "prediction": [0, 1]}, [0.4, None], ["0", "1"]),
        (BINARY, {"score": [[0.2, 0.8]] * 2}, [None, None], [None, None]),
        (MANY, {"prediction": [2.0, 1.0]}, [None, None], ["2", "1"]),
        (MANY, {"score_0": [0.2, 0.7], "score_2": [0.8, 0.3], "score_ext": [9.0, 9.0]}, [0.8, 0.7], ["2", "0"]),
        (Answers("regression"), {"prediction": [1.5, 2.5], "score": [600.0, 601.0]}, [1.5, 2.5], [None, None]),
        (Answers("regression"), {"score": [1.5, float("nan")]}, [1.5, None], [None, None]),
        (Answers("forecast"), {"q_0.5": [1.5, 2.5], "score": [6.0, 6.0]}, [1.5, 2.5], [None, None]),
        (Answers("ranking"), {"prediction": [1, 2], "score": [1.5, 2.5]}, [1.5, 2.5], [None, None]),
    ],
)
def test_answers_are_found_by_the_task_and_by_the_classes(
    engine: Any, tmp_path: Path, answers: Answers, columns: dict[str, Any], scores: list[Any], labels: list[Any]
) -> None:
    found = log(engine, tmp_path, answers, **columns)
    assert column(found, SCORE) == scores
    assert column(found, PREDICTION) == labels


@pytest.mark.parametrize(
    ("columns", "usable"),
    [
        ({"score": [0.4, None, float("nan")]}, [True, False, False]),
        ({"score": [0.4, 0.5, None], "prediction": [0, 1, 1]}, [True, True, False]),
        ({"prediction": ["0", "1", "odd"]}, [True, True, False]),
    ],
)
def test_an_answer_is_usable_as_those_beside_it_are(
    engine: Any, tmp_path: Path, columns: dict[str, Any], usable: list[bool]
) -> None:
    assert column(log(engine, tmp_path, BINARY, **columns), USABLE) == usable


@pytest.mark.parametrize("name", ["score", "prediction", "status", "version"])
def test_an_input_of_the_model_is_no_answer_whatever_it_is_called(engine: Any, tmp_path: Path, name: str) -> None:
    answers = Answers("binary", ("0", "1"), 1, ("0", "1"), inputs=frozenset({name}))
    found = log(engine, tmp_path, answers, **{name: [1, 0]})
    assert column(found, SCORE, PREDICTION, STATUS, VERSION) == [(None, None, None, None)] * 2
    assert found.requests.rows() == 0
    assert any(note.startswith(f"`{name}` of the log") for note in found.notes)


def test_scores_of_classes_without_a_known_positive_one_are_said_to_be_unread(engine: Any, tmp_path: Path) -> None:
    found = log(engine, tmp_path, Answers("binary"), score_0=[0.1], score_1=[0.9])
    assert any("`score_0`, `score_1` of the log are not read" in note for note in found.notes)


@pytest.mark.parametrize(
    ("versions", "read"),
    [
        ([1, 2], [1, 2]),
        ([1.0, None], [1, None]),
        (["v1", "V2"], [1, 2]),
        (["1", " 2 "], [1, 2]),
        (["abc", None], [-1, None]),
    ],
)
def test_a_version_is_its_number(engine: Any, tmp_path: Path, versions: list[Any], read: list[Any]) -> None:
    found = log(engine, tmp_path, BINARY, version=versions, score=[0.5, 0.5])
    assert column(found, VERSION) == read


@pytest.mark.parametrize("time", ["1746057600", "1746057600000", "2025-05-01", "2025-05-01T02:00:00+02:00"])
def test_times_of_a_csv_log_are_iso_text_or_numbers_since_1970(engine: Any, tmp_path: Path, time: str) -> None:
    (tmp_path / "log.csv").write_text(f"t,score\n{time},0.5\n")
    assert column(opened_log(engine, tmp_path / "log.csv"), EVENT) == [DAY.replace(tzinfo=None)]


def test_numbers_since_1970_are_times_of_a_parquet_log(engine: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"t": [1746057600000], "score": [0.5]}), tmp_path / "log.parquet")
    assert column(opened_log(engine, tmp_path / "log.parquet"), EVENT) == [DAY.replace(tzinfo=None)]


@pytest.mark.parametrize("time", ["05/01/2025", "01/05/2025 10:00", "1/5/25"])
def test_a_date_of_which_day_and_month_cannot_be_told_is_no_time(engine: Any, tmp_path: Path, time: str) -> None:
    (tmp_path / "log.csv").write_text(f"t,score\n{time},0.5\n")
    found = opened_log(engine, tmp_path / "log.csv")
    assert found.rows.rows() == 0
    assert found.notes == (
        f"1 logged rows have no readable time in `t` (VARCHAR, like {time!r}; write ISO 8601) and are left out",
    )


def test_a_category_that_looks_missing_is_none_where_the_reference_has_it(engine: Any, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("t,score,c\n2025-05-01,0.5,None\n")
    assert column(opened_log(engine, tmp_path / "log.csv", listed={"c": ("None",)}), "c") == ["None"]
    assert column(opened_log(engine, tmp_path / "log.csv"), "c") == [None]


def test_a_file_that_is_still_being_written_does_not_keep_the_others_from_being_looked_at(
    engine: Any, tmp_path: Path
) -> None:
    log(engine, tmp_path, BINARY, score=[0.5, 0.25])
    (tmp_path / "half.parquet").write_bytes((tmp_path / "log.parquet").read_bytes()[:300])
    since, until = DAY - timedelta(days=1), DAY + timedelta(days=1)
    paths = sorted(tmp_path.glob("*.parquet"))
    found = open_log(engine, paths, BINARY, time="t", id_column="id", since=since, until=until)
    assert found.rows.rows() == 2
    assert [note for note in found.notes if "half.parquet" in note and "left out" in note]
