"""Records in a terminal: every part has a view, columns align, and no text moves the cursor or commands the runner."""

import importlib
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.reported import trained

from trainstop.records import Check, CheckStatus, Failure, Provenance, Record, Status
from trainstop.records import checks as of_code
from trainstop.records.base import Part
from trainstop.records.delivery import (
    DeployPart,
    EnvironmentStatus,
    HistoryEntry,
    HistoryPart,
    IntegrationTestPart,
    LoadResult,
    PromotePart,
    ReconcilePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
    StatusPart,
    Step,
    StopPart,
)
from trainstop.records.judging import BaselinePart, Comparison, Estimate, MetricResult, WeakSpot
from trainstop.records.reporting import ReportPart
from trainstop.records.watching import AlertPart, Incident, MonitorPart, Signal
from trainstop.report import terminal
from trainstop.report.screen import part_lines, plain, table
from trainstop.report.terminal import show

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "a\x1b[2Jb\rc\nd\u202ee\ud800::error::f ##[error]g"


def record(part: Part | None, **changes: Any) -> Record[Any]:
    fields: dict[str, Any] = {
        "stage": part.stage if part else "train",
        "status": Status.PASSED,
        "part": part,
        "trainstop": "1.0",
        "provenance": Provenance(repository="acme/flights"),
        "started_at": NOW,
        "duration_seconds": 1.25,
    }
    kind: Any = type(part) if part else Part
    return Record[kind](**{**fields, **changes})


def test_checks_stand_in_aligned_rows_with_their_reasons() -> None:
    checks = (
        Check(
            name="auc min", status=CheckStatus.FAILED, value=0.68, limit=0.7, interval=(0.67, 0.69), reason="below 0.7"
        ),
        Check(name="log_loss tolerance", status=CheckStatus.WARNED, value="cannot tell", reason="too few rows"),
    )
    text = show(record(None, status=Status.FAILED, reason="auc min: below 0.7", checks=checks))
    assert text.splitlines() == [
        "x train: failed in 1.2 s",
        "  auc min: below 0.7",
        "",
        "  x  auc min             0.68         [0.67, 0.69]  limit 0.7  below 0.7",
        "  !  log_loss tolerance  cannot tell                           too few rows",
    ]


def test_an_error_shows_where_and_what_to_do() -> None:
    error = Failure(kind="InputError", what="no data", where="data/*.csv", fix="run prepare", exit_code=2)
    text = show(record(None, status=Status.FAILED, reason="no data", error=error))
    assert text.splitlines()[1:] == ["  no data", "  where: data/*.csv", "  fix:   run prepare"]


