"""The real adapters behind the ports, each made when first asked for: a verb starts no more than it uses."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, cast

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.runner import Runner
from trainstop.adapters.secrecy import Discreet, DiscreetForge, DiscreetLinter, DiscreetRegistry, Secrecy
from trainstop.errors import ConfigurationError, MachineBoundError, NoCredentialError
from trainstop.extras import require
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
from trainstop.report.screen import SENTENCE, plain
from trainstop.settings import Settings
from trainstop.workspace import Workspace

if TYPE_CHECKING:
    from trainstop.adapters.model_scripts import ModelScripts
    from trainstop.config import Config
    from trainstop.config.delivery import EnvironmentSection

LOST = {
    "github-hosted": "a hosted runner's machine ends with the job",
    # `git clean -ffdx`, whatever git overlooks; and whoever carries the job's RUNNER_TRACKING_ID is ended after it.
    "self-hosted": "a job's checkout empties its folder for the next one, and the runner ends what a job left running",
}
"""By the kind of runner, why what a job keeps on the machine is lost."""


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
            self._refuse_in_job("the embedded registry", "set MLFLOW_TRACKING_URI to a server that outlives the job")
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

    def target(self, environment: str, *, within: float | None = None) -> Target:
        """Return the target of an environment, the same one each time that no time is named."""
        if within is not None:
            section = self._config.environment(environment)
            self._refuse_without(section.secrets, f"environments.{environment}.secrets")
            hasty = section.model_copy(update={"start_timeout": min(within, section.start_timeout)})
            return self._open_target(environment, hasty, only_asked=True)
        if environment not in self._targets:
            self._targets[environment] = self._open_target(environment, self._config.environment(environment))
        return self._targets[environment]

    def _open_target(self, environment: str, section: "EnvironmentSection", *, only_asked: bool = False) -> Target:
        """Open a target."""
        if section.target == "local":
            self._refuse_in_job("the `local` target", f"set environments.{environment}.target")
        from trainstop.adapters.targets import open_target

        return open_target(
            environment,
            section,
            self._workspace,
            self.processes,
            self.environments,
            self.clock,
            self.progress,
            only_asked=only_asked,
        )

    def _refuse_without(self, secrets: Sequence[str], where: str) -> None:
        """Refuse to ask without the credentials that asking takes: the answer would be about them alone."""
        lacking = [name for name in secrets if not any(fnmatchcase(known, name) for known in self._settings.environ)]
        if lacking:
            raise NoCredentialError(
                f"{', '.join(lacking)} is not set here", where=where, fix="give it to the step, if it shall be asked"
            )

    def _refuse_in_job(self, what: str, fix: str) -> None:
        """Refuse what would be gone with the job."""
        if self._settings.runner:
            why = LOST.get(self._settings.runner, LOST["github-hosted"])
            raise MachineBoundError(
                f"{what} lives on this machine, and {why}", where=f"a {self._settings.runner} runner", fix=fix
            )
