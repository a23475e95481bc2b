"""`test`: the project's own tests, in the project's own environment."""

import shutil
from pathlib import Path

from trainstop import pytest_reports as reports
from trainstop.commands import project_command, words_of
from trainstop.config.checks import TestSection
from trainstop.errors import InputError, TimeLimitError
from trainstop.job import Job
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Command, Outcome
from trainstop.pytest_reports import Counts
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.checks import TestFailure, TestPart

KEY = "test.command"
NO_TESTS = 5
"""pytest's exit code when it collected nothing."""
PROBE = "import importlib.util as u; print(*(n for n in ('pytest', 'pytest_cov') if u.find_spec(n)), sep=' ')"


def run(job: Job) -> Result[TestPart]:
    """Run the tests and read their reports back.

    Raises:
        ConfigurationError: the command cannot be read, or nothing says what the project needs.
        InputError: pytest, or pytest-cov where a minimum is set, is not in the project's environment.
        TimeLimitError: the tests took too long.
        UnavailableError: the environment cannot be made.

    """
    section = job.config.test
    words = words_of(section.command, KEY)
    interpreter = job.ports.environments.project()
    folder = _fresh(job.workspace.scratch / "test")
    pytest = reports.is_pytest(words)
    junit = folder / "junit.xml"
    if pytest:
        installed = _installed(job, interpreter)
        _refuse_missing(section, interpreter, installed)
        words, junit = _with_reports(words, job.workspace.project, folder, cover="pytest_cov" in installed)
    job.ports.progress.note(f"running {section.command}")
    outcome = job.ports.processes.run(
        project_command(
            words,
            interpreter,
            cwd=job.workspace.project,
            name="test",
            environment={"COVERAGE_FILE": str(folder / "coverage.data"), **section.environment},
            secrets=section.secrets,
            timeout=section.timeout,
        )
    )
    if outcome.timed_out:
        raise TimeLimitError(
            f"the tests {outcome.ending}",
            where=f"{KEY}; {outcome.log}, which ends:\n{outcome.tail}",
            fix="find the test that hangs (pytest-timeout names it), or raise `test.timeout`",
        )
    counts = reports.read_junit(junit) if pytest else None
    coverage = reports.read_coverage(folder / "coverage.json") if pytest else None
    shutil.rmtree(folder)  # unlike what is handed on, these reports are as the tests wrote them
    checks = [judge(section, outcome, counts, pytest=pytest), *judge_coverage(section, coverage)]
    return conclude(checks, _part(job, outcome, counts, coverage))


def judge(section: TestSection, outcome: Outcome, counts: Counts | None, *, pytest: bool) -> Check:
    """Say whether the tests passed: by the exit code, and for pytest by its report too."""
    failed = counts.failed if counts else None
    if not pytest:
        status = CheckStatus.PASSED if outcome.ok else CheckStatus.FAILED
        return Check(name="tests", status=status, reason=outcome.ending)
    if counts is not None and not failed and (outcome.exit_code == NO_TESTS or (outcome.ok and not counts.ran)):
        status = CheckStatus.WARNED if section.allow_none else CheckStatus.FAILED
        said = f"all {counts.tests} tests were skipped" if counts.tests else "no test was collected"
        return Check(name="tests", status=status, value=0, reason=said)
    if outcome.ok and counts is None:
        # Something in the tests ended the process before pytest could say anything.
        return Check(name="tests", status=CheckStatus.FAILED, reason="pytest ended without writing its report")
    if outcome.ok and counts is not None and not failed:
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        reason = f"{counts.ran} passed{skipped}"
        return Check(name="tests", status=CheckStatus.PASSED, value=0, limit=0, reason=reason)
    reason = f"{failed} of {counts.tests} failed" if counts and failed else f"pytest: {outcome.ending}"
    return Check(name="tests", status=CheckStatus.FAILED, value=failed, limit=0, reason=reason)


def judge_coverage(section: TestSection, coverage: float | None) -> list[Check]:
    """Compare coverage with its minimum, where there is one; coverage that could not be measured does not pass."""
    least = section.minimum_coverage
    if least is None:
        return []
    if coverage is None:
        reason = "coverage was not measured: that needs a pytest command, and lines to cover"
        return [Check(name="coverage", status=CheckStatus.FAILED, limit=least, reason=reason)]
    status = CheckStatus.PASSED if coverage >= least else CheckStatus.FAILED
    reason = f"{coverage:.1%} of the lines, at least {least:.1%} wanted"
    return [Check(name="coverage", status=status, value=coverage, limit=least, reason=reason)]


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


def _installed(job: Job, interpreter: Interpreter) -> set[str]:
    """Return which of pytest and pytest-cov the project's environment has."""
    outcome = job.ports.processes.run(
        Command(
            argv=(str(interpreter.python), "-c", PROBE), cwd=job.workspace.project, name="test probe", timeout=60
        )
    )  # fmt: skip
    return set(outcome.tail.split()) if outcome.ok else set()


def _refuse_missing(section: TestSection, interpreter: Interpreter, installed: set[str]) -> None:
    needed = {"pytest": "pytest"} | ({"pytest_cov": "pytest-cov"} if section.minimum_coverage is not None else {})
    for module, name in needed.items():
        if module not in installed:
            raise InputError(
                f"{name} is not in the project's environment",
                where=f"{interpreter.source} ({interpreter.python})",
                fix=f"add {name} there, or set `project.lock` to a file that has it",
            )


def _with_reports(words: tuple[str, ...], project: Path, folder: Path, *, cover: bool) -> tuple[tuple[str, ...], Path]:
    """Return a pytest command that writes its reports into `folder`, and where the JUnit report will be."""
    own = reports.own_junit(words)
    junit = project / own if own else folder / "junit.xml"
    if own:
        junit.unlink(missing_ok=True)
    options = [] if own else [f"--junitxml={junit}"]
    if cover:
        options.append(f"--cov-report=json:{folder / 'coverage.json'}")
        if not reports.measures_coverage(words):
            options.append("--cov")
            if not reports.has_coverage_settings(project):
                settings = folder / "coverage.ini"
                settings.write_text(reports.COVERAGE_SETTINGS, encoding="utf-8")
                options.append(f"--cov-config={settings}")
    return (*words, *options), junit


def _part(job: Job, outcome: Outcome, counts: Counts | None, coverage: float | None) -> TestPart:
    """Return what is handed on; what the tests wrote into reports is masked like what they printed."""
    section = job.config.test

    def clean(text: str) -> str:
        return job.ports.processes.plain(text, section.secrets)

    failures = tuple(
        TestFailure(name=clean(failure.name), message=clean(failure.message))
        for failure in (counts.failures if counts else ())
    )
    return TestPart(
        command=clean(section.command),
        tests=counts.tests if counts else 0,
        failed=counts.failed if counts else 0,
        skipped=counts.skipped if counts else 0,
        coverage=coverage,
        failures=failures,
        wall_seconds=outcome.wall_seconds,
        peak_memory_bytes=outcome.peak_memory_bytes,
        tail=outcome.tail,
    )
