"""What `lint` and `test` hand on."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import FiniteFloat

from trainstop.records.base import Check, CheckStatus, Frozen, Part

SWITCHED_OFF = "switched off in the configuration"


class Finding(Frozen):
    """One thing a tool found in the project's code. Never holds the value of a secret."""

    tool: str
    rule: str
    path: str
    line: int | None = None
    message: str
    level: Literal["error", "warning", "note"] = "error"
    """As in SARIF; a `note` is shown and never counts."""
    url: str = ""
    """Where the rule is explained."""


class LintPart(Part):
    """Findings of all tools."""

    stage: ClassVar[str] = "lint"
    findings: tuple[Finding, ...] = ()
    """The most severe ones; the SARIF file has all."""
    total: int = 0
    """How many there are in all."""
    counts: dict[str, int] = {}
    """How many each tool found."""
    sarif: str = ""
    """Path of the SARIF file, relative to the project."""


class TestFailure(Frozen):
    """One test that failed."""

    name: str
    message: str


class TestPart(Part):
    """What the project's tests came to."""

    stage: ClassVar[str] = "test"
    command: str = ""
    """What was run."""
    tests: int = 0
    """How many ran or were skipped; 0 when the command does not say."""
    failed: int = 0
    """How many failed, or broke before they could."""
    skipped: int = 0
    coverage: FiniteFloat | None = None
    """Share of lines covered, 0 to 1."""
    failures: tuple[TestFailure, ...] = ()
    """The first of those that failed."""
    wall_seconds: FiniteFloat = 0.0
    peak_memory_bytes: int = 0
    tail: str = ""
    """The last lines the tests printed."""


def not_looked_at(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the checks of `lint` that nobody switched off and that were skipped all the same."""
    return tuple(check for check in checks if check.status is CheckStatus.SKIPPED and check.reason != SWITCHED_OFF)
