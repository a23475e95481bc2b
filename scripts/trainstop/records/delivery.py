"""What the verbs hand on that register, deploy, promote and roll back."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import FiniteFloat

from trainstop.records.base import Frozen, Part


class RegisterPart(Part):
    """One registered version."""

    stage: ClassVar[str] = "register"
    model_name: str
    model_version: int
    key: str
    created: bool
    """False when the version was there already."""
    delivered: bool = False
    """Whether it is the champion already, so that nothing is left to deliver."""
    manifest: str


class LoadResult(Frozen):
    """What a stated load came to."""

    requests: int
    errors: int
    seconds: FiniteFloat
    p50_seconds: FiniteFloat | None = None
    p95_seconds: FiniteFloat | None = None
    p99_seconds: FiniteFloat | None = None


class IntegrationTestPart(Part):
    """The registered artifact, installed and served in a clean place."""

    stage: ClassVar[str] = "integration-test"
    model_version: int
    install_seconds: FiniteFloat | None = None
    start_seconds: FiniteFloat | None = None


class Step(Frozen):
    """One step of a deployment, and what was seen of the new version in it."""

    percent: int
    requests: int = 0
    errors: int = 0
    refused: int = 0
    seconds: FiniteFloat = 0.0
    p95_seconds: FiniteFloat | None = None
    verdict: Literal["went on", "stopped"] = "went on"
    reason: str = ""


class DeployPart(Part):
    """A version put on an environment's target. The record's subject is the environment."""

    stage: ClassVar[str] = "deploy"
    environment: str
    model_version: int
    previous_version: int | None = None
    strategy: str
    endpoint: str = ""
    steps: tuple[Step, ...] = ()


class StagingTestPart(Part):
    """The live staging endpoint under test."""

    stage: ClassVar[str] = "staging-test"
    environment: str
    model_version: int
    load: LoadResult | None = None


class PreflightPart(Part):
    """What protects the environment that is deployed to next. The record's subject is the environment."""

    stage: ClassVar[str] = "preflight"
    environment: str
    github_environment: str
    reviewers: tuple[str, ...] = ()
    branches: str = ""
    """`any`, `protected`, or the names of those that may deploy."""
    unprotected: bool = False
    """Whether it went on without protection, since somebody typed `allow-unprotected`."""


class NewestPart(Part):
    """Whether a version that waited is still the newest one, and was not found bad."""

    stage: ClassVar[str] = "newest"
    model_version: int
    candidate_version: int | None = None
    superseded: bool
    """Whether a run that began later put another version forward."""
    rolled_back: bool = False
    """Whether the environment was rolled back from it, and it has not served there since."""
    serving: bool = False
    """Whether the environment serves it already, as the ledger says."""


class PromotePart(Part):
    """The champion alias after it was moved."""

    stage: ClassVar[str] = "promote"
    model_version: int
    previous_version: int | None = None
    approved_by: str = ""
    """Who approved the deployment, as the ledger says it."""


class RollbackPart(Part):
    """Back to the last good version."""

    stage: ClassVar[str] = "rollback"
    environment: str
    from_version: int | None = None
    """None when nothing had to be touched."""
    to_version: int | None = None
    """What serves now; None when nothing was ever committed there."""
    aborted: tuple[int, ...] = ()
    """Versions on trial that were taken away; the committed one went on serving."""
    registry_updated: bool
    """False when the registry was down: the next `reconcile` writes what happened."""


class ReconcilePart(Part):
    """What an interrupted run had left, and how it was ended."""

    stage: ClassVar[str] = "reconcile"
    actions: tuple[str, ...] = ()


class StopPart(Part):
    """An environment whose target was told to end everything."""

    stage: ClassVar[str] = "stop"
    environment: str


class EnvironmentStatus(Frozen):
    """What one environment's target serves, by its own knowledge."""

    environment: str
    serving: int | None = None
    last_good: int | None = None
    traffic: dict[int, int] = {}
    endpoint: str = ""
    reason: str = ""
    """Why it could not be asked, or what disagrees with the registry."""


class StatusPart(Part):
    """What is deployed where, and which version each alias points to."""

    stage: ClassVar[str] = "status"
    model_name: str
    versions: int = 0
    aliases: dict[str, int] = {}
    environments: tuple[EnvironmentStatus, ...] = ()


class HistoryEntry(Frozen):
    """One entry of the ledger."""

    at: datetime
    action: str
    environment: str
    version: int
    previous: int | None = None
    outcome: str
    reason: str = ""
    actor: str = ""
    approved_by: str = ""


class VersionMetric(Frozen):
    """A version's value of a metric."""

    value: FiniteFloat
    interval: tuple[FiniteFloat, FiniteFloat] | None = None


class VersionEntry(Frozen):
    """One registered version, and how it was judged when it was registered."""

    version: int
    at: datetime
    """When it was registered."""
    aliases: tuple[str, ...] = ()
    """What points to it."""
    metrics: dict[str, VersionMetric] = {}
    """Empty for a version that an older trainstop registered."""


class HistoryPart(Part):
    """The ledger and the registered versions, both oldest first."""

    stage: ClassVar[str] = "history"
    entries: tuple[HistoryEntry, ...] = ()
    versions: tuple[VersionEntry, ...] = ()
