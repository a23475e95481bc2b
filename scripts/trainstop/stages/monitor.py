"""`monitor`: what production was asked and answered, judged against the ordinary life of the data. Changes nothing."""

from datetime import date
from pathlib import Path

from trainstop import digests
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.drift.windows import Windows
from trainstop.errors import ConfigurationError, InputError
from trainstop.job import Job
from trainstop.judgement import assembly
from trainstop.judgement.samples import Rows
from trainstop.ports.registry import Alias, Version
from trainstop.project_files import matching
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import BaselinePart
from trainstop.records.watching import MonitorPart, Signal
from trainstop.tables.engine import opened
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.production import Labelled, Production, read_production
from trainstop.tables.reference import Reference, read_reference
from trainstop.watching import features, quality, service
from trainstop.watching.budget import Budget
from trainstop.watching.incidents import incidents
from trainstop.watching.labels import Answered, performance_signals
from trainstop.watching.performance import clusters_of
from trainstop.watching.setup import rule_of, season_days, split_of
from trainstop.watching.stretches import LONGER, stretches

LEVEL_STATUS = {
    "quiet": CheckStatus.PASSED,
    "look": CheckStatus.WARNED,
    "act": CheckStatus.WARNED,
    "not enough data": CheckStatus.SKIPPED,
}
ABOUT_THE_LOG = ("freshness", "volume")
"""Signals that say something even when no row can be judged."""
LEAST_REQUESTS = 20
LARGEST_ERROR_SHARE = 0.01


def run(
    job: Job, *, environment: str | None = None, as_of: str | None = None, as_fetched: bool = False
) -> Result[MonitorPart]:
    """Look at the last windows of an environment's inference log.

    Args:
        job: configuration, places and ports.
        environment: `monitor.environment` when left out.
        as_of: ISO 8601; now when left out.
        as_fetched: watch the champion that `baseline` fetched, and ask no registry.

    Raises:
        ConfigurationError: `as_of` is no time, the windows reach back before all time, or another environment than the
            champion's is to be watched as fetched.
        InputError: no version is there to watch, or profile, log or labels cannot be read.
        UnavailableError: the registry does not answer.

    """
    config, project = job.config, job.workspace.project
    environment = environment or config.monitor.environment
    looked_at = stretches(config, as_of, job.ports.clock.now())
    windows = looked_at.windows
    version, bundle = _fetched(job, environment) if as_fetched else _registered(job, environment)
    reference = read_reference(config, bundle)
    log = _log_files(job, environment)
    job.ports.progress.note(f"version {version}: {len(log)} log files, as of {windows.as_of:%Y-%m-%d %H:%M} UTC")
    with opened() as connection:
        seen = read_production(
            connection,
            config,
            reference,
            windows,
            longer=looked_at.longer,
            version=version,
            log=log,
            labels=matching(project, config.monitor.labels),
        )
    part = _judged(config, environment, version, reference, seen, windows)
    return conclude([*(_check(signal) for signal in part.signals), *_blind(part)], part, reason=_reason(part))


def _judged(
    config: Config, environment: str, version: int, reference: Reference, seen: Production, windows: Windows
) -> MonitorPart:
    """Make every signal, and the incidents they add up to."""
    split = split_of(config, reference.profile)
    drift = _drift(config, reference, seen, [start.date() for start in windows.starts], split)
    signals = (
        *_performance(config, reference, seen, split),
        *_service(config, environment, seen, windows, split),
        *_quality(config, reference, seen, split),
        *drift.signals,
    )
    notes = (split.words(), features.covered(reference.profile, season_days(config)), *seen.notes)
    return MonitorPart(
        environment=environment,
        model_version=version,
        as_of=windows.as_of,
        window_start=windows.start,
        window_end=windows.end,
        rows=sum(seen.rows),
        labelled_rows=seen.labelled.rows,
        signals=signals,
        incidents=incidents(signals, model=config.model.name, environment=environment),
        expected_false_alarms_a_year=round(drift.expected + split.fixed, 6),
        notes=tuple(filter(None, notes)),
    )


def _drift(config: Config, reference: Reference, seen: Production, starts: list[date], split: Budget) -> features.Drift:
    """Judge the histograms of answers and features."""
    rule = rule_of(config, reference.profile, split)
    found = features.drift(reference.profile, seen.features, starts, rule, prefix="feature")
    if reference.answer is None:
        reason = "the version carries no answers to its evaluation data to compare with"
        answer = features.Drift((Signal(name="prediction", level="not enough data", reason=reason),), 0.0)
    else:
        answer = features.drift(reference.answer, seen.answers, starts, rule, prefix="prediction")
    return features.Drift((*answer.signals, *found.signals), answer.expected + found.expected)


