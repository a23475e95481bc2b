"""Tools that look at the project's code."""

from dataclasses import dataclass
from typing import Literal, Protocol

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing a tool found. Never holds the value of a secret."""

    rule: str
    path: str
    """Relative to the project."""
    line: int | None = None
    message: str
    level: Level = "error"
    """As in SARIF; a `note` is shown and never counts."""
    url: str = ""
    """Where the rule is explained."""


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What one tool saw."""

    tool: str
    version: str = ""
    problems: tuple[Problem, ...] = ()
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
