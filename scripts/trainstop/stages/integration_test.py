"""`integration-test`: the registered artifact installed and served in a clean place, before any deployment."""

import shutil
from pathlib import Path

from trainstop.bundles import Bundle
from trainstop.delivery.contract import keeps_contract, signature
from trainstop.delivery.own_tests import run_tests
from trainstop.delivery.selection import at_hand, completeness, selected
from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.golden import Golden
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.delivery import IntegrationTestPart


def run(job: Job, *, version: str | None = None) -> Result[IntegrationTestPart]:
    """Install a version from its lock, serve it, and test how it answers.

    A version that came from another job with its record (`pack --content version`) is used as it lies here.

    Raises:
        InputError: there is no such version, its files are not what was registered, or it has no golden predictions.
        UnavailableError: the registry does not answer, or the environment cannot be made.

    """
    if job.config.model.serving != "endpoint":
        reason = f'model.serving is "{job.config.model.serving}": there is no endpoint to test'
        return Result(status=Status.SKIPPED, reason=reason)
    here = at_hand(job, version)
    if here is not None:
        number, bundle = here
        complete = Check(name="complete version", status=CheckStatus.PASSED, value=number)
    else:
        wanted = selected(job.ports.registry, job.results, job.config.model.name, version)
        number, complete = wanted.number, completeness(wanted)
        if complete.status is CheckStatus.FAILED:
            return conclude([complete], IntegrationTestPart(model_version=number))
        bundle = job.ports.registry.download(wanted, job.workspace.version(wanted.manifest or str(number)))
    room = job.workspace.scratch / "integration-test"
    shutil.rmtree(room, ignore_errors=True)
    try:
        return _test(job, number, bundle, room, complete)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _test(job: Job, number: int, bundle: Bundle, room: Path, complete: Check) -> Result[IntegrationTestPart]:
    """Test a verified copy in an empty folder."""
    section, clock = job.config.integration_test, job.ports.clock
    golden, columns = Golden.read(bundle.golden), signature(bundle.model)
    job.ports.progress.note("installing the model's environment in a clean place")
    start = clock.monotonic()
    interpreter = job.ports.environments.clean(bundle.environment, room)
    installed = clock.monotonic()
    job.ports.progress.note("serving the model")
    started: float | None = None
    checks = [complete]
    try:
        with job.ports.servers.serve(bundle, interpreter, timeout=section.timeout) as address:
            started = clock.monotonic() - installed
            checks.append(Check(name="serves", status=CheckStatus.PASSED, value=round(started, 2)))
            checks += keeps_contract(job.ports.endpoints, address, golden, columns)
            if section.tests:
                checks.append(
                    run_tests(
                        job.ports.processes,
                        job.ports.environments,
                        job.workspace.project,
                        command=section.tests,
                        key="integration-test.tests",
                        address=address,
                        timeout=section.timeout,
                    )
                )
    except (ProjectCodeError, TimeLimitError) as error:
        reason = f"{error.what}; {error.where}"
        checks.append(Check(name="serves", status=CheckStatus.FAILED, reason=reason))
    part = IntegrationTestPart(model_version=number, install_seconds=round(installed - start, 3), start_seconds=started)
    return conclude(checks, part)
