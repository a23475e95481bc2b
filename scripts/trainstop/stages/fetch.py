"""`fetch`: the inference log and late labels, brought here by a command of the project's, for `monitor`."""

from collections.abc import Sequence
from pathlib import Path

from trainstop.commands import project_command, words_of
from trainstop.job import Job
from trainstop.project_files import tables
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.watching import FetchPart
from trainstop.training import explaining
from trainstop.watching.stretches import earliest, moment_of

KEY = "monitor.fetch"


def run(job: Job, *, environment: str | None = None, as_of: str | None = None) -> Result[FetchPart]:
    """Run `monitor.fetch`, and say what is there afterwards.

    Args:
        job: what every stage is given.
        environment: `monitor.environment` when left out.
        as_of: ISO 8601; now when left out.

    Raises:
        ConfigurationError: the command cannot be read, `as_of` is no time, there is no such environment, or nothing
            says what the project needs.
        ProjectCodeError: the command failed.
        TimeLimitError: it took too long.
        UnavailableError: the project's environment cannot be made.

    """
    section, project = job.config.monitor, job.workspace.project
    if not section.fetch:
        reason = f"`{KEY}` names no command: log and labels are where they are"
        return conclude([Check(name="command", status=CheckStatus.SKIPPED, reason=reason)], reason=reason)
    if environment and environment != section.environment:
        job.config.environment(environment)
    until = moment_of(as_of, job.ports.clock.now())
    since = earliest(job.config, until)
    said = {
        "TRAINSTOP_SINCE": since.isoformat(timespec="seconds"),
        "TRAINSTOP_UNTIL": until.isoformat(timespec="seconds"),
        "TRAINSTOP_ENVIRONMENT": environment or section.environment,
    }
    command = project_command(
        words_of(section.fetch, f"key `{KEY}`"),
        job.ports.environments.project(),
        cwd=project,
        name="fetch",
        environment=said,
        secrets=section.secrets,
        timeout=section.fetch_timeout,
    )
    job.ports.progress.note(f"fetching from {said['TRAINSTOP_SINCE']} to {said['TRAINSTOP_UNTIL']}: {section.fetch}")
    outcome = job.ports.processes.run(command)
    if not outcome.ok:
        raise explaining.failed("fetching failed", outcome, key=KEY, limit="monitor.fetch-timeout")
    log, labels = (tables(project, globs) for globs in ((section.log,) if section.log else (), section.labels))
    part = FetchPart(
        environment=said["TRAINSTOP_ENVIRONMENT"],
        since=since,
        until=until,
        log_files=len(log),
        label_files=len(labels),
    )
    checks = [
        Check(name="command", status=CheckStatus.PASSED, reason=outcome.ending),
        *([_found("log", "monitor.log", log)] if section.log else []),
        *([_found("labels", "monitor.labels", labels)] if section.labels else []),
    ]
    return conclude(checks, part)


def _found(name: str, key: str, files: Sequence[Path]) -> Check:
    """Say what a key's globs match now, as `monitor` reads it. That nothing was logged is for `monitor` to judge."""
    if files:
        return Check(name=name, status=CheckStatus.PASSED, value=len(files), reason=f"files that `{key}` matches")
    return Check(name=name, status=CheckStatus.WARNED, value=0, reason=f"no file matches `{key}`")
