"""Deployment targets: one small interface over anything that serves a model."""

from dataclasses import dataclass
from typing import Protocol

from trainstop.bundles import Bundle


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether a prepared version can take requests."""

    ready: bool
    reason: str = ""
    hopeless: bool = False
    """Whether waiting longer will not help."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one version's requests looked like since its traffic last changed."""

    requests: int
    errors: int
    """Requests that got no answer, or one that says the server failed (5xx)."""
    refused: int = 0
    """Requests that were refused (4xx). MLflow refuses what makes the model raise, so a model can be to blame."""
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Current:
    """What a target serves now, by its own knowledge: true with the registry down."""

    traffic: dict[int, int]
    """Percent of the traffic by version number; empty when nothing passes requests on."""
    serving: int | None
    """The committed version."""
    last_good: int | None
    """The version to go back to: the one committed before it, unless that one was gone back from."""
    endpoint: str
    """Address of the live endpoint, empty when there is none."""
    prepared: tuple[int, ...] = ()
    """Versions made ready, with or without traffic, and not taken away."""

    told: bool = True
    """Whether the target tells its traffic; where it does not, all of it is taken to be the committed version's."""

    def serves_alone(self, version: int | None) -> bool:
        """Say whether a version is the committed one and gets every request."""
        shares = {number: percent for number, percent in self.traffic.items() if percent}
        return self.serving == version and shares == {version: 100}


class Target(Protocol):
    """One environment's target. Every method may be called again after a kill in its middle.

    Raises (all methods): UnavailableError when the target does not answer; TimeLimitError.
    """

    def prepare(self, version: int, bundle: Bundle) -> None:
        """Make a version ready to take requests, without any traffic yet."""

    def health(self, version: int) -> Health:
        """Say whether a prepared version answers."""

    def address(self, version: int) -> str:
        """Return an address that reaches this version alone, for golden predictions; empty when there is none."""

    def shift(self, version: int, percent: int) -> None:
        """Send `percent` of the traffic to `version`, the rest to the committed one."""

    def observe(self, version: int) -> Observation:
        """Return what was seen of a version since its traffic last changed."""

    def commit(self, version: int) -> None:
        """Make `version` the committed one, with all traffic; the one before becomes the last good.

        The last good version may be committed without being prepared: that is how one goes back.
        """

    def abort(self, version: int) -> None:
        """Take all traffic from `version` and remove it; the committed one serves alone."""

    def current(self) -> Current:
        """Return what is served now."""

    def stop(self) -> None:
        """End everything that runs for this environment."""
