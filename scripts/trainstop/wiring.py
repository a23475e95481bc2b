"""From a verb's name to a stamped record: configuration, ports, stage, and whatever went wrong on the way."""

import importlib
import inspect
import platform
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainstop import __version__, digests, files, verbs
from trainstop.adapters.runner import Runner
from trainstop.adapters.secrecy import Secrecy, values_of
from trainstop.config import load
from trainstop.config.load import config_file
from trainstop.errors import ConfigurationError, InternalError, TrainstopError, foreseen, out_of_room
from trainstop.extras import check_extras
from trainstop.job import Job, Run
from trainstop.live_ports import LivePorts
from trainstop.ports import Progress
from trainstop.records import Failure, Provenance, Record, Result, Results, Status
from trainstop.report.annotations import annotations
from trainstop.report.outputs import outputs
from trainstop.request import Request
from trainstop.settings import Settings
from trainstop.workspace import Workspace

if TYPE_CHECKING:
    from trainstop.config import Config


def perform(request: Request, verb: verbs.Verb, options: Mapping[str, Any], progress: Progress) -> Record[Any]:
    """Run one verb to its record, which is written before anything is returned or raised.

    Raises:
        TrainstopError: the stage could not reach a verdict; the record says so too.

    """
    config, secrecy = configured(request)
    project = folder_of(request.config)
    workspace = opened(project, request.settings, secrecy)
    results = Results(workspace.results)
    runner = Runner.from_settings(request.settings, sys.stderr)
    ports = LivePorts(config, workspace, request.settings, progress, runner, secrecy)
    origin, run = secrecy.model(provenance_of(request.settings, project)), run_of(request.settings, project)
    run = replace(run, owner=secrecy.text(run.owner), workflow=secrecy.text(run.workflow))
    job = Job(config, workspace, results, ports, origin, run, secrecy.model, secrecy.text)
    subject = subject_of(verb, options, config, secrecy)
    results.forget(verb.name, subject)
    started_at, start = ports.clock.now(), ports.clock.monotonic()

    def stamp(result: Result[Any], error: TrainstopError | None = None) -> Record[Any]:
        part_type = type(result.part) if result.part is not None else Any
        record = Record[part_type](  # type: ignore[valid-type]  # the part's own class, known at run time
            **{name: getattr(result, name) for name in Result.model_fields},
            stage=verb.name,
            subject=subject,
            trainstop=__version__,
            provenance=job.provenance,
            started_at=started_at,
            duration_seconds=round(ports.clock.monotonic() - start, 3),
            error=failure_of(error) if error else None,
        )
        return secrecy.model(record)

    try:
        check_extras(verb)
        stage = importlib.import_module(verb.module)
        record = stamp(stage.run(job, **accepted(stage.run, options)))
        publish(runner, results, record)
    except Exception as error:
        known = foreseen(error) or unforeseen(error, verb, workspace, secrecy)
        told = secrecy.error(known)
        told.record = stamp(Result(status=Status.FAILED, reason=known.what), known)
        publish_failure(runner, results, told)
        raise told from error
    return record


def folder_of(config: Path) -> Path:
    """Return the project's folder.

    Raises:
        ConfigurationError: its name is no text, which neither a record nor MLflow could hold.

    """
    project = config_file(config).resolve().parent
    shown = str(project).encode("utf-8", "replace").decode()
    if shown != str(project):
        raise ConfigurationError(
            "the name of the project's folder is not valid UTF-8", where=shown, fix="rename the folder"
        )
    return project


def opened(project: Path, settings: Settings, secrecy: Secrecy) -> Workspace:
    """Make the project's workspace; in a job, only where nothing came with the checkout.

    Raises:
        ConfigurationError: something did, or there is no room of its own to make.

    """
    from trainstop.adapters.git import require_own

    workspace = Workspace(project)
    try:
        if settings.github_actions:
            require_own(workspace.root)
        workspace.create()
    except ConfigurationError as error:
        raise secrecy.error(error) from error
    return workspace


def subject_of(verb: verbs.Verb, options: Mapping[str, Any], config: "Config", secrecy: Secrecy) -> str:
    """Return what tells the verb's records apart: an environment of the configuration, which is safe in a file's name.

    Raises:
        ConfigurationError: there is no such environment.

    """
    subject = str(options.get(verb.subject) or "") if verb.subject else ""
    try:
        if subject:
            config.environment(subject)
    except ConfigurationError as error:
        raise secrecy.error(error) from error
    return subject


def publish(runner: Runner, results: Results, record: Record[Any]) -> None:
    """Write a record, and tell the step we run in (if we run in one) its outputs and annotations."""
    path = results.write(record)
    runner.set_outputs(outputs(record, path=path.as_posix(), digest=digests.of_file(path)))
    runner.annotate(annotations(record))


def publish_failure(runner: Runner, results: Results, error: TrainstopError) -> None:
    """Publish the record of an error. Where that cannot be done, the error says so too; an older record never stays."""
    try:
        results.forget(error.record.stage, error.record.subject)  # which takes no room
        publish(runner, results, error.record)
    except OSError as trouble:
        full = out_of_room(trouble)
        why = full.what if full else f"{trouble.strerror}"
        if why not in error.what:
            error.what = f"{error.what} (and it could not be written down: {why})"


def configured(request: Request) -> tuple["Config", Secrecy]:
    """Read the configuration, and learn what is secret in this run.

    Raises:
        ConfigurationError: as `load` says, without any secret of the environment.

    """
    environ = request.settings.environ
    try:
        config = load(request.config, environ=environ, settings=request.overrides)
    except ConfigurationError as error:
        raise Secrecy(values_of(environ)).error(error) from error
    return config, Secrecy(values_of(environ, config))


def unforeseen(error: Exception, verb: verbs.Verb, workspace: Workspace, secrecy: Secrecy) -> InternalError:
    """Keep a bug's traceback in a file, and say where; without room for it, say what there is to say."""
    crash = workspace.logs / f"crash-{verb.name}.txt"
    trace = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace").decode()
    what = secrecy.text(f"a bug in trainstop: {type(error).__name__}: {error}".splitlines()[0])
    try:
        files.write_text(crash, secrecy.text(trace))
    except OSError as trouble:
        fix = f"its traceback could not be kept ({trouble.strerror}): put that right, run it again, and report it"
        return InternalError(what, where=str(crash), fix=fix)
    return InternalError(what, where=str(crash), fix="report it with that file; other verbs may still work")


def accepted(run: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a stage takes; a verb without options takes none."""
    names = inspect.signature(run).parameters
    return {name: value for name, value in options.items() if name in names}


def failure_of(error: TrainstopError) -> Failure:
    """Put an error's parts into a record."""
    return Failure(
        kind=type(error).__name__, what=error.what, where=error.where, fix=error.fix, exit_code=error.exit_code
    )


def provenance_of(settings: Settings, project: Path) -> Provenance:
    """Say where and for whom this run happens."""
    from trainstop.adapters.git import provenance

    return provenance(settings, project)


def run_of(settings: Settings, project: Path) -> Run:
    """Say which run this is. At a machine it is the person and the folder: its locks keep two verbs apart there."""
    if not (settings.github_actions and settings.run):
        folder = digests.short(digests.of_value(str(project)), 8)
        return Run(owner=f"{settings.actor or 'somebody'} on {platform.node() or 'a machine'} ({folder})")
    return Run(
        owner=f"run {settings.run} of {settings.repository}",
        workflow=f"{settings.repository} {settings.workflow}",
        number=settings.run_number,
        attempt=max(1, settings.attempt),
        fleeting=True,
    )
