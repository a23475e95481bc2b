"""From a verb's name to a stamped record: configuration, adapters, stage. The only module that knows them all."""

import importlib
import importlib.util
import inspect
import platform
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trainstop import __version__, digests, files, verbs
from trainstop.adapters.clock import SystemClock
from trainstop.adapters.runner import Runner
from trainstop.adapters.secrecy import Discreet, DiscreetForge, DiscreetLinter, DiscreetRegistry, Secrecy, values_of
from trainstop.config import load
from trainstop.config.load import config_file
from trainstop.errors import ConfigurationError, InternalError, MachineBoundError, MissingExtraError, TrainstopError
from trainstop.job import Job, Run
from trainstop.ports import (
    Clock,
    EndpointClient,
    Environments,
    Forge,
    Inbox,
    Linter,
    ModelServers,
    OwnMetrics,
    Prober,
    Processes,
    Progress,
    Registry,
    Scorer,
    Target,
)
from trainstop.records import Failure, Provenance, Record, Result, Results, Status
from trainstop.report.annotations import annotations
from trainstop.report.outputs import outputs
from trainstop.report.screen import SENTENCE, plain
from trainstop.settings import Settings
from trainstop.workspace import Workspace

if TYPE_CHECKING:
    from trainstop.adapters.model_scripts import ModelScripts
    from trainstop.config import Config

EXTRA_PROBES = {
    "lint": "bandit",
    "environments": "uv",
    "evaluation": "duckdb",
    "registry": "mlflow",
    "serving": "aiohttp",
    "github": "github",
}
"""A module of each dependency group, to tell whether the group is installed."""


@dataclass(frozen=True)
class Request:
    """What a person or a workflow asked for."""

    config: Path
    settings: Settings
    overrides: tuple[str, ...] = ()


