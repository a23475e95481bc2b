import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from trainstop.config import Config
from trainstop.config.checks import LintSection
from trainstop.ports.linters import Problem, Scan
from trainstop.records import CheckStatus, Status
from trainstop.stages import lint
from trainstop.workspace import Workspace


class Says:
    """A linter that answers always the same, and counts how often it is asked."""

    def __init__(self, scan):
        self.scan = scan
        self.asked = 0

    def look(self):
        self.asked += 1
        return self.scan


@pytest.fixture
def job(tmp_path):
    def job(section=None, **scans):
        linters = {name: Says(scans.get(name, Scan(tool=name, seen=1))) for name in lint.CHECKS}
        config = Config.model_validate({"model": {"name": "m", "task": "binary"}, "lint": section or {}})
        progress = SimpleNamespace(note=lambda text: None)
        ports = SimpleNamespace(progress=progress, linters=linters)
        return SimpleNamespace(config=config, workspace=Workspace(tmp_path), ports=ports)

    return job


def problem(**changes):
    return Problem(**{"rule": "R1", "path": "a.py", "line": 1, "message": "bad"} | changes)


def test_a_clean_project_passes_and_its_sarif_is_written(job, tmp_path):
    result = lint.run(job())
    assert result.status is Status.PASSED
    assert [check.name for check in result.checks] == list(lint.CHECKS)
    assert result.part.sarif == ".trainstop/results/lint.sarif"
    assert len(json.loads((tmp_path / result.part.sarif).read_text())["runs"]) == 5


@pytest.mark.parametrize(
    ("mode", "level", "expected"),
    [
        ("block", "error", CheckStatus.FAILED),
        ("block", "warning", CheckStatus.FAILED),
        ("block", "note", CheckStatus.PASSED),
        ("warn", "error", CheckStatus.WARNED),
        ("off", "error", CheckStatus.SKIPPED),
    ],
)
def test_the_mode_says_what_a_finding_does(mode, level, expected):
    scan = Scan(tool="t", problems=(problem(level=level),))
    assert lint.check("style", mode, scan).status is expected


def test_a_tool_that_is_switched_off_is_not_asked(job):
    one = job({"style": "off"})
    lint.run(one)
    assert one.ports.linters["style"].asked == 0
    assert one.ports.linters["secrets"].asked == 1


@pytest.mark.parametrize("mode", ["block", "warn"])
def test_a_tool_that_broke_fails_whatever_the_mode(mode):
    check = lint.check("security", mode, Scan(tool="bandit", crashed="exit code 2: no config"))
    assert check.status is CheckStatus.FAILED
    assert "bandit itself failed: exit code 2" in check.reason


def test_a_tool_that_could_not_ask_is_skipped_with_its_reason(job):
    result = lint.run(job(dependencies=Scan(tool="pip-audit", skipped="no network")))
    assert result.status is Status.PASSED
    assert {check.name: check.reason for check in result.checks}["dependencies"] == "no network"


def test_nothing_looked_at_is_no_pass(job):
    result = lint.run(job(**{name: Scan(tool=name, skipped="no file") for name in lint.CHECKS}))
    assert result.status is Status.SKIPPED


def test_a_reason_names_the_worst_finding_and_its_place():
    scan = Scan(
        tool="bandit",
        problems=(problem(level="note"), problem(level="warning"), problem(rule="R9", path="b.py", line=7)),
        note="by our settings",
    )
    reason = lint.check("security", "block", scan).reason
    assert reason == "2 findings, like R9 at b.py:7: bad; 1 more as notes; by our settings"


def test_findings_are_merged_the_most_severe_first_and_the_rest_only_counted(job):
    many = tuple(problem(level="note", line=line) for line in range(1, lint.SHOWN + 50))
    result = lint.run(job(style=Scan(tool="ruff", problems=many), security=Scan(tool="bandit", problems=(problem(),))))
    assert len(result.part.findings) == lint.SHOWN
    assert result.part.findings[0].tool == "bandit"
    assert result.part.total == lint.SHOWN + 50
    assert result.part.counts["ruff"] == lint.SHOWN + 49


def test_what_another_tool_quotes_from_a_line_with_a_secret_is_left_out(job, tmp_path):
    quoting = Scan(
        tool="ruff", problems=(problem(message="Magic value 'hunter2' in `hunter2`"), problem(line=2, message="'x'"))
    )
    result = lint.run(job(style=quoting, secrets=Scan(tool="detect-secrets", problems=(problem(message="may be"),))))
    assert "hunter2" not in result.model_dump_json()
    assert "hunter2" not in (tmp_path / result.part.sarif).read_text()
    assert "'x'" in [finding.message for finding in result.part.findings]


def test_a_project_below_its_repository_is_placed_there(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "models" / "a").mkdir(parents=True)
    assert lint.below_repository(tmp_path / "models" / "a") == "models/a"
    assert lint.below_repository(tmp_path) == ""
    assert lint.below_repository(Path("/")) == ""


def test_every_check_has_its_key_in_the_configuration():
    assert all(lint.mode_of(LintSection(), name) in {"block", "warn"} for name in lint.CHECKS)


def test_what_could_not_be_looked_at_is_said_beside_what_held(job):
    away = Scan(tool="pip-audit", skipped="the advisory service cannot be reached")
    result = lint.run(job({"style": "off"}, dependencies=away))
    assert result.status is Status.PASSED
    assert result.reason == "3 checks held; dependencies not looked at: the advisory service cannot be reached"
