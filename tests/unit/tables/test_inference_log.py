"""The log as relations, and its rows beside their labels."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainstop.errors import ConfigurationError, InputError
from trainstop.tables.engine import identifier, opened
from trainstop.tables.inference_log import InferenceLog, open_log
from trainstop.tables.labelled import Names, between, labelled
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import EVENT, OWN_KINDS, PREDICTION, SCORE, VERSION

DAY = datetime(2025, 5, 1, tzinfo=UTC)
HOURS = timedelta(hours=1)


@pytest.fixture
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def lines(folder: Path, *rows: dict[str, Any], answered: str = "2026-01-01T00:00:00+00:00") -> Path:
    path = folder / f"{len(list(folder.glob('*.jsonl')))}.jsonl"
    entries = [
        {
            "at": answered,
            "version": row.pop("version", 1),
            "status": row.pop("status", 200),
            "seconds": 0.1,
            "predictions": [row.pop("answer", 0.5)],
            "columns": list(row),
            "rows": [list(row.values())],
        }
        for row in rows
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def table(folder: Path, name: str = "log.parquet", **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def log(
    engine: Any, *paths: Path, task: str = "binary", since: datetime = DAY - 9 * HOURS, **more: Any
) -> InferenceLog:
    options = {"time": "t", "id_column": "id", "until": DAY + 9 * HOURS} | more
    return open_log(engine, paths, Answers(task), since=since, **options)


def stamp(hours: float) -> str:
    return (DAY + hours * HOURS).isoformat()


def test_rows_are_taken_from_their_stretch_of_time(engine: Any, tmp_path: Path) -> None:
    found = log(engine, lines(tmp_path, *({"id": n, "t": stamp(n)} for n in (-10, -1, 0, 1, 2, 10))))
    assert found.rows.rows() == 4
    assert found.between("some", DAY, DAY + 2 * HOURS).rows() == 2
    assert found.newest == DAY + 2 * HOURS


def test_of_an_id_the_last_answer_counts_whatever_file_it_is_in(engine: Any, tmp_path: Path) -> None:
    row = {"id": 7, "t": stamp(0)}
    late = lines(tmp_path, row | {"answer": 0.9}, answered="2026-01-02T00:00:00+00:00")
    early = lines(tmp_path, row | {"answer": 0.1}, {"id": None, "t": stamp(0)}, {"id": None, "t": stamp(0)})
    found = log(engine, late, early)
    scores = found.rows.run(f'SELECT "{SCORE}" FROM {found.rows.name} WHERE id = 7')
    assert (scores, found.rows.rows()) == ([(0.9,)], 3)


@pytest.mark.parametrize(
    ("said", "scores", "labels"),
    [
        ([1.0, 0.0, 1.0], [None] * 3, ["1", "0", "1"]),
        ([1.0, 0.0, 0.5], [1.0, 0.0, 0.5], [None] * 3),
        ([1.0, 7.0, None], [None] * 3, ["1", None, None]),
        ([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [1.0, 0.0, 1.0], ["1", "0", "1"]),
    ],
)
def test_numbers_of_a_binary_endpoint_are_labels_where_all_are_whole(
    engine: Any, tmp_path: Path, said: list[Any], scores: list[Any], labels: list[Any]
) -> None:
    other = [{"id": n, "t": stamp(0), "answer": 0.25, "version": 2} for n in range(3)]
    path = lines(tmp_path, *({"id": n, "t": stamp(0), "answer": each} for n, each in enumerate(said)), *other)
    stretch = {"since": DAY - HOURS, "until": DAY + HOURS}
    found = open_log(engine, [path], Answers("binary", ("0", "1"), 1, ("0", "1")), time="t", id_column="id", **stretch)
    rows = found.rows.run(f'SELECT "{SCORE}", "{PREDICTION}" FROM {found.rows.name} WHERE "{VERSION}" = 1 ORDER BY id')
    assert rows == list(zip(scores, labels, strict=True))
    assert found.between("two", DAY, DAY + HOURS, version=2).one(f'SELECT count("{SCORE}") FROM two') == (3,)


def test_one_version_can_be_told_from_another(engine: Any, tmp_path: Path) -> None:
    found = log(engine, lines(tmp_path, {"id": 1, "t": stamp(0)}, {"id": 2, "t": stamp(0), "version": 2}))
    assert found.between("one", DAY, DAY + HOURS, version=2).rows() == 1


def test_requests_are_counted_with_their_status(engine: Any, tmp_path: Path) -> None:
    found = log(engine, lines(tmp_path, {"id": 1, "t": stamp(0)}, {"id": 2, "t": stamp(0), "status": 503}))
    asked = found.requests_between("asked", DAY, DAY + HOURS)
    assert asked.run(f"SELECT status FROM {asked.name} ORDER BY 1") == [(200,), (503,)]


def test_no_file_is_an_empty_log(engine: Any) -> None:
    found = log(engine)
    assert (found.rows.rows(), found.requests.rows(), found.newest) == (0, 0, None)


def test_a_table_of_somebody_else_is_a_log(engine: Any, tmp_path: Path) -> None:
    path = table(tmp_path, id=[1, 2], t=[stamp(0), stamp(1)], x=[1, 2], score=[0.5, 0.6], prediction=["a", "b"])
    found = log(engine, path)
    row = found.rows.run(
        f'SELECT x, "{EVENT}", "{VERSION}", "{SCORE}", "{PREDICTION}" FROM {found.rows.name} ORDER BY 1'
    )
    assert row[0] == (1, DAY.replace(tzinfo=None), None, 0.5, "a")
    assert found.requests.rows() == 0


@pytest.mark.parametrize(
    ("task", "columns", "score"),
    [
        ("regression", {"prediction": [3.5]}, 3.5),
        ("ranking", {"score": [3.5]}, 3.5),
        ("forecast", {"q_0.1": [1.5], "q_0.5": [3.5]}, 3.5),
        ("forecast", {"q_0.1": [1.5]}, None),
        ("multiclass", {"score_a": [0.2], "score_b": [0.8]}, 0.8),
        ("binary", {}, None),
    ],
)
def test_a_tables_score_is_found_by_the_task(
    engine: Any, tmp_path: Path, task: str, columns: dict[str, Any], score: float | None
) -> None:
    found = log(engine, table(tmp_path, t=[stamp(0)], **columns), task=task)
    assert found.rows.run(f'SELECT "{SCORE}" FROM {found.rows.name}') == [(score,)]


def test_rows_without_a_readable_time_are_said_to_be_left_out(engine: Any, tmp_path: Path) -> None:
    found = log(engine, lines(tmp_path, {"id": 1, "t": stamp(0)}, {"id": 2, "t": "soon"}))
    assert found.between("some", DAY - HOURS, DAY + HOURS).rows() == 1
    assert any("1 logged rows have no readable time in `t` (VARCHAR, like 'soon'" in note for note in found.notes)


def test_kinds_cannot_be_mixed_and_tables_need_a_time(engine: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="mixes"):
        log(engine, lines(tmp_path, {"t": stamp(0)}), table(tmp_path, t=[stamp(0)]))
    with pytest.raises(ConfigurationError, match="no time column `t`"):
        log(engine, table(tmp_path, x=[1]))
    with pytest.raises(InputError, match="neither JSON lines"):
        log(engine, tmp_path / "log.txt")


def joined(engine: Any, tmp_path: Path, labels: Path, *rows: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    found = log(engine, lines(tmp_path, *rows))
    joined_ = labelled(found.rows, [labels], Names(**{"id_column": "id", "target": "y"} | more), Answers("binary"))
    return list(joined_.table.to_pylist())


def test_labels_are_joined_by_id_as_text(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.parquet", id=["1", "2", "3"], y=[1, 0, None])
    rows = ({"id": n, "t": stamp(n), "answer": 0.1 * n} for n in (1, 2, 3, 4))
    found = joined(engine, tmp_path, labels, *rows)
    assert [(row["row_id"], row["target"], round(row["score"], 1)) for row in found] == [
        ("1", "1", 0.1),
        ("2", "0", 0.2),
    ]


def test_of_a_label_that_was_corrected_the_last_counts(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.parquet", id=[1, 1], y=[1, 0])
    assert [row["target"] for row in joined(engine, tmp_path, labels, {"id": 1, "t": stamp(0)})] == ["0"]


def test_answers_that_failed_have_no_place_in_performance(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.parquet", id=[1], y=[1])
    assert joined(engine, tmp_path, labels, {"id": 1, "t": stamp(0), "answer": None}) == []


@pytest.mark.parametrize(("place", "expected"), [("log", "north"), ("labels", "south"), ("", "2025-05-01")])
def test_rows_belong_to_their_cluster_or_their_day(engine: Any, tmp_path: Path, place: str, expected: str) -> None:
    more = {"region": ["south"]} if place == "labels" else {}
    labels = table(tmp_path, "labels.parquet", id=[1], y=[1], **more)
    row = {"id": 1, "t": stamp(0)} | ({"region": "north"} if place == "log" else {})
    assert joined(engine, tmp_path, labels, row, cluster="region")[0]["cluster"] == expected


def test_a_regression_has_its_number_as_prediction(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.parquet", id=[1], y=[2.5])
    found = log(engine, lines(tmp_path, {"id": 1, "t": stamp(0), "answer": 3.5}), task="regression")
    rows = labelled(found.rows, [labels], Names(id_column="id", target="y"), Answers("regression")).table.to_pylist()
    assert (rows[0]["prediction"], "score" in rows[0]) == (3.5, False)


@pytest.mark.parametrize("place", ["log", "labels"])
def test_a_ranking_s_rows_keep_their_query(engine: Any, tmp_path: Path, place: str) -> None:
    more = {"search": [7]} if place == "labels" else {}
    labels = table(tmp_path, "labels.parquet", id=[1], y=[2], **more)
    row = {"id": 1, "t": stamp(0), "answer": 3.5} | ({"search": 7} if place == "log" else {})
    names = Names(id_column="id", target="y", query="search")
    found = log(engine, lines(tmp_path, row), task="ranking")
    rows = labelled(found.rows, [labels], names, Answers("ranking")).table.to_pylist()
    assert (rows[0]["search"], rows[0]["score"]) == ("7", 3.5)
    with pytest.raises(InputError, match="a column `other`"):
        labelled(found.rows, [labels], replace(names, query="other"), Answers("ranking"))


def test_labels_without_id_or_target_are_refused(engine: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lack `id` and `y`"):
        joined(engine, tmp_path, table(tmp_path, "labels.parquet", other=[1]), {"id": 1, "t": stamp(0)})


def test_a_labelled_table_is_cut_by_time(engine: Any, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.parquet", id=[1, 2], y=[1, 0])
    found = log(engine, lines(tmp_path, {"id": 1, "t": stamp(0)}, {"id": 2, "t": stamp(1)}))
    rows = labelled(found.rows, [labels], Names(id_column="id", target="y"), Answers("binary"))
    assert between(rows.table, DAY, DAY + HOURS).num_rows == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4) | st.just("2025-05-01T01:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
NAMES = st.sampled_from(["t", "T", "id", "x", "X", "", "a\0b", "v0", "\ud800", *OWN_KINDS, VERSION.upper()]) | VALUES


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "at": st.sampled_from(["2026-01-01T00:00:00+00:00", "0001-01-01T00:00:00+01:00"]),
                "columns": st.lists(NAMES, max_size=4) | VALUES,
                "rows": st.lists(st.lists(VALUES, max_size=4) | VALUES, max_size=3) | VALUES,
                "predictions": st.lists(VALUES, max_size=3) | VALUES,
            },
            optional={name: VALUES | st.integers() for name in ("version", "status", "seconds", "truncated")},
        ).map(json.dumps)
        | st.text(max_size=20),
        max_size=4,
    )
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_keeps_the_others_from_being_read(engine: Any, tmp_path: Path, odd: list[str]) -> None:
    good = lines(tmp_path, *({"t": stamp(1), "id": f"good {number}", "x": 1.5} for number in range(20)))
    path = tmp_path / "odd.jsonl"
    path.write_text(good.read_text() + "".join(f"{line}\n" for line in odd), encoding="utf-8")
    good.unlink()
    found = log(engine, path)
    kept = found.rows.run(f"SELECT x::VARCHAR, {identifier(SCORE)} FROM {found.rows.name} WHERE id LIKE 'good%'")
    assert kept == [("1.5", 0.5)] * 20
    asked, _ = found.requests.one(f"SELECT count(*), max(status) FROM {found.requests.name}")
    assert asked >= 20