def _performance(config: Config, reference: Reference, seen: Production, split: Budget) -> list[Signal]:
    """Judge the labelled answers of the windows, and of the longer stretch that ends with them."""
    evaluation = reference.evaluation
    longer = f"{LONGER * config.monitor.windows[1]} {config.data.period}s"
    return performance_signals(
        config,
        split,
        stretches={"": _answered(seen.labelled), longer: _answered(seen.labelled_before)},
        evaluation=Answered(evaluation, _evaluation_clusters(config, evaluation))
        if evaluation
        else "the version carries no answers to its evaluation data",
        windows=seen.labelled.windows,
    )


def _answered(known: Labelled) -> Answered | str:
    """Return labelled answers, or why there are none."""
    return Answered(known.table, clusters_of(known.clusters)) if known.table else known.reason


def _evaluation_clusters(config: Config, table: PredictionsTable) -> Rows | None:
    """Return what the rows of the evaluation data belong to: as configured, else their days, else nothing."""
    if config.data.cluster and table.has(config.data.cluster):
        return assembly.clusters_of(config, table)
    if config.data.time and table.has(config.data.time):
        return clusters_of([str(value)[:10] for value in table.table[config.data.time].to_pylist()])
    return None


def _service(config: Config, environment: str, seen: Production, windows: Windows, split: Budget) -> list[Signal]:
    """Judge requests, freshness and volume."""
    section = config.environments.get(environment)
    least = section.minimum_requests if section else LEAST_REQUESTS
    served = service.Served(
        requests=seen.requests.total,
        errors=seen.requests.errors,
        refused=seen.requests.refused,
        p95_seconds=seen.requests.p95_seconds,
    )
    largest = section.maximum_error_rate if section else LARGEST_ERROR_SHARE
    slow = service.latency(served, minimum_requests=least, p95=config.staging_test.load.p95)
    return [
        service.service(served, minimum_requests=least, largest_error_share=largest, tail=split.per_share_look),
        service.refused(served, minimum_requests=least, tail=split.per_share_look),
        *([slow] if slow else []),
        service.freshness(seen.newest, windows.as_of, config.monitor.freshness),
        service.volume(seen.rows),
    ]


def _quality(config: Config, reference: Reference, seen: Production, split: Budget) -> tuple[Signal, ...]:
    """Judge the newest rows' quality."""
    return quality.signals(
        reference.profile,
        seen.recent,
        rows=seen.recent_rows,
        minimum_rows=config.monitor.minimum_rows,
        limit=config.monitor.missing,
        tail=split.per_share_look,
    )


def _registered(job: Job, environment: str) -> tuple[int, Bundle]:
    """Return number and files of the version to watch, as the registry has them."""
    version = _version(job, environment)
    place = job.workspace.versions / digests.short(version.manifest)
    return version.number, job.ports.registry.download(version, place)


def _fetched(job: Job, environment: str) -> tuple[int, Bundle]:
    """Return number and files of the champion as `baseline` fetched them."""
    if environment != job.config.monitor.environment:
        raise ConfigurationError(
            f"only the champion is fetched, and {environment} may serve another version",
            where="--environment",
            fix="leave out --as-fetched, where the registry can be asked",
        )
    champion = job.results.part(BaselinePart)
    if champion.version is None or champion.numbers_only or champion.model != job.config.model.name:
        raise InputError(
            f"no champion of `{job.config.model.name}` was fetched: there is nothing to watch",
            where=str(job.results.path(BaselinePart.stage)),
            fix="promote a version first, and let `trainstop baseline` ask the registry",
        )
    return champion.version, job.workspace.champion


def _version(job: Job, environment: str) -> Version:
    """Return the version to watch: the champion, or in another environment what that serves."""
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


def _log_files(job: Job, environment: str) -> list[Path]:
    """Return the inference log's files: those that are configured, else what the `local` target wrote."""
    if job.config.monitor.log:
        return matching(job.workspace.project, [job.config.monitor.log])
    return sorted((job.workspace.target(environment) / "log").rglob("*.jsonl"))


def _check(signal: Signal) -> Check:
    """Show a signal as a check. What stands out does not fail the look: `alert` acts on it."""
    return Check(
        name=signal.name,
        status=LEVEL_STATUS[signal.level],
        value=signal.value,
        limit=signal.limit,
        interval=signal.interval,
        reason=f"{signal.level}: {signal.reason}" if signal.reason else signal.level,
    )


def _blind(part: MonitorPart) -> list[Check]:
    """Say so when nothing that was asked or answered could be judged: that is never a pass."""
    judged = [each for each in part.signals if each.name not in ABOUT_THE_LOG and each.level != "not enough data"]
    if judged:
        return []
    return [
        Check(name="data", status=CheckStatus.INCONCLUSIVE, value=part.rows, reason="not enough data for any verdict")
    ]


def _reason(part: MonitorPart) -> str:
    """Say in a line what was seen."""
    kinds = ", ".join(f"{each.key} ({each.level})" for each in part.incidents) or "no incident"
    counts = {level: sum(each.level == level for each in part.signals) for level in LEVEL_STATUS}
    return (
        f"version {part.model_version} in {part.environment}: {kinds}; of {len(part.signals)} signals "
        f"{counts['act']} to act on, {counts['look']} to look at, {counts['not enough data']} without enough data"
    )
