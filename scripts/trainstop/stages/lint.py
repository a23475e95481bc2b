"""`lint`: style, bugs, security, secrets and vulnerable dependencies of the project's code, in one record."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from trainstop import files, sarif
from trainstop.config.checks import LintSection, Mode
from trainstop.job import Job
from trainstop.ports.linters import Problem, Scan
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.checks import SWITCHED_OFF, Finding, LintPart, not_looked_at

SHOWN = 200
CHECKS = ("style", "format", "security", "dependencies", "secrets")
SECRETS = "secrets"
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
SEVERITY = {"error": 0, "warning": 1, "note": 2}


def run(job: Job) -> Result[LintPart]:
    """Ask every tool that is not switched off, and write what they saw as a record and a SARIF file.

    Raises:
        InputError: a path of `lint.paths` does not exist.

    """
    section = job.config.lint
    scans: dict[str, Scan] = {}
    for name in CHECKS:
        if mode_of(section, name) != "off":
            job.ports.progress.note(f"looking at {name}")
            scans[name] = job.ports.linters[name].look()
    scans = without_values(scans)
    place = job.workspace.results / "lint.sarif"
    log = sarif.build(scans.values(), below_repository(job.workspace.project))
    files.write_text(place, json.dumps(log, indent=1, ensure_ascii=False) + "\n")
    checks = [check(name, mode_of(section, name), scans.get(name)) for name in CHECKS]
    result = conclude(checks, part(scans, place.relative_to(job.workspace.project).as_posix()))
    unseen = "".join(f"; {check.name} not looked at: {check.reason}" for check in not_looked_at(checks))
    return result.model_copy(update={"reason": result.reason + unseen}) if result.status is Status.PASSED else result


def mode_of(section: LintSection, name: str) -> Mode:
    """Return what the configuration wants of one check."""
    modes: dict[str, Mode] = {
        "style": section.style,
        "format": section.format,
        "security": section.security,
        "dependencies": section.dependencies,
        "secrets": section.secrets,
    }
    return modes[name]


def check(name: str, mode: Mode, scan: Scan | None) -> Check:
    """Judge what one tool saw. A tool that broke fails whatever the mode: nothing was looked at."""
    if mode == "off" or scan is None:
        return Check(name=name, status=CheckStatus.SKIPPED, reason=SWITCHED_OFF)
    if scan.crashed:
        return Check(name=name, status=CheckStatus.FAILED, reason=f"{scan.tool} itself failed: {scan.crashed}")
    if scan.skipped:
        return Check(name=name, status=CheckStatus.SKIPPED, reason=scan.skipped)
    counted = [problem for problem in scan.problems if problem.level != "note"]
    status = CheckStatus.PASSED
    if counted:
        status = CheckStatus.FAILED if mode == "block" else CheckStatus.WARNED
    return Check(name=name, status=status, value=len(counted), limit=0, reason=reason(scan, counted))


def reason(scan: Scan, counted: Sequence[Problem]) -> str:
    """Say what a tool saw, the first finding with its place."""
    words = [f"{scan.tool} looked at {scan.seen} {scan.what}"]
    if counted:
        first = min(counted, key=lambda problem: SEVERITY[problem.level])
        place = f"{first.path}:{first.line}" if first.line else first.path
        found = "1 finding" if len(counted) == 1 else f"{len(counted)} findings"
        words = [f"{found}, like {first.rule} at {place}: {first.message}"]
    if notes := len(scan.problems) - len(counted):
        words.append(f"{notes} more as notes")
    return "; ".join([*words, *([scan.note] if scan.note else [])])


def without_values(scans: Mapping[str, Scan]) -> dict[str, Scan]:
    """Take what is quoted out of the messages of other tools about lines that hold a secret: it may be its value."""
    places = {(problem.path, problem.line) for problem in scans[SECRETS].problems} if SECRETS in scans else set()
    return {name: scan if name == SECRETS else _unquoted(scan, places) for name, scan in scans.items()}


def _unquoted(scan: Scan, places: set[tuple[str, int | None]]) -> Scan:
    problems = (
        dataclasses.replace(problem, message=QUOTED.sub("'...'", problem.message))
        if (problem.path, problem.line) in places
        else problem
        for problem in scan.problems
    )
    return dataclasses.replace(scan, problems=tuple(problems))


def part(scans: Mapping[str, Scan], place: str) -> LintPart:
    """Merge what all tools found, the most severe first."""
    findings = [
        Finding(tool=scan.tool, **dataclasses.asdict(problem)) for scan in scans.values() for problem in scan.problems
    ]
    ordered = sorted(findings, key=lambda finding: (SEVERITY[finding.level], finding.path, finding.line or 0))
    counts = {scan.tool: len(scan.problems) for scan in scans.values()}
    return LintPart(findings=tuple(ordered[:SHOWN]), total=len(findings), counts=counts, sarif=place)


def below_repository(project: Path) -> str:
    """Return the project's folder as it is below the repository's root, empty when it is the root or there is none."""
    project = project.resolve()
    for folder in (project, *project.parents):
        if (folder / ".git").exists():
            name = project.relative_to(folder).as_posix()
            return "" if name == "." else name
    return ""