class LivePorts:
    """The real adapters, each made when first asked for."""

    def __init__(
        self,
        config: "Config",
        workspace: Workspace,
        settings: Settings,
        progress: Progress,
        runner: Runner,
        secrecy: Secrecy,
    ) -> None:
        self._config = config
        self._workspace = workspace
        self._settings = settings
        self._runner = runner
        self._secrecy = secrecy
        self.progress: Progress = Discreet(progress, secrecy, lambda text: plain(text, SENTENCE))
        self.clock: Clock = SystemClock()
        self._targets: dict[str, Target] = {}

    @cached_property
    def processes(self) -> Processes:
        """Child processes."""
        from trainstop.adapters.processes import ChildProcesses

        return ChildProcesses(self._settings.environ, self._workspace.logs, progress=self.progress)

    @cached_property
    def environments(self) -> Environments:
        """Python environments, made by uv."""
        from trainstop.adapters.environments import UvEnvironments

        return UvEnvironments(self._config, self._workspace, self.processes, progress=self.progress)

    @cached_property
    def linters(self) -> Mapping[str, Linter]:
        """The tools of `lint`, each a child process."""
        from trainstop.adapters.linters import open_linters

        linters = open_linters(self._config, self._workspace, self.processes)
        return {name: DiscreetLinter(linter, self._secrecy) for name, linter in linters.items()}

    @cached_property
    def _scripts(self) -> "ModelScripts":
        """What runs project-side scripts on a model."""
        from trainstop.adapters.model_scripts import ModelScripts

        return ModelScripts(self._config, self._workspace, self.processes, self.environments, self.progress)

    @cached_property
    def scorer(self) -> Scorer:
        """Models asked by a project-side script."""
        from trainstop.adapters.scoring import ProjectScorer

        return ProjectScorer(self._scripts)

    @cached_property
    def own_metrics(self) -> OwnMetrics:
        """Metrics of the project's own, by a project-side script."""
        from trainstop.adapters.own_metrics import ProjectMetrics

        return ProjectMetrics(self._workspace, self.processes, self.environments, self.progress)

    @cached_property
    def prober(self) -> Prober:
        """Models examined by a project-side script."""
        from trainstop.adapters.probing import ModelProber

        return ModelProber(self._scripts)

    @cached_property
    def servers(self) -> ModelServers:
        """Single model servers."""
        from trainstop.adapters.serving import UvicornServers

        return UvicornServers(self._workspace, self._settings.environ)

    @cached_property
    def endpoints(self) -> EndpointClient:
        """HTTP."""
        from trainstop.adapters.endpoints import HttpEndpoints

        return HttpEndpoints()

    @cached_property
    def registry(self) -> Registry:
        """MLflow: a server where one is named, else SQLite in the workspace."""
        from trainstop.adapters.mlflow import address, open_registry

        environ, job = self._settings.environ, self._settings.github_actions
        uri = address.choose(self._config.registry.uri, environ, job=job)
        if not uri:
            self._refuse_on_hosted_runner(
                "the embedded registry", "set MLFLOW_TRACKING_URI to a server that outlives the job"
            )
        opened = open_registry(uri, self._workspace, self.clock, self._config.registry.timeout, environ, job=job)
        return cast("Registry", DiscreetRegistry(opened, self._secrecy))

    @cached_property
    def forge(self) -> Forge:
        """GitHub in a job that has a token, else the outbox; what is secret gets to neither."""
        return DiscreetForge(self._open_forge(), self._secrecy)

    @cached_property
    def inbox(self) -> Inbox:
        """What the run that has ended left on GitHub."""
        if not self._settings.on_github:
            raise ConfigurationError(
                "only a job of GitHub Actions can receive what a run left",
                where="GITHUB_ACTIONS, GITHUB_TOKEN",
                fix="give the step GITHUB_TOKEN: ${{ github.token }}, in a workflow with `on: workflow_run`",
            )
        require(("github",), "GitHub")
        from trainstop.adapters.github import GitHubInbox

        return GitHubInbox.of(self._settings, self.clock, self.progress)

    def _open_forge(self) -> Forge:
        """Open the forge itself."""
        if self._settings.on_github:
            require(("github",), "GitHub")
            from trainstop.adapters.github import GitHubForge

            return GitHubForge(self._settings, self.clock, self._runner, self.progress)
        from trainstop.adapters.outbox import OutboxForge

        return OutboxForge(self._workspace.outbox, self.clock, self._runner)

    def target(self, environment: str) -> Target:
        """Return the target of an environment, the same one each time."""
        if environment not in self._targets:
            section = self._config.environments.get(environment)
            if section is None:
                raise ConfigurationError(
                    f"there is no environment `{environment}`",
                    where="--environment",
                    fix=f"one of {', '.join(sorted(self._config.environments))}, or add [environments.{environment}]",
                )
            if section.target == "local":
                self._refuse_on_hosted_runner("the `local` target", f"set environments.{environment}.target")
            from trainstop.adapters.targets import open_target

            self._targets[environment] = open_target(
                environment, section, self._workspace, self.processes, self.environments, self.clock, self.progress
            )
        return self._targets[environment]

    def _refuse_on_hosted_runner(self, what: str, fix: str) -> None:
        """Refuse what would die with the machine."""
        if self._settings.hosted_runner:
            raise MachineBoundError(
                f"{what} lives on this machine, and a hosted runner's machine ends with the job",
                where="a GitHub-hosted runner",
                fix=fix,
            )


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
    except TrainstopError as error:
        told = secrecy.error(error)
        told.record = stamp(Result(status=Status.FAILED, reason=error.what), error)
        publish(runner, results, told.record)
        raise told from error
    except Exception as error:
        bug = unforeseen(error, verb, workspace, secrecy)
        bug.record = stamp(Result(status=Status.FAILED, reason=bug.what), bug)
        publish(runner, results, bug.record)
        raise bug from error
    publish(runner, results, record)
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
        ConfigurationError: something did.

    """
    from trainstop.adapters.git import require_own

    workspace = Workspace(project)
    if settings.github_actions:
        try:
            require_own(workspace.root)
        except ConfigurationError as error:
            raise secrecy.error(error) from error
    workspace.create()
    return workspace


def subject_of(verb: verbs.Verb, options: Mapping[str, Any], config: "Config", secrecy: Secrecy) -> str:
    """Return what tells the verb's records apart: an environment of the configuration, which is safe in a file's name.

    Raises:
        ConfigurationError: there is no such environment.

    """
    subject = str(options.get(verb.subject) or "") if verb.subject else ""
    if subject and subject not in config.environments:
        raise ConfigurationError(
            secrecy.text(f"there is no environment `{subject[:200]}`"),
            where=f"--{verb.subject}",
            fix=f"one of {', '.join(sorted(config.environments))}, or add it to the configuration",
        )
    return subject


def publish(runner: Runner, results: Results, record: Record[Any]) -> None:
    """Write a record, and tell the step we run in (if we run in one) its outputs and annotations."""
    path = results.write(record)
    runner.set_outputs(outputs(record, path=path.as_posix(), digest=digests.of_file(path)))
    runner.annotate(annotations(record))


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
    """Keep a bug's traceback in a file, and say where."""
    crash = workspace.logs / f"crash-{verb.name}.txt"
    trace = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace").decode()
    files.write_text(crash, secrecy.text(trace))
    return InternalError(
        secrecy.text(f"a bug in trainstop: {type(error).__name__}: {error}".splitlines()[0]),
        where=str(crash),
        fix="report it with that file; other verbs may still work",
    )


def accepted(run: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a stage takes; a verb without options takes none."""
    names = inspect.signature(run).parameters
    return {name: value for name, value in options.items() if name in names}


def check_extras(verb: verbs.Verb) -> None:
    """Look whether the verb's dependency groups are installed, before it half works.

    Raises:
        MissingExtraError: one is not.

    """
    require(verb.extras, f"`trainstop {verb.name}`")


def require(extras: tuple[str, ...], who: str) -> None:
    """Look whether dependency groups are installed.

    Raises:
        MissingExtraError: one is not.

    """
    missing = [extra for extra in extras if importlib.util.find_spec(EXTRA_PROBES[extra]) is None]
    if missing:
        raise MissingExtraError(
            f"{who} needs the dependency group {' and '.join(missing)}",
            where="the environment that trainstop is installed in",
            fix=f'install "trainstop[{",".join(missing)}]"',
        )


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
