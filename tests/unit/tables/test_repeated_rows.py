"""Rows that were logged more often than they were asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from trainstop.tables.engine import ROW_NUMBER, open_arrow, opened
from trainstop.tables.logged_columns import ASKED, EVENT, LAST, LOGGED_AT, ONCE, USABLE, VERSION
from trainstop.tables.repeated_rows import Kept, without_repeats

START = datetime(2025, 5, 1, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def rows_of(*rows: dict[str, Any]) -> Any:
    """Return rows of an id, as given, whose own times are `minutes` after the start."""
    times = [(START + timedelta(minutes=row.get("minutes", 0))).replace(tzinfo=None) for row in rows]
    logged = [(START + timedelta(minutes=row.get("logged", 0))).replace(tzinfo=None) for row in rows]
    return pa.table(
        {
            "id": [row.get("id", "a") for row in rows],
            EVENT: pa.array(times, pa.timestamp("us")),
            ASKED: pa.array(times, pa.timestamp("us")),
            LOGGED_AT: pa.array(logged, pa.timestamp("us")),
            VERSION: pa.array([row.get("version") for row in rows], pa.int64()),
            USABLE: [row.get("usable", True) for row in rows],
            ROW_NUMBER: list(range(len(rows))),
        }
    )


def kept(engine: Any, *rows: dict[str, Any]) -> tuple[Kept, list[Any]]:
    source = open_arrow(engine, rows_of(*rows), name="log")
    found = without_repeats(source, id_column="id", name="found")
    names = ", ".join(f'"{name}"' for name in (ROW_NUMBER, ONCE, LAST))
    return found, found.rows.run(f"SELECT {names} FROM {found.rows.name} ORDER BY 1")


def test_of_a_retry_the_last_answer_is_kept(engine: Any) -> None:
    found, rows = kept(engine, {"logged": 2}, {"logged": 1}, {"minutes": 3, "logged": 0})
    assert rows == [(0, True, True)]
    assert found.notes == ("2 logged rows repeat another one's `id` within minutes, and are left out",)


def test_a_second_try_that_failed_does_not_hide_the_answer_of_the_first(engine: Any) -> None:
    assert kept(engine, {}, {"logged": 1, "usable": False})[1] == [(0, True, True)]


def test_of_answers_of_one_moment_the_last_row_is_kept(engine: Any) -> None:
    assert kept(engine, {}, {}, {})[1] == [(2, True, True)]


def test_each_version_keeps_its_answer_and_the_row_counts_once(engine: Any) -> None:
    _, rows = kept(engine, {"version": 1}, {"version": 2, "logged": 1})
    assert rows == [(0, False, True), (1, True, True)]


def test_a_customer_who_is_scored_each_week_has_a_row_each_week_and_a_label_for_the_last(engine: Any) -> None:
    week = 7 * 24 * 60
    found, rows = kept(engine, *({"minutes": week * number, "logged": week * number} for number in range(3)))
    assert rows == [(0, True, False), (1, True, False), (2, True, True)]
    assert found.notes[0].startswith("2 rows have a `id` that was answered again later")


@pytest.mark.parametrize("ids", [[None, None], ["", ""], [float("nan"), float("nan")]])
def test_rows_without_an_id_are_no_repetitions(engine: Any, ids: list[Any]) -> None:
    found, rows = kept(engine, *({"id": each} for each in ids))
    assert (len(rows), found.notes) == (2, ())


@pytest.mark.parametrize(
    ("ids", "count"),
    [
        ([500.0, 500.0], 1),
        (["500", "500.0"], 1),
        (["007", "7"], 2),
        (["007.0", "007"], 2),
        (["2026010600000000000001", "2026010600000000000002"], 2),
        ([1.5, 1.0], 2),
    ],
)
def test_ids_are_the_same_whatever_their_type(engine: Any, ids: list[Any], count: int) -> None:
    assert len(kept(engine, *({"id": each} for each in ids))[1]) == count


@pytest.mark.parametrize("name", ["again", "AGAIN", "repeated", "number", "id", "own", "kept"])
def test_the_id_may_be_called_like_a_column_of_ours(engine: Any, name: str) -> None:
    rows = rows_of({}, {}, {"id": "b"})
    rows = rows.rename_columns([name if each == "id" else each for each in rows.column_names])
    found = without_repeats(open_arrow(engine, rows, name="log"), id_column=name, name="found")
    assert found.rows.rows() == 2
