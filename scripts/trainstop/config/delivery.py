"""Configuration of the registry and of everything that is deployed."""

from typing import Literal

from pydantic import Field

from trainstop.config.base import Seconds, Section


class RegistrySection(Section):
    """Where versions are kept."""

    uri: str = ""
    """MLflow tracking server; `MLFLOW_TRACKING_URI` wins. With neither: MLflow on SQLite under `.trainstop`."""
    timeout: Seconds = Field(default=20.0, ge=1)
    """How long the registry may be silent before a stage gives up."""


class LoadSection(Section):
    """A stated load, and what must hold under it."""

    duration: Seconds = 5.0
    """How long requests are sent."""
    rate: float = Field(default=10.0, gt=0, le=1000)
    """Requests a second."""
    p50: Seconds | None = None
    """Longest median answer time."""
    p95: Seconds | None = None
    """Longest answer time of 95 of 100 requests."""
    p99: Seconds | None = None
    """Longest answer time of 99 of 100 requests."""
    errors: float = Field(default=0.0, ge=0, le=1)
    """Largest share of requests that may fail."""


class IntegrationTestSection(Section):
    """The registered artifact with what is around it, before any deployment."""

    tests: str = ""
    """The project's own tests against the served model, as a command; gets its address in `TRAINSTOP_ENDPOINT`."""
    timeout: Seconds = 300.0
    """How long the server may take until it answers, and then the project's tests; each has this long."""


class StagingTestSection(Section):
    """End to end against the live staging deployment."""

    load: LoadSection = LoadSection()
    tests: str = ""
    """The project's own tests against the live endpoint; gets `TRAINSTOP_ENDPOINT`."""
    timeout: Seconds = 300.0
    """How long the project's tests may take."""


class EnvironmentSection(Section):
    """One place where the model is deployed."""

    target: str = "local"
    """What deploys there: `local`, `command`, or a plug-in's name."""
    strategy: Literal["all-at-once", "blue-green", "canary"] = "blue-green"
    """How traffic moves from the old version to the new one."""
    steps: tuple[int, ...] = (10, 50)
    """Canary: percent of the traffic at each step."""
    pause: Seconds = 10.0
    """Canary: how long each step is watched at least."""
    patience: Seconds = 120.0
    """Canary: how long a step waits for `minimum-requests` before it ends without evidence."""
    minimum_requests: int = Field(default=20, ge=1)
    """Canary: fewer requests than this in a step are no evidence, and nothing is promoted."""
    maximum_error_rate: float = Field(default=0.01, ge=0, le=1)
    """Canary: largest share of failed requests, and how much larger a share than the old version it may refuse."""
    host: str = "127.0.0.1"
    """`local`: address to listen on."""
    port: int = Field(default=0, ge=0, le=65535)
    """`local`: port of the endpoint; when 0 any free one, kept from then on while nobody else has it."""
    lifetime: Seconds = 12 * 3600.0
    """`local`: the processes end by themselves after this long without a verb that touched them."""
    start_timeout: Seconds = 120.0
    """How long a version may take until it is healthy."""
    log: bool = True
    """`local`: whether requests and answers are written to the inference log."""
    commands: dict[Literal["prepare", "shift", "health", "observe", "commit", "abort", "current", "stop"], str] = {}
    """`command`: the project's own command for each step."""
    secrets: tuple[str, ...] = ()
    """`command`: names of environment variables its commands are given; every other secret is withheld."""