PARTS: list[tuple[Part, list[str]]] = [
    (
        StatusPart(
            model_name="delay",
            versions=4,
            aliases={"champion": 3, "staging": 4},
            environments=(
                EnvironmentStatus(environment="production", serving=3, last_good=2, traffic={3: 90, 4: 10}),
                EnvironmentStatus(environment="staging", reason="it does not answer"),
            ),
        ),
        [
            "delay: 4 versions, champion 3, staging 4",
            "environment  serving  last good  traffic",
            "production   3        2          3: 90%, 4: 10%",
            "staging      -        -                          it does not answer",
        ],
    ),
    (
        HistoryPart(
            entries=(
                HistoryEntry(
                    at=NOW, action="deploy", environment="staging", version=4, previous=3, outcome="done", actor="ann"
                ),
            )
        ),
        [
            "when (UTC)           what    where    version  before  outcome  who",
            "2026-03-02 09:00:00  deploy  staging  4        3",
        ],
    ),
    (HistoryPart(), ["the ledger is empty"]),
    (
        DeployPart(
            environment="production",
            model_version=4,
            previous_version=3,
            strategy="canary",
            endpoint="http://127.0.0.1:8080",
            steps=(Step(percent=10, requests=40), Step(percent=50, requests=4, verdict="stopped", reason="too few")),
        ),
        [
            "production: version 4, canary, before it version 3",
            "endpoint http://127.0.0.1:8080",
            "10%  40 requests  0 errors  went on",
            "50%  4 requests   0 errors  stopped  too few",
        ],
    ),
    (
        MonitorPart(
            environment="production",
            model_version=4,
            window_start=NOW,
            window_end=NOW,
            rows=1200,
            signals=(
                Signal(
                    name="feature/temp", level="act", value=0.31, limit=0.2, windows=(0.1, None, 0.31), reason="3 of 4"
                ),
                Signal(name="service", level="quiet"),
            ),
            incidents=(Incident(key="k", level="act", title="temp drifts", signals=("feature/temp",)),),
            expected_false_alarms_a_year=0.05,
            notes=("the reference is short",),
        ),
        [
            "production, version 4, 2026-03-02 09:00 to 2026-03-02 09:00: 1,200 rows, 0 with their true answer",
            "x  feature/temp  act    0.31  limit 0.2  0.1 . 0.31  3 of 4",
            "✓  service       quiet",
            "incident (act): temp drifts",
            "false alarms to expect in a year: 0.05",
            "note: the reference is short",
        ],
    ),
    (
        AlertPart(opened=(1, 2), reaction="retrain", reason="asked for"),
        ["opened: issue 1 and 2", "reaction: retrain asked for"],
    ),
    (AlertPart(), ["no issue was touched", "reaction: none"]),
    (
        RegisterPart(model_name="delay", model_version=4, key="k", created=False, manifest=""),
        ["was registered already"],
    ),
    (IntegrationTestPart(model_version=4, install_seconds=3.0), ["version 4: installed in 3.0 s"]),
    (
        StagingTestPart(
            environment="staging",
            model_version=4,
            load=LoadResult(requests=50, errors=0, seconds=5.0, p95_seconds=0.012),
        ),
        ["staging: version 4", "50 requests in 5.0 s, 0 errors, p95 12 ms"],
    ),
    (
        PromotePart(model_version=4, previous_version=3),
        ["version 4 is the champion; version 3 is the one to go back to"],
    ),
    (
        RollbackPart(environment="production", from_version=4, to_version=3, registry_updated=False),
        ["production: from version 4 to version 3; the registry was not reached"],
    ),
    (
        RollbackPart(environment="production", to_version=3, registry_updated=True),
        ["production: stays at version 3"],
    ),
    (ReconcilePart(), ["nothing was left behind"]),
    (StopPart(environment="staging"), ["staging: nothing runs any more"]),
    (BaselinePart(), ["there is no champion yet"]),
    (
        BaselinePart(version=3, has_model=True, metrics={"auc": 0.7}),
        ["champion: version 3, with its model", "auc  0.7"],
    ),
    (ReportPart(comment="/x/comment.md"), ["comment  /x/comment.md"]),
    (
        of_code.LintPart(findings=(of_code.Finding(tool="ruff", rule="F401", path="a.py", line=3, message="unused"),)),
        ["error  a.py:3  ruff F401  unused"],
    ),
    (
        of_code.TestPart(
            tests=2, failed=1, failures=(of_code.TestFailure(name="test_x", message="no"),), tail="last\nwords"
        ),
        ["2 tests, 1 failed, 0 skipped", "x  test_x  no", "| last", "| words"],
    ),
]


@pytest.mark.parametrize(("part", "expected"), PARTS, ids=lambda each: getattr(each, "stage", None))
def test_each_part_has_its_view(part: Part, expected: list[str]) -> None:
    lines = show(record(part)).splitlines()
    assert [words for words in expected if not any(words in line for line in lines)] == [], lines


def test_every_part_that_there_is_has_a_view() -> None:
    default = part_lines.dispatch(object)
    for module in terminal.VIEWS.values():
        importlib.import_module(module)
    assert {part.__module__ for part in Part.__subclasses__()} <= set(terminal.VIEWS)
    assert [part for part in Part.__subclasses__() if part_lines.dispatch(part) is default] == []


