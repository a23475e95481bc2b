"""The project's own tests of a model: pytest with our fixtures, in the project's environment."""

from pathlib import Path

from trainstop import pytest_reports as reports
from trainstop.bundles import Bundle
from trainstop.commands import project_command, words_of
from trainstop.job import Job
from trainstop.ports.processes import Outcome
from trainstop.pytest_reports import Counts
from trainstop.records import Check, CheckStatus
from trainstop.records.checks import TestFailure
from trainstop.records.judging import OwnTests

KEY = "model-test.tests"
NO_TESTS = 5
"""pytest's exit code when it collected nothing."""
NAME = "own tests"


def run(job: Job, bundle: Bundle, predictions: Path, room: Path) -> tuple[Check, OwnTests]:
    """Run the tests with the model and its predictions at hand, and read their report back.

    Raises:
        ConfigurationError: the command cannot be read.
        ProjectCodeError: the model is not trusted.
        UnavailableError: an environment cannot be made.

    """
    section = job.config.model_test
    words = words_of(section.tests, KEY)
    pytest = reports.is_pytest(words)
    own = reports.own_junit(words) if pytest else ""
    junit = job.workspace.project / own if own else room / "junit.xml"
    if pytest and not own:
        words = (*words, f"--junitxml={junit.resolve()}")
    junit.unlink(missing_ok=True)
    fixtures = job.ports.prober.fixtures(bundle, predictions, room)
    job.ports.progress.note(f"running {section.tests}")
    outcome = job.ports.processes.run(
        project_command(
            words,
            job.ports.environments.project(),
            cwd=job.workspace.project,
            name="model-test",
            environment=fixtures.environment,
            modules=fixtures.modules,
            timeout=section.tests_timeout,
        )
    )
    counts = reports.read_junit(junit) if pytest else None
    return judged(outcome, counts, pytest=pytest), _part(job, counts)


def judged(outcome: Outcome, counts: Counts | None, *, pytest: bool) -> Check:
    """Say whether the tests passed; one that ran none did not."""
    if counts and counts.failed:
        names = ", ".join(failure.name for failure in counts.failures[:3])
        reason = f"{counts.failed} of {counts.tests} failed: {names}"
        return Check(name=NAME, status=CheckStatus.FAILED, value=counts.failed, limit=0, reason=reason)
    if not outcome.ok or (pytest and (counts is None or not counts.ran)):
        ran_none = outcome.exit_code == NO_TESTS or (outcome.ok and counts is not None)
        why = "no test was run" if ran_none else outcome.ending if not outcome.ok else "pytest wrote no report"
        return Check(name=NAME, status=CheckStatus.FAILED, reason=f"{why}; {outcome.log} ends:\n{outcome.tail}")
    ran = f"{counts.ran} passed" if counts else outcome.ending
    return Check(name=NAME, status=CheckStatus.PASSED, value=0, limit=0, reason=ran)


def _part(job: Job, counts: Counts | None) -> OwnTests:
    """Return what is handed on; what the tests wrote is masked like what they printed."""
    clean = job.ports.processes.plain
    command = clean(job.config.model_test.tests)
    if counts is None:
        return OwnTests(command=command)
    failures = tuple(
        TestFailure(name=clean(failure.name), message=clean(failure.message)) for failure in counts.failures
    )
    return OwnTests(
        command=command, tests=counts.tests, failed=counts.failed, skipped=counts.skipped, failures=failures
    )
