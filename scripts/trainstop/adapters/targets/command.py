"""The `command` target: the project's own command for each step, for anything in the world that serves a model.

A command is told what to do by `TRAINSTOP_ENVIRONMENT`, `TRAINSTOP_VERSION`, `TRAINSTOP_BUNDLE` (the verified copy's
folder) and `TRAINSTOP_PERCENT`. `current`, `health` and `observe` print one JSON object, last.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, ValidationError

from trainstop import files
from trainstop.bundles import Bundle
from trainstop.commands import words_of
from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import ConfigurationError, ProjectCodeError, TimeLimitError
from trainstop.ports.clock import Clock
from trainstop.ports.environments import Environments
from trainstop.ports.processes import Command, Outcome, Processes
from trainstop.ports.progress import Progress
from trainstop.ports.targets import Current, Health, Observation
from trainstop.workspace import Workspace

Step = Literal["prepare", "shift", "health", "observe", "commit", "abort", "current", "stop"]
ALWAYS: tuple[Step, ...] = ("commit", "abort", "current")
NEEDED: dict[str, tuple[Step, ...]] = {
    "all-at-once": ALWAYS,
    "blue-green": (*ALWAYS, "shift"),
    "canary": (*ALWAYS, "shift", "observe"),
}


class Said(BaseModel):
    """Base of what a command prints."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SaidHealth(Said):
    """What `health` prints."""

    ready: bool
    reason: str = ""
    address: str = ""
    """Where this version alone is reached, for golden predictions."""


class SaidObservation(Said):
    """What `observe` prints: counts since the traffic last changed."""

    requests: NonNegativeInt
    errors: NonNegativeInt
    refused: NonNegativeInt = 0
    p50_seconds: NonNegativeFloat | None = None
    p95_seconds: NonNegativeFloat | None = None
    p99_seconds: NonNegativeFloat | None = None


class SaidCurrent(Said):
    """What `current` prints."""

    serving: int | None
    traffic: dict[int, int] | None = None
    """Percent by version; left out where what deploys cannot tell."""
    last_good: int | None = None
    endpoint: str = ""
    prepared: tuple[int, ...] = ()

    def current(self) -> Current:
        """Return it in the port's words."""
        whole = {} if self.serving is None else {self.serving: 100}
        told = self.traffic is not None
        return Current(**{**self.model_dump(), "traffic": self.traffic if told else whole, "told": told})


S = TypeVar("S", bound=Said)