def test_metrics_show_candidate_champion_and_verdict(make: Any) -> None:
    lines = show(record(make.evaluated())).splitlines()
    row = next(line for line in lines if line.strip().startswith("auc"))
    assert re.split(r" {2,}", row.strip()) == [
        *("auc", "0.7123", "[0.7011, 0.7222]", "0.7111", "+0.0012", "[-0.0031, +0.0057]", "no worse")
    ]


def test_slices_are_shown_worst_first_with_what_a_search_came_to(make: Any) -> None:
    spot = WeakSpot(metric="auc", against="all rows", looked_at=0, reason="no slice has enough rows")
    lines = [line.strip() for line in show(record(make.evaluated(weakest=(spot,)))).splitlines()]
    first = lines.index("slices") + 1
    assert [line.split("  ")[0] for line in lines[first : first + 2]] == ["origin = ORD", "origin = ATL"]
    assert "auc below all rows: no slice has enough rows" in lines


def test_a_metric_without_a_value_says_why(make: Any) -> None:
    metric = MetricResult(
        name="auc",
        greater_is_better=True,
        candidate=Estimate(value=None, reason="one class only"),
        comparison=Comparison(difference=None, reason="nothing to compare"),
    )
    text = show(record(make.evaluated(metrics=(metric,), slices=())))
    assert "none: one class only" in text
    assert "nothing to compare" in text


def test_many_findings_are_cut_and_counted() -> None:
    findings = tuple(of_code.Finding(tool="t", rule="r", path=f"{n}.py", message="m") for n in range(60))
    text = show(record(of_code.LintPart(findings=findings)))
    assert text.count(".py") == 50
    assert "and 10 more in the record" in text


def harmless(text: str) -> None:
    for line in text.splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
    odd = [c for c in text.replace("\n", "") if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert odd == []


def test_hostile_text_anywhere_only_prints(make: Any) -> None:
    check = Check(name=HOSTILE, status=CheckStatus.FAILED, value=HOSTILE, limit=HOSTILE, reason=HOSTILE)
    error = Failure(kind="E", what=HOSTILE, where=HOSTILE, fix=HOSTILE, exit_code=1)
    part = of_code.TestPart(
        tests=1, failed=1, failures=(of_code.TestFailure(name=HOSTILE, message=HOSTILE),), tail=f"::error::x\n{HOSTILE}"
    )
    text = show(record(part, status=Status.FAILED, reason=HOSTILE, checks=(check,), error=error, subject=HOSTILE))
    harmless(text)
    entry = HistoryEntry(
        at=NOW, action=HOSTILE, environment=HOSTILE, version=1, outcome=HOSTILE, reason=HOSTILE, actor=HOSTILE
    )
    harmless(show(record(HistoryPart(entries=(entry,)))))
    harmless(show(record(make.evaluated(notes=(HOSTILE,), metrics=(make.metric(HOSTILE, reason=HOSTILE),)))))


def test_a_cell_is_no_workflow_command_by_itself() -> None:
    assert plain("::error::x") == ": :error: :x"
    assert plain("a ##[error]x") == "a # #[error]x"


@given(st.text(max_size=200))
def test_any_text_only_prints(text: str) -> None:
    harmless(plain(text))
    assert "\n" not in plain(text)


def test_empty_columns_are_left_out() -> None:
    assert table([["a", "", "b"], ["aa", "", ""]]) == ["  a   b", "  aa"]
    assert table([]) == []


def test_a_training_says_what_it_depends_on_outside_of_its_folder_and_else_nothing() -> None:
    shown = show(record(trained())).splitlines()
    assert shown[-1].split()[0] == "cost"
    assert "" not in shown[2:]
    assert shown[2].endswith("a time that is not on record")
    places = tuple(f"../libs/{number}" for number in range(6))
    shown = show(record(trained().model_copy(update={"elsewhere": places}))).splitlines()
    assert shown[-1].split("  ")[-1] == "depends on ../libs/0, ../libs/1, ../libs/2, ../libs/3 and 2 more places"
