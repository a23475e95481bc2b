"""Annotations: what a person should see beside the code, errors as errors."""

from typing import Any

from tests.unit.report.conftest import START

from trainstop.records import Provenance, Record, Status
from trainstop.records import checks as of_code
from trainstop.records.judging import EvaluatePart
from trainstop.report.annotations import annotations


def test_findings_point_at_their_line(write: Any) -> None:
    finding = of_code.Finding(tool="ruff", rule="F401", path="a.py", line=3, message="unused", level="warning")
    note = of_code.Finding(tool="ruff", rule="D100", path="b.py", message="no docstring", level="note")
    record = write(lint=of_code.LintPart(findings=(finding, note))).find(of_code.LintPart)
    found = [(each.kind, each.message, each.properties) for each in annotations(record)]
    assert found == [
        ("warning", "unused", {"file": "a.py", "line": 3, "title": "ruff F401"}),
        ("notice", "no docstring", {"file": "b.py", "title": "ruff D100"}),
    ]


def test_a_failed_test_is_an_error(write: Any) -> None:
    part = of_code.TestPart(tests=1, failed=1, failures=(of_code.TestFailure(name="test_x", message=""),))
    (found,) = annotations(write(test=part).find(of_code.TestPart))
    assert (found.kind, found.message, found.properties) == ("error", "failed", {"title": "test_x"})


def test_checks_that_failed_or_warn_are_shown_and_others_not(write: Any, make: Any) -> None:
    statuses = ("passed", "failed", "warned", "inconclusive", "skipped")
    checks = tuple(make.check(status, status, reason=f"why {status}") for status in statuses)
    record = write(evaluate={"status": Status.FAILED, "checks": checks}).find(EvaluatePart)
    assert [(each.kind, each.message, each.properties["title"]) for each in annotations(record)] == [
        ("error", "why failed", "evaluate: failed"),
        ("warning", "why inconclusive", "evaluate: inconclusive"),
        ("warning", "why warned", "evaluate: warned"),
    ]


def test_what_lint_could_not_look_at_is_a_notice_and_what_was_switched_off_is_none(write: Any, make: Any) -> None:
    checks = (
        make.check("dependencies", "skipped", reason="the advisory service cannot be reached"),
        make.check("style", "skipped", reason=of_code.SWITCHED_OFF),
    )
    (found,) = annotations(write(lint={"checks": checks}).find(of_code.LintPart))
    assert (found.kind, found.message) == ("notice", "the advisory service cannot be reached")
    assert found.properties == {"title": "dependencies not looked at"}


def test_a_stage_that_broke_off_says_where_and_what_to_do(write: Any, make: Any) -> None:
    record = write(evaluate=make.broken_off("no rows", where="data", fix="add rows")).find(EvaluatePart)
    (found,) = annotations(record)
    assert (found.message, found.properties) == ("no rows\ndata\nadd rows", {"title": "evaluate broke off"})


def test_the_worst_comes_first_whatever_the_record_s_order(write: Any, make: Any) -> None:
    levels = ("note", "warning", "error")
    findings = tuple(
        of_code.Finding(tool="t", rule="r", path=f"{level}.py", message=level, level=level) for level in levels
    )
    checks = tuple(make.check(status, status, reason=status) for status in ("warned", "inconclusive", "failed"))
    record = write(lint={"part": of_code.LintPart(findings=findings), "status": Status.FAILED, "checks": checks})
    found = [(each.kind, each.message) for each in annotations(record.find(of_code.LintPart))]
    assert found == [
        ("error", "error"),
        ("error", "failed"),
        ("warning", "warning"),
        ("warning", "inconclusive"),
        ("warning", "warned"),
        ("notice", "note"),
    ]


def test_a_receipt_that_was_not_taken_is_a_notice() -> None:
    said = {"trainstop": "1", "provenance": Provenance(repository="r"), "started_at": START, "duration_seconds": 1}
    record = Record[Any](stage="receive", status=Status.SKIPPED, reason="its branch has moved on", **said)
    (found,) = annotations(record)
    assert (found.kind, found.message) == ("notice", "its branch has moved on")
    assert annotations(record.model_copy(update={"stage": "baseline"})) == []
