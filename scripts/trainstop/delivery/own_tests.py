"""The project's own tests against a served model."""

from pathlib import Path

from trainstop.commands import project_command, words_of
from trainstop.ports.environments import Environments
from trainstop.ports.processes import Processes
from trainstop.records import Check, CheckStatus

NO_TESTS = 5
"""pytest's exit code when it collected nothing."""


def run_tests(
    processes: Processes,
    environments: Environments,
    project: Path,
    *,
    command: str,
    key: str,
    address: str,
    timeout: float,
) -> Check:
    """Run the project's tests with the model's address in `TRAINSTOP_ENDPOINT`.

    Args:
        processes: runs them.
        environments: has the project's interpreter.
        project: folder to run them in.
        command: their command line.
        key: the configuration's key that holds it.
        address: where the model is served.
        timeout: seconds they may take.

    """
    outcome = processes.run(
        project_command(
            words_of(command, key),
            environments.project(),
            cwd=project,
            name=key.partition(".")[0],
            environment={"TRAINSTOP_ENDPOINT": address},
            timeout=timeout,
        )
    )
    if outcome.ok:
        return Check(name="own tests", status=CheckStatus.PASSED, reason=command)
    why = "no test was collected" if outcome.exit_code == NO_TESTS else outcome.ending
    return Check(name="own tests", status=CheckStatus.FAILED, reason=f"{why}; {outcome.log} ends:\n{outcome.tail}")
