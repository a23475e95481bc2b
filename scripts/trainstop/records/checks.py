"""What `lint` and `test` hand on."""

from typing import ClassVar

from trainstop.records.base import Frozen, Part


class Finding(Frozen):
    """One thing a tool found in the project's code."""

    tool: str
    rule: str
    path: str
    line: int | None = None
    message: str
    level: str = "error"
    """`error`, `warning` or `note`, as in SARIF."""


class LintPart(Part):
    """Findings of all tools."""

    stage: ClassVar[str] = "lint"
    findings: tuple[Finding, ...] = ()
    sarif: str = ""
    """Path of the SARIF file, relative to the project."""


class TestFailure(Frozen):
    """One test that failed."""

    name: str
    message: str


class TestPart(Part):
    """What the project's tests came to."""

    stage: ClassVar[str] = "test"
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    coverage: float | None = None
    failures: tuple[TestFailure, ...] = ()
    tail: str = ""