class CommandTarget:
    """Fulfils `ports.targets.Target`."""

    def __init__(
        self,
        environment: str,
        section: EnvironmentSection,
        workspace: Workspace,
        processes: Processes,
        environments: Environments,
        clock: Clock,
        progress: Progress,
    ) -> None:
        """Check that the strategy's commands are there.

        Raises:
            ConfigurationError: one is missing.

        """
        del environments, clock
        missing = [step for step in NEEDED[section.strategy] if not section.commands.get(step)]
        if missing:
            raise ConfigurationError(
                f"`command` with strategy `{section.strategy}` needs commands for {', '.join(missing)}",
                where=f"environments.{environment}.commands",
                fix="add them; docs/targets.md says what each has to do",
            )
        self._environment = environment
        self._section = section
        self._workspace = workspace
        self._processes = processes
        self._progress = progress

    def prepare(self, version: int, bundle: Bundle) -> None:
        """Run `prepare`, and remember where the bundle lies."""
        known = {**self._bundles(), str(version): str(bundle.root.resolve())}
        files.write_text(self._memory, json.dumps(known, indent=1))
        self._act("prepare", version)

    def health(self, version: int) -> Health:
        """Run `health`; a version without that command is ready, one whose command fails is not."""
        outcome = self._run("health", version)
        if outcome is None:
            return Health(ready=True)
        if not outcome.ok:
            return Health(ready=False, reason=outcome.tail or outcome.ending)
        said = self._read("health", outcome, SaidHealth)
        return Health(ready=said.ready, reason=said.reason)

    def address(self, version: int) -> str:
        """Return the address that `health` printed."""
        outcome = self._run("health", version)
        return self._read("health", outcome, SaidHealth).address if outcome is not None and outcome.ok else ""

    def shift(self, version: int, percent: int) -> None:
        """Run `shift`."""
        self._act("shift", version, {"TRAINSTOP_PERCENT": str(percent)})

    def observe(self, version: int) -> Observation:
        """Run `observe`."""
        outcome = self._checked("observe", self._run("observe", version))
        if outcome is None:
            return Observation(requests=0, errors=0)
        return Observation(**self._read("observe", outcome, SaidObservation).model_dump())

    def commit(self, version: int) -> None:
        """Run `commit`."""
        self._act("commit", version)

    def abort(self, version: int) -> None:
        """Run `abort`."""
        self._act("abort", version)

    def current(self) -> Current:
        """Run `current`."""
        outcome = self._checked("current", self._run("current", None))
        if outcome is None:  # checked when the target was made
            raise ConfigurationError("there is no command `current`", where="environments", fix="add it")
        return self._read("current", outcome, SaidCurrent).current()

    def stop(self) -> None:
        """Run `stop`, where there is one."""
        self._act("stop", None)

    def _act(self, step: Step, version: int | None, environment: Mapping[str, str] | None = None) -> None:
        self._checked(step, self._run(step, version, environment))

    def _run(self, step: Step, version: int | None, environment: Mapping[str, str] | None = None) -> Outcome | None:
        """Run a step's command; None when there is none."""
        text = self._section.commands.get(step, "")
        if not text:
            return None
        variables = {"TRAINSTOP_ENVIRONMENT": self._environment, **(environment or {})}
        if version is not None:
            bundle = self._bundles().get(str(version), "")
            variables |= {"TRAINSTOP_VERSION": str(version), "TRAINSTOP_BUNDLE": bundle}
        outcome = self._processes.run(
            Command(
                argv=words_of(text, f"environments.{self._environment}.commands.{step}"),
                cwd=self._workspace.project,
                name=f"{self._environment}-{step}",
                environment=variables,
                secrets=self._section.secrets,
                timeout=self._section.start_timeout,
            )
        )
        if outcome.timed_out:
            raise TimeLimitError(
                f"the command for `{step}` {outcome.ending}",
                where=f"environments.{self._environment}.commands.{step}; {outcome.log}",
                fix=f"find out why, or raise environments.{self._environment}.start-timeout",
            )
        return outcome

    def _checked(self, step: Step, outcome: Outcome | None) -> Outcome | None:
        """Return an outcome that went well.

        Raises:
            ProjectCodeError: it did not.

        """
        if outcome is not None and not outcome.ok:
            raise ProjectCodeError(
                f"the command for `{step}` failed: {outcome.ending}",
                where=f"environments.{self._environment}.commands.{step}; {outcome.log}, which ends:\n{outcome.tail}",
                fix="correct the command, or what it reaches",
            )
        return outcome

    def _read(self, step: Step, outcome: Outcome, kind: type[S]) -> S:
        """Read what a command printed.

        Raises:
            ProjectCodeError: it is not what the step needs.

        """
        try:
            return kind.model_validate(last_object(outcome.tail))
        except (ValueError, ValidationError) as error:
            raise ProjectCodeError(
                f"the command for `{step}` did not print what is needed: {str(error).splitlines()[0]}",
                where=f"environments.{self._environment}.commands.{step}; {outcome.log}, which ends:\n{outcome.tail}",
                fix=f"print one JSON object with {', '.join(kind.model_fields)}",
            ) from error

    @property
    def _memory(self) -> Path:
        return self._workspace.target(self._environment) / "bundles.json"

    def _bundles(self) -> dict[str, str]:
        """Return where the bundles of prepared versions lie."""
        try:
            return {str(version): str(folder) for version, folder in json.loads(self._memory.read_bytes()).items()}
        except (OSError, ValueError):
            return {}


def last_object(text: str) -> Any:
    """Return the JSON object that a text ends with.

    Raises:
        ValueError: it ends with none.

    """
    lines = text.strip().splitlines()
    for start in range(len(lines) - 1, -1, -1):
        if lines[start].lstrip().startswith("{"):
            try:
                return json.loads("\n".join(lines[start:]))
            except ValueError:
                continue
    raise ValueError("there is no JSON object at the end")
