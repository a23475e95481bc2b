"""What is counted of production: requests and answers by version, and why labels cannot be joined."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fakes.watched import AS_OF, WATCHED, WEEK, Watched, rows_of, watched

from trainstop.drift.windows import last_windows
from trainstop.tables.engine import opened
from trainstop.tables.production import Production, read_production
from trainstop.tables.reference import read_reference

NEWEST = AS_OF - timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watched(tmp_path_factory.mktemp("made"))


@pytest.fixture
def here(made: Watched, tmp_path: Path) -> Watched:
    """A project of its own over the shared registry."""
    return Watched(tmp_path, made.registry)


def seen(here: Watched, *, version: int = 1, log: Sequence[Path] = ()) -> Production:
    job = here.job
    bundle = here.registry.download(here.registry.version("delays", "1"), here.root / "version")
    windows, longer = (last_windows(AS_OF, "week", count) for count in (4, 12))
    with opened() as connection:
        return read_production(
            connection,
            job.config,
            read_reference(job.config, bundle),
            windows,
            longer=longer,
            version=version,
            log=log or sorted(here.log.parent.glob("*.jsonl")),
            labels=sorted((here.root / "labels").glob("*")),
        )


def table(here: Watched, rows: Sequence[dict[str, Any]], **columns: Any) -> list[Path]:
    path = here.root / "served.parquet"
    sent = {name: [row[name] for row in rows] for name in ("id", "t", "x", "c")}
    pq.write_table(pa.table(sent | columns), path)
    return [path]


def few(count: int = 10, seed: int = 3) -> list[dict[str, Any]]:
    return rows_of(1, AS_OF - WEEK, seed, rows=count)


def test_requests_are_the_judged_versions_and_those_of_others_are_counted_apart(here: Watched) -> None:
    here.serve(few(20))
    here.serve(few(50, seed=4), version=2, status=500, predictions=[])
    found = seen(here)
    assert (found.requests.total, found.requests.errors) == (2, 0)
    assert (found.other_requests.total, found.other_requests.errors) == (5, 5)
    assert found.answered_by == {1: 20, 2: 50}


def test_without_versions_all_requests_are_those_of_the_judged_one(here: Watched) -> None:
    found = seen(here, log=table(here, few(), status=[200] * 9 + [500]))
    assert (found.requests.total, found.requests.errors, found.other_requests.total) == (10, 1, 0)
    assert found.answered_by == {}


@pytest.mark.parametrize(
    ("status", "total", "errors", "unread"),
    [
        (["500 Internal Server Error"] * 10, 10, 10, 0),
        (["error"] * 10, 0, 0, 10),
        ([[200]] * 10, 0, 0, 10),
        ([None] * 4 + [503.0] * 6, 10, 6, 0),
        ([0, 1] * 5, 0, 0, 10),
        ([0, 200] * 5, 10, 5, 0),
    ],
)
def test_a_status_that_cannot_be_read_is_no_success(
    here: Watched, status: list[Any], total: int, errors: int, unread: int
) -> None:
    found = seen(here, log=table(here, few(), status=status, score=[0.5] * 10))
    assert (found.requests.total, found.requests.errors, found.unread_statuses) == (total, errors, unread)


def test_a_request_without_status_and_without_answer_is_no_success(here: Watched) -> None:
    log = table(here, few(), status=pa.array([None] * 10, pa.int64()), score=[0.5] * 9 + [None])
    found = seen(here, log=log)
    assert (found.requests.total, found.requests.errors, found.unread_statuses) == (9, 0, 1)


def test_answers_that_are_no_numbers_are_counted_as_unusable(here: Watched) -> None:
    rows = rows_of(4, WATCHED, 3, rows=20)
    here.serve(rows[:70])
    here.serve(rows[70:], predictions=[None] * 10)
    here.serve(few(seed=5), status=500, predictions=[])
    found = seen(here)
    assert (found.recent_answered, found.recent_unusable) == (20, 10)


def test_labels_that_name_rows_otherwise_are_told_from_labels_that_are_late(here: Watched) -> None:
    rows = few()
    here.serve(rows)
    here.label([row | {"id": f"row-{row['id']}"} for row in rows])
    found = seen(here)
    assert found.unjoined.startswith("only 0 of the 10 labelled ids are among the 10 answered ones")
    assert "'row-3-0'" in found.unjoined
    assert "'3-0'" in found.unjoined
    assert found.labelled.reason == found.unjoined


def test_the_answers_of_the_judged_version_are_counted_whoever_answered_beside_it(here: Watched) -> None:
    rows = few()
    here.serve(rows)
    here.serve(rows, version=2, at="2026-01-01T01:00:00+00:00")
    here.label(rows)
    found = seen(here)
    assert (sum(found.rows), found.answered_by, found.labelled.rows) == (10, {1: 10, 2: 10}, 10)
    assert found.features is not None
    assert found.features.total == 10


def test_a_log_whose_versions_cannot_be_read_tells_none_apart(here: Watched) -> None:
    here.label(few())
    status = [500] * 2 + [200] * 8
    found = seen(here, log=table(here, few(), version=["prod-2024.1"] * 10, score=[0.5] * 10, status=status))
    assert (found.requests.total, found.requests.errors, found.other_requests.total) == (10, 2, 0)
    assert (found.recent_answered, found.labelled.rows) == (8, 10)
    assert (found.answered_by, found.unread_versions) == ({}, 10)
    assert any("10 logged rows name a version that is no number like 3 or v3: all rows" in note for note in found.notes)


def test_of_versions_that_can_be_read_in_part_the_others_answers_are_nobodys_and_their_failures_ours(
    here: Watched,
) -> None:
    here.label(few())
    version, status = ["1"] * 5 + ["2"] * 2 + ["canary"] * 3, [200] * 9 + [500]
    found = seen(here, log=table(here, few(), version=version, score=[0.5] * 10, status=status))
    assert (found.requests.total, found.requests.errors, found.other_requests.total) == (8, 1, 2)
    assert (found.recent_answered, found.labelled.rows) == (5, 5)
    assert (found.answered_by, found.unread_versions) == ({1: 5, 2: 2}, 3)
    assert any("3 logged rows name a version" in note and "count for none" in note for note in found.notes)


def test_a_request_that_no_version_is_named_for_is_the_judged_ones(here: Watched) -> None:
    log = table(here, few(), version=[1] * 9 + [None], status=[200] * 9 + [502])
    assert seen(here, log=log).requests.errors == 1


def test_seconds_that_are_nan_are_none(here: Watched) -> None:
    seconds = [0.1] * 9 + [float("nan")]
    assert seen(here, log=table(here, few(), seconds=seconds, score=[0.5] * 10)).requests.p95_seconds == 0.1
    none = seen(here, log=table(here, few(), seconds=[float("nan")] * 10, score=[0.5] * 10))
    assert none.requests.p95_seconds is None


def test_the_newest_rows_and_requests_go_by_the_time_of_day_and_windows_by_the_datas_clock(here: Watched) -> None:
    ahead = [row | {"t": (datetime.fromisoformat(row["t"]) + timedelta(days=10)).isoformat()} for row in few()]
    here.serve(ahead, at=NEWEST.isoformat(), status=500, predictions=[])
    found = seen(here)
    assert (found.requests.errors, found.recent_rows, found.newest) == (1, 10, NEWEST)
    assert sum(found.rows) == 0


def test_labels_that_cannot_be_read_leave_the_rest_to_be_judged(here: Watched) -> None:
    here.serve(few())
    folder = here.root / "labels"
    folder.mkdir()
    pq.write_table(pa.table({"id": ["3-0"], "y": ["late"]}), folder / "0.parquet")
    found = seen(here)
    assert (found.labelled.table, found.recent_answered, found.requests.total) == (None, 10, 1)
    assert "1 labels are not `0` or `1` ('late', say)" in found.labelled.reason
    (folder / "0.parquet").write_bytes(b"no table")
    assert "a table cannot be read" in seen(here).labelled.reason
    pq.write_table(pa.table({"id": ["3-0"]}), folder / "0.parquet")
    assert "the labels lack `y`" in seen(here).labelled_before.reason


def test_a_positive_class_that_the_version_does_not_know_is_said(here: Watched) -> None:
    here.serve(few())
    here.label(few())
    here.config = {"data": {"positive": "Late"}}
    assert seen(here).labelled.reason == "`data.positive` is 'Late', and the version knows 0 and 1"


def test_answers_of_which_none_can_be_read_are_the_reason(here: Watched) -> None:
    here.serve(few(), predictions=[{"a": 0.1, "b": 0.9}] * 10)
    here.label(few())
    found = seen(here)
    assert (found.recent_answered, found.recent_unusable) == (10, 10)
    assert found.labelled.reason == "none of the 10 logged answers of this version can be read"


def test_labels_that_are_only_late_are_said_to_be_so(here: Watched) -> None:
    here.serve(rows_of(1, AS_OF - WEEK, 3, rows=20))
    here.serve(rows_of(1, AS_OF - 9 * WEEK, 4, rows=20))
    here.label(rows_of(1, AS_OF - 9 * WEEK, 4, rows=20))
    found = seen(here)
    assert (found.labelled_before.rows, found.unjoined) == (20, "")
    assert found.labelled.reason == "no logged answer of this version has its true answer yet"


def test_a_feature_may_be_called_like_a_column_of_ours(here: Watched) -> None:
    rows = [row | {"once": 1, "last": 2, "mine": 3, "usable": 4, "number": 5, "told": 6, "asked": 7} for row in few()]
    here.serve(rows)
    here.label(few())
    assert seen(here).labelled.rows == 10
