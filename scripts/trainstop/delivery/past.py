"""What was registered and done so far, as records show it: told at registration, read back from the registry."""

import json
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter, ValidationError

from trainstop.ports.registry import LedgerEntry, Registry, Version
from trainstop.records.delivery import HistoryEntry, HistoryPart, VersionEntry, VersionMetric
from trainstop.records.judging import EvaluatePart, MetricResult

METRICS_TAG = "trainstop.metrics"
"""The tag of a version that says how it was judged, as JSON."""
LONGEST = 4000
"""Characters of that tag; MLflow's server cuts longer ones, and half a JSON says nothing."""
MOST_ENTRIES, MOST_VERSIONS = 500, 200
"""What a baseline's record carries to the report: the newest ones."""
READ = TypeAdapter(dict[str, VersionMetric])


def judged(part: EvaluatePart, gated: Iterable[str]) -> str:
    """Return how a version was judged, as the value of `METRICS_TAG`: gated metrics first, as many as fit."""
    first = list(gated)
    known = [each for each in part.metrics if each.candidate.value is not None]
    kept: dict[str, object] = {}
    for metric in sorted(known, key=lambda each: (each.name not in first, known.index(each))):
        more = {**kept, metric.name: _estimate(metric)}
        if len(json.dumps(more)) > LONGEST:
            break
        kept = more
    return json.dumps(kept) if kept else ""


def history(registry: Registry, name: str) -> HistoryPart:
    """Return a model's ledger and its complete versions, both oldest first.

    Raises:
        UnavailableError: the registry does not answer.

    """
    entries = tuple(_entry(entry) for entry in registry.entries(name))
    versions = tuple(_version(version) for version in registry.versions(name) if version.complete)
    return HistoryPart(entries=entries, versions=versions)


def newest(past: HistoryPart) -> HistoryPart:
    """Return the newest part of a history, of a size that a record may carry."""
    return HistoryPart(entries=past.entries[-MOST_ENTRIES:], versions=past.versions[-MOST_VERSIONS:])


def _estimate(metric: MetricResult) -> dict[str, object]:
    """Return a metric as the tag holds it."""
    return VersionMetric(value=metric.candidate.value or 0.0, interval=metric.candidate.interval).model_dump()


def _version(version: Version) -> VersionEntry:
    """Show a version."""
    return VersionEntry(
        version=version.number, at=version.created_at, aliases=version.aliases, metrics=_metrics(version.tags)
    )


def _metrics(tags: Mapping[str, str]) -> dict[str, VersionMetric]:
    """Read the tag back; anybody with a registry's credential may have written it, so what is odd is left out."""
    try:
        return READ.validate_json(tags.get(METRICS_TAG, "{}"))
    except (ValidationError, ValueError):
        return {}


def _entry(entry: LedgerEntry) -> HistoryEntry:
    """Show an entry of the ledger."""
    return HistoryEntry(
        at=entry.at,
        action=entry.action,
        environment=entry.environment,
        version=entry.version,
        previous=entry.previous,
        outcome=entry.outcome,
        reason=entry.reason,
        actor=entry.actor,
        approved_by=entry.approved_by,
    )
