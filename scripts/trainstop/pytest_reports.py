"""pytest from outside: which commands are pytest, and what its reports say. Reads files, changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET  # nosec B405

from trainstop.errors import InputError
from trainstop.records.checks import TestFailure

SHOWN = 50
LARGEST = 256 << 20
JUNIT = ("--junitxml", "--junit-xml")
COVERAGE_SETTINGS = """\
[run]
source = .
omit =
    .trainstop/*
    tests/*
    */tests/*
    test_*.py
    */test_*.py
    *_test.py
    */conftest.py
    conftest.py
    setup.py
"""
"""For projects without settings of their own: all of their code counts, also what no test imports."""


@dataclass(frozen=True)
class Counts:
    """What a JUnit report says."""

    tests: int
    failed: int
    skipped: int
    failures: tuple[TestFailure, ...]

    @property
    def ran(self) -> int:
        """How many tests were really run."""
        return self.tests - self.skipped


def is_pytest(words: tuple[str, ...]) -> bool:
    """Say whether a command is pytest, which takes options at its end."""
    name = Path(words[0]).name
    if name in {"pytest", "py.test"}:
        return True
    return (name.startswith("python") or name == "coverage") and ("-m", "pytest") in pairwise(words)


def own_junit(words: tuple[str, ...]) -> str:
    """Return where a command already writes its JUnit report, empty when it does not."""
    for word, after in zip(words, (*words[1:], ""), strict=True):
        option, equals, value = word.partition("=")
        if option in JUNIT:
            return value if equals else after
    return ""


def measures_coverage(words: tuple[str, ...]) -> bool:
    """Say whether a command says itself what is to be done about coverage."""
    return Path(words[0]).name == "coverage" or any(word.startswith(("--cov", "--no-cov")) for word in words)


def has_coverage_settings(project: Path) -> bool:
    """Say whether the project has settings for coverage of its own."""
    places = {"pyproject.toml": "[tool.coverage", "setup.cfg": "[coverage:", "tox.ini": "[coverage:"}
    return (project / ".coveragerc").is_file() or any(
        (project / name).is_file() and text in (project / name).read_text(encoding="utf-8", errors="replace")
        for name, text in places.items()
    )


def read_junit(path: Path) -> Counts | None:
    """Read a JUnit report; None when there is none, or half of one.

    Raises:
        InputError: it is too large, or holds what no test runner writes.

    """
    if not path.is_file():
        return None
    if path.stat().st_size > LARGEST:
        raise InputError("the JUnit report is too large", where=str(path), fix="let the tests print less")
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InputError(
            "the JUnit report declares entities, which no test runner does",
            where=str(path),
            fix="see what in the tests writes this file",
        )
    try:
        # Without a document type there are no entities that could blow up or reach out.
        root = ET.fromstring(content)  # noqa: S314  # nosec B314
    except ET.ParseError:
        return None
    cases = list(root.iter("testcase"))
    failures = [failure for case in cases for failure in _failures(case)]
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return Counts(len(cases), failed, skipped, tuple(failures[:SHOWN]))


def _failures(case: ET.Element) -> Iterator[TestFailure]:
    name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
    for kind in ("failure", "error"):
        for element in case.findall(kind):
            text = element.get("message") or element.text or kind
            yield TestFailure(name=name[:300], message=text.strip()[:1000])


def read_coverage(path: Path) -> float | None:
    """Return the share of lines covered (0 to 1) from coverage's JSON; None when there is none or no line at all."""
    try:
        totals = json.loads(path.read_text(encoding="utf-8"))["totals"]
        statements, covered = int(totals["num_statements"]), int(totals["covered_lines"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return covered / statements if statements else None
