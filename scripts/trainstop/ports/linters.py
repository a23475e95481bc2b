"""Tools that look at the project's code."""

from dataclasses import dataclass
from typing import Protocol

from trainstop.records.checks import Finding


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What one tool saw."""

    tool: str
    version: str = ""
    findings: tuple[Finding, ...] = ()
    seen: int = 0
    """How many files, or packages, it looked at."""
    what: str = "files"
    """What was counted."""
    skipped: str = ""
    """Why it had nothing to look at, or could not ask; then nothing is known, good or bad."""
    crashed: str = ""
    """How the tool itself failed, with its last lines."""
    note: str = ""
    """What a person should know about what was seen."""


class Linter(Protocol):
    """One tool with one purpose."""

    def look(self) -> Scan:
        """Look at the project; never raises for what is found, nor for a tool that fails."""
