"""What is counted of production: requests and answers by version, and why labels cannot be joined."""

from collections.abc import Sequence
from datetime import timedelta
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
    assert (found.answered, found.unusable) == (80, 10)
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
