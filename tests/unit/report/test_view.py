"""What a report gathers: every stage of the check, there or not, and what changed since the champion."""

from typing import Any

from trainstop.records.base import Record
from trainstop.records.delivery import DeployPart
from trainstop.records.judging import Changes, SliceResult
from trainstop.report.view import gather


def test_every_stage_has_a_row_even_when_it_has_not_run(write: Any) -> None:
    view = gather(write(lint=None), model="m")
    assert [(row.name, row.outcome) for row in view.stages][:2] == [("lint", "not run"), ("test", "passed")]
    assert [row.words for row in view.stages] == [
        "has not run",
        "12 tests, 0 failed, 87.5% of the lines covered",
        "trained on 80,000 rows in 12.3 s",
        "version 3 is the champion",
        "all held; 12,000 rows in 31 clusters",
        "all held",
    ]


def test_nothing_at_all_is_a_view_too(tmp_path: Any, write: Any) -> None:
    nothing = dict.fromkeys(("lint", "test", "train", "baseline", "evaluate", "model_test"))
    view = gather(write(**nothing), model="m")
    assert {row.outcome for row in view.stages} == {"not run"}
    assert view.provenance is None


def test_the_worst_slices_come_first(write: Any) -> None:
    assert [row.name for row in gather(write(), model="m").slices] == ["origin = ORD", "origin = ATL"]


def test_of_slices_with_one_word_the_one_furthest_behind_comes_first(write: Any, make: Any) -> None:
    slices = tuple(
        SliceResult(column="x", value=f"{loss}", rows=9, metrics=(make.metric(word="worse", difference=-loss),))
        for loss in (0.02, 0.05, 0.03)
    )
    view = gather(write(evaluate=make.evaluated(slices=slices)), model="m")
    assert [row.name for row in view.slices] == ["x = 0.05", "x = 0.03", "x = 0.02"]


def test_what_changed_since_the_champion_is_named(write: Any, make: Any) -> None:
    changes = Changes(code=True, data=False, command=False, environment=False)
    view = gather(write(evaluate=make.evaluated(changes=changes)), model="m")
    assert view.changes == (("code", True), ("data", False), ("command", False), ("environment", False))


def test_where_nobody_knows_what_changed_nothing_is_said_of_it(write: Any) -> None:
    assert gather(write(), model="m").changes == ()


def test_deployments_are_found_by_their_environment(write: Any) -> None:
    results = write()
    lint = results.every()[0]
    part = DeployPart(environment="staging", model_version=4, strategy="canary")
    fields = {**dict(lint), "part": part, "stage": "deploy", "subject": "staging"}
    results.write(Record[DeployPart](**fields))
    assert [row.name for row in gather(results, model="m", subjects=("staging", "production")).delivery] == [
        "deploy staging"
    ]
