"""What of a record GitHub shows beside the code and above the log: errors first, each with its place if it has one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from trainstop.records import CheckStatus, Record, Status
from trainstop.records.checks import LintPart, TestPart, not_looked_at
from trainstop.records.travelling import ReceivePart

Kind = Literal["error", "warning", "notice"]
KINDS: dict[CheckStatus, Kind] = {
    CheckStatus.FAILED: "error",
    CheckStatus.INCONCLUSIVE: "warning",
    CheckStatus.WARNED: "warning",
}
"""Worst first: an inconclusive check keeps a stage from passing, a warning does not."""
WORST: dict[Kind, int] = {"error": 0, "warning": 1, "notice": 2}
LEVELS: dict[str, Kind] = {"error": "error", "warning": "warning"}


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One annotation; the runner's door escapes it."""

    kind: Kind
    message: str
    properties: dict[str, str | int] = field(default_factory=dict)


def annotations(record: Record[Any]) -> list[Annotation]:
    """Return a record's annotations, worst first, since GitHub shows ten of a kind only.

    Errors come before warnings; among them what broke the stage off, then what names a line of code, then its checks.
    """
    return sorted(
        [*_of_error(record), *_in_code(record.part), *_of_checks(record), *_of_refusal(record)],
        key=lambda each: WORST[each.kind],
    )


def _in_code(part: object) -> Iterator[Annotation]:
    """Return what points into the project's code."""
    if isinstance(part, LintPart):
        for finding in part.findings:
            place: dict[str, str | int] = {"file": finding.path}
            if finding.line is not None:
                place["line"] = finding.line
            title = f"{finding.tool} {finding.rule}"
            yield Annotation(
                kind=LEVELS.get(finding.level, "notice"), message=finding.message, properties={**place, "title": title}
            )
    if isinstance(part, TestPart):
        for failure in part.failures:
            yield Annotation(kind="error", message=failure.message or "failed", properties={"title": failure.name})


def _of_error(record: Record[Any]) -> Iterator[Annotation]:
    """Return what kept a stage from a verdict."""
    if record.error:
        said = (record.error.what, record.error.where, record.error.fix)
        message = "\n".join(text for text in said if text)
        yield Annotation(kind="error", message=message, properties={"title": f"{record.stage} broke off"})


def _of_checks(record: Record[Any]) -> Iterator[Annotation]:
    """Return what a stage's checks found."""
    for status, kind in KINDS.items():
        for check in record.checks:
            if check.status is status:
                title = f"{record.stage}: {check.name}"
                yield Annotation(kind=kind, message=check.reason or str(check.status), properties={"title": title})
    for check in not_looked_at(record.checks) if record.stage == LintPart.stage else ():
        yield Annotation(kind="notice", message=check.reason, properties={"title": f"{check.name} not looked at"})


def _of_refusal(record: Record[Any]) -> Iterator[Annotation]:
    """Say why nothing was received: a green job that did nothing would look like one that did its work."""
    if record.stage == ReceivePart.stage and record.status is Status.SKIPPED:
        yield Annotation(kind="notice", message=record.reason, properties={"title": "nothing received"})
