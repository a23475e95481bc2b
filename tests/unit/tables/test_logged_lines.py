"""Lines of the inference log: what they hold, and what is done with those that are broken."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trainstop.tables import logged_entries
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import (
    EVENT,
    OWN_KINDS,
    PREDICTION,
    SCORE,
    UNREADABLE,
    VERSION,
    moment_of,
    status_of,
)
from trainstop.tables.logged_lines import Lines, read_lines

BINARY = Answers("binary", ("no", "yes"), 1)
LINE = {
    "schema": 1,
    "at": "2026-01-01T00:00:00+00:00",
    "request_id": "r",
    "version": 3,
    "status": 200,
    "seconds": 0.1,
    "columns": ["t", "x"],
    "rows": [["2025-05-01T12:00:00", 1.5]],
    "predictions": [[0.2, 0.8]],
}


def read(tmp_path: Path, *lines: Any, answers: Answers = BINARY, time: str = "t", **more: Any) -> Lines:
    path = tmp_path / "log.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(LINE | line)) + "\n" for line in lines))
    return read_lines([path], answers, time=time, **more)


def test_a_request_becomes_rows_with_time_version_and_score(tmp_path: Path) -> None:
    row = read(tmp_path, {}).table().to_pylist()[0]
    assert (row["x"], row[EVENT], row[VERSION]) == (1.5, datetime.fromisoformat("2025-05-01T12:00"), 3)
    assert (row[SCORE], row[PREDICTION]) == (0.8, "yes")


@pytest.mark.parametrize(
    "line",
    [
        '{"at": "2026-01-01T00:00',
        "[]",
        "null",
        '{"at": 5}',
        json.dumps(LINE | {"rows": None}),
        json.dumps(LINE | {"at": "x"}),
        "\x00",
    ],
)
def test_a_line_that_is_none_of_ours_is_counted(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, {}, line)
    assert (found.rows, found.broken, len(found.requests)) == (1, 1, 1)


@pytest.mark.parametrize(
    "odd",
    [
        {"columns": []},
        {"rows": [[1]]},
        {"rows": [], "truncated": True},
        {"rows": ["x"]},
        {"rows": [["2025-05-01T12:00:00", 1.5], "x"]},
        {"rows": [["2025-05-01T12:00:00", 1.5], [1]]},
        {"rows": ["xy", ["2025-05-01T12:00:00", 1.5]]},
    ],
)
def test_a_request_without_a_readable_table_is_still_a_request(tmp_path: Path, odd: dict[str, Any]) -> None:
    found = read(tmp_path, {}, odd)
    assert (found.rows, found.unread, len(found.requests)) == (1, 1, 2)
    assert found.table().num_rows == 1


def test_a_failed_request_has_rows_without_answers(tmp_path: Path) -> None:
    found = read(tmp_path, {"status": 500, "predictions": []})
    assert found.table().to_pylist()[0][SCORE] is None
    assert found.request_table().to_pylist()[0]["status"] == 500


def test_where_the_past_is_replayed_a_request_without_the_datas_clock_takes_the_time_of_the_one_before(
    tmp_path: Path,
) -> None:
    empty = [{"columns": [], "rows": [], "at": f"2026-01-01T00:00:0{n}+00:00", "status": 502} for n in (0, 2)]
    line = {"at": "2026-01-01T00:00:01+00:00"}
    found = read(tmp_path, empty[0], line, empty[1], until=datetime(2025, 6, 1, tzinfo=UTC))
    assert [row["asked"] for row in found.request_table().to_pylist()] == [
        datetime.fromisoformat("2025-05-01T12:00")
    ] * 3


@pytest.mark.parametrize("time", ["2026-01-11T00:00:00", "2025-05-01T12:00:00", 1767225600000, "soon", None])
def test_requests_go_by_the_time_of_day_whatever_the_datas_clock_says(tmp_path: Path, time: Any) -> None:
    found = read(tmp_path, {"rows": [[time, 1.5]]}, until=datetime(2026, 1, 2, tzinfo=UTC))
    assert [row["asked"] for row in found.request_table().to_pylist()] == [datetime.fromisoformat("2026-01-01")]


def test_what_is_older_by_both_clocks_is_not_kept_and_its_newest_time_is_known(tmp_path: Path) -> None:
    old = [{"at": f"2025-0{month}-01T00:00:00+00:00", "rows": [[f"2025-0{month}-01", 1.5]]} for month in (3, 4)]
    ahead = {"at": "2025-05-01T00:00:00+00:00", "rows": [["2025-12-24", 2.5]]}
    found = read(tmp_path, *old, ahead, {}, since=datetime(2025, 12, 1, tzinfo=UTC))
    assert found.columns["x"] == [2.5, 1.5]
    assert found.passed == datetime(2025, 4, 1, tzinfo=UTC)


def test_a_large_file_is_passed_over_where_both_its_ends_are_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logged_entries, "WORTH_PASSING", 1)
    broken = ['{"at": "2025-05-01', {"at": "2025-05-02T00:00:00+00:00"}]
    times = [{"at": "2025-05-01T00:00:00+00:00"}, *broken]
    assert read(tmp_path, *times, since=datetime(2025, 12, 1, tzinfo=UTC)).broken == 0
    assert read(tmp_path, *times, since=datetime(2025, 5, 20, tzinfo=UTC)).broken == 1
    ahead = LINE | {"rows": [["2025-11-30", 1.5]]}
    assert read(tmp_path, *times, ahead, since=datetime(2025, 12, 1, tzinfo=UTC)).broken == 1


def test_one_request_with_the_datas_clock_does_not_move_that_of_all_others(tmp_path: Path) -> None:
    own = {"columns": ["x"], "rows": [[1]]}
    found = read(tmp_path, own, {}, own)
    assert [row[EVENT] for row in found.table().to_pylist()] == [datetime.fromisoformat("2026-01-01")] * 3
    most = read(tmp_path, {}, own, {})
    assert [row[EVENT] for row in most.table().to_pylist()] == [
        datetime.fromisoformat("2025-05-01T12:00"),
        None,
        datetime.fromisoformat("2025-05-01T12:00"),
    ]


def test_without_the_time_column_the_time_of_day_counts(tmp_path: Path) -> None:
    found = read(tmp_path, {"columns": ["x"], "rows": [[1]]})
    assert found.table().to_pylist()[0][EVENT] == datetime.fromisoformat("2026-01-01")


def test_columns_that_come_and_go_are_null_in_between(tmp_path: Path) -> None:
    found = read(tmp_path, {"columns": ["x"], "rows": [[1]]}, {"columns": ["z"], "rows": [["a"]]}, time="")
    assert [(row["x"], row["z"]) for row in found.table().to_pylist()] == [(1, None), (None, "a")]


def test_mixed_types_become_text(tmp_path: Path) -> None:
    found = read(tmp_path, *({"columns": ["x"], "rows": [[value]]} for value in (1, "a", True, None, [1])), time="")
    assert found.table()["x"].to_pylist() == ["1", "a", "true", None, "[1]"]


def test_numbers_too_large_for_a_float_are_infinite(tmp_path: Path) -> None:
    found = read(tmp_path, *({"columns": ["x"], "rows": [[value]]} for value in (10**400, 1.5)), time="")
    assert found.table()["x"].to_pylist() == [float("inf"), 1.5]


def test_requests_of_several_files_are_in_the_order_of_their_time(tmp_path: Path) -> None:
    for name, second in (("a", 5), ("b", 2)):
        line = LINE | {"at": f"2026-01-01T00:00:0{second}+00:00", "columns": ["x"], "rows": [[second]]}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line) + "\n")
    found = read_lines(sorted(tmp_path.glob("*.jsonl")), BINARY, time="")
    assert found.columns["x"] == [2, 5]


def test_lone_surrogates_in_text_do_no_harm(tmp_path: Path) -> None:
    found = read(tmp_path, {"columns": ["x"], "rows": [["a\ud800"]]}, time="")
    assert found.table()["x"].to_pylist() == ["a?"]


def test_of_names_that_differ_only_in_case_the_column_stays_that_is_answered(tmp_path: Path) -> None:
    refused = [{"columns": ["X"], "rows": [["odd"]], "predictions": [], "status": 400}] * 5
    answered = [{"columns": ["X", "x"], "rows": [["odd", 1.5]]}, {"columns": ["x"], "rows": [[2.5]]}]
    table = read(tmp_path, *refused, *answered, time="").table()
    assert "X" not in table.column_names
    assert table["x"].to_pylist()[-2:] == [1.5, 2.5]


@pytest.mark.parametrize("name", ["trainstop TIME", VERSION, "", "a\0b", None, ["x"], {"x": 1}])
def test_a_column_that_can_have_no_such_name_is_left_out(tmp_path: Path, name: Any) -> None:
    table = read(tmp_path, {"columns": ["x", name], "rows": [[1.5, "odd"]]}, time="").table()
    assert table["x"].to_pylist() == [1.5]
    assert table[VERSION].to_pylist() == [3]
    assert set(table.column_names) == {"x", *OWN_KINDS}


@pytest.mark.parametrize(
    ("said", "version"),
    [(3, 3), (3.0, 3), ("3", 3), ("v3", 3), (None, None)]
    + [(odd, UNREADABLE) for odd in (2**70, True, "1.2", "abc", [3], -1)],
)
def test_a_version_is_its_number(tmp_path: Path, said: Any, version: int | None) -> None:
    found = read(tmp_path, {"version": said})
    assert found.table()[VERSION].to_pylist() == [version]
    assert [row["version"] for row in found.request_table().to_pylist()] == [version]


@pytest.mark.parametrize(
    ("said", "status"),
    [(200, 200), ("200", 200), ("500 Internal Server Error", 500), (0, 0), (None, None)]
    + [(odd, UNREADABLE) for odd in ("error", 2**70, True, [200], 7, "2000", "20")],
)
def test_a_status_is_the_number_that_it_begins_with(said: Any, status: int | None) -> None:
    assert status_of(said) == status


def test_times_are_utc() -> None:
    assert moment_of("2025-01-01T00:30:00+01:00") == datetime(2024, 12, 31, 23, 30, tzinfo=UTC)
    assert moment_of("2025-01-01") == datetime(2025, 1, 1, tzinfo=UTC)
    odd = (None, 5, 20250601, True, float("nan"), 1e300, 10**30, "soon", "", "01/02/2025", "0001-01-01T00:00+01:00")
    assert [moment_of(value) for value in odd] == [None] * len(odd)


@pytest.mark.parametrize("value", [1735689600, 1735689600.0, 1735689600000, 1735689600000000])
def test_numbers_since_1970_are_times(value: float) -> None:
    assert moment_of(value) == datetime(2025, 1, 1, tzinfo=UTC)
