"""Which version is watched, and what it brings along: asked of the registry, or as an earlier job fetched it."""

from dataclasses import dataclass
from datetime import datetime

from trainstop import digests
from trainstop.bundles import Bundle
from trainstop.errors import ConfigurationError, InputError
from trainstop.job import Job
from trainstop.ports.registry import Alias, Version
from trainstop.records.judging import BaselinePart
from trainstop.watching.alive import promoted_at

STAYED = "its answers to the evaluation data stayed in the job `champion`: `predictions: always` lets them travel"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One version.

    Attributes:
        number: in the registry.
        bundle: its files; the model itself need not be among them.
        registered: when it was; None where nothing says.
        promoted: since when it serves, by the ledger; None where that does not say.
        left_out: why its answers to the evaluation data are not here though it has some.

    """

    number: int
    bundle: Bundle
    registered: datetime | None
    promoted: datetime | None
    left_out: str = ""


def registered(job: Job, environment: str) -> Watched:
    """Return the champion, or in another environment what that serves, as the registry has it.

    Raises:
        InputError: nothing is there to watch.
        UnavailableError: the registry does not answer.

    """
    version = _version(job, environment)
    place = job.workspace.versions / digests.short(version.manifest)
    return Watched(
        number=version.number,
        bundle=job.ports.registry.download(version, place),
        registered=version.created_at,
        promoted=promoted_at(job.ports.registry.entries(version.name), environment, version.number),
    )


def fetched(job: Job, environment: str) -> Watched:
    """Return the champion as `baseline` fetched it.

    Raises:
        ConfigurationError: another environment than the champion's is meant.
        InputError: no champion was fetched.

    """
    if environment != job.config.monitor.environment:
        raise ConfigurationError(
            f"only the champion was fetched, and {environment} may serve another version",
            where="--environment, --as-fetched",
            fix="ask the registry: run `trainstop monitor` without --as-fetched, where its credential is",
        )
    path = str(job.results.path(BaselinePart.stage))
    record = job.results.find(BaselinePart)
    if record is not None and record.part is None:
        raise InputError(
            f"no champion was fetched: {record.reason}",
            where=path,
            fix="give the job that fetches it MLFLOW_TRACKING_URI and its token",
        )
    part, name = job.results.part(BaselinePart), job.config.model.name
    if part.version is None or part.numbers_only or part.model != name:
        raise InputError(
            f"no champion of `{name}` was fetched: there is nothing to watch",
            where=path,
            fix="promote a version first, and let `trainstop baseline` ask the registry",
        )
    bundle, past = job.workspace.champion, part.history
    versions = {entry.version: entry.at for entry in past.versions} if past else {}
    return Watched(
        number=part.version,
        bundle=bundle,
        registered=versions.get(part.version),
        promoted=promoted_at(past.entries, environment, part.version) if past else None,
        left_out=STAYED if part.has_predictions and not bundle.predictions.exists() else "",
    )


def _version(job: Job, environment: str) -> Version:
    """Return the version to watch, as the registry knows it."""
    name, registry = job.config.model.name, job.ports.registry
    champion = registry.alias(name, Alias.CHAMPION) if environment == job.config.monitor.environment else None
    if champion is not None and champion.complete:
        return champion
    serving = job.ports.target(environment).current().serving
    if serving is None:
        lacks = f"of its champion: {champion.unusable}" if champion else f"`{name}` has no champion"
        raise InputError(
            f"{environment} serves no version, and {lacks}: there is nothing to watch",
            where=registry.uri,
            fix="deploy and promote a version first",
        )
    return registry.version(name, str(serving))
