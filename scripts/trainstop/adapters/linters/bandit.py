"""bandit: code that an attacker could use."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from trainstop.adapters.environments.toml_files import read
from trainstop.adapters.linters.base import Bench, batches, crashed, version_of
from trainstop.ports.linters import Problem, Scan

ASSERT = "B101"
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Bandit:
    """`bandit`, on modules; it cannot read notebooks."""

    bench: Bench

    def look(self) -> Scan:
        """Look for dangerous code."""
        version = version_of("bandit")
        files = self.bench.code(".py")
        if not files:
            return Scan(tool="bandit", version=version, skipped="there is no Python file")
        problems: list[Problem] = []
        seen = 0
        for batch in batches(files):
            answer = self.bench.ask(
                "bandit", "--quiet", "--format", "json", "--output", "{out}", *settings(self.bench.project),
                *(f"./{name}" for name in batch),
            )  # fmt: skip
            # It answers 1 when it found something, and also when it broke; only the first leaves a result.
            if answer.content is None or answer.outcome.exit_code not in (0, 1):
                return crashed("bandit", answer)
            problems += [problem for entry in answer.content["results"] if (problem := _problem(self.bench, entry))]
            problems += [_unread(self.bench, entry) for entry in answer.content["errors"]]
            seen += len(answer.content["metrics"]) - 1
        return Scan(tool="bandit", version=version, problems=tuple(problems), seen=seen)


def settings(project: Path) -> tuple[str, ...]:
    """Return options that name the project's own settings of bandit."""
    for name in ("bandit.yaml", "bandit.yml", ".bandit.yaml", ".bandit.yml"):
        if (project / name).is_file():
            return ("--configfile", name)
    if "bandit" in read(project / "pyproject.toml").get("tool", {}):
        return ("--configfile", "pyproject.toml")
    return ("--ini", ".bandit") if (project / ".bandit").is_file() else ()


def is_test(path: str) -> bool:
    """Say whether a file holds tests, where an `assert` is the point."""
    parts = PurePosixPath(path).parts
    name = parts[-1]
    return (
        bool({"test", "tests"}.intersection(parts[:-1]))
        or name.startswith("test_")
        or name.endswith("_test.py")
        or name == "conftest.py"
    )


def level(severity: str, confidence: str) -> Literal["error", "warning", "note"]:
    """Return how much a finding counts: what bandit holds harmless, or is not sure of, is a note."""
    if "LOW" in (severity, confidence) or severity == "UNDEFINED":
        return "note"
    return "error" if severity == "HIGH" else "warning"


def _problem(bench: Bench, entry: dict[str, Any]) -> Problem | None:
    path = bench.relative(entry["filename"])
    if entry["test_id"] == ASSERT and is_test(path):
        return None
    return Problem(
        rule=entry["test_id"],
        path=path,
        line=entry["line_number"],
        # It quotes the very password it found.
        message=QUOTED.sub("'...'", entry["issue_text"]),
        level=level(entry["issue_severity"], entry["issue_confidence"]),
        url=entry.get("more_info") or "",
    )


def _unread(bench: Bench, entry: dict[str, Any]) -> Problem:
    message = f"bandit could not read this file: {QUOTED.sub('...', entry['reason'])}"
    return Problem(rule="unread", path=bench.relative(entry["filename"]), message=message, level="warning")
