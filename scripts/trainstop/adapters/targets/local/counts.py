"""What Envoy counted of each version, and what of it belongs to a step of a deployment. No I/O."""

import re
from collections.abc import Mapping
from typing import Any

from trainstop.adapters.targets.local.state import Sample
from trainstop.ports.targets import Observation

NAME = re.compile(r"cluster\.v(\d+)\.upstream_rq_(\w+)")
COUNTERS = {"completed": "completed", "5xx": "failed", "4xx": "refused"}


def samples(stats: Mapping[str, Any]) -> dict[int, Sample]:
    """Return the counters of every version in a page of Envoy's statistics (JSON, disjoint buckets)."""
    found: dict[int, dict[str, Any]] = {}
    for version, what, value in _values(stats):
        if what in COUNTERS:
            found.setdefault(version, {})[COUNTERS[what]] = value
        elif what == "time":
            times = {float(bucket["upper_bound"]): bucket["cumulative"] for bucket in value}
            found.setdefault(version, {})["times"] = {bound: count for bound, count in times.items() if count}
    return {version: Sample(**values) for version, values in found.items()}


def active(stats: Mapping[str, Any]) -> dict[int, int]:
    """Return how many requests each version is answering right now."""
    return {version: value for version, what, value in _values(stats) if what == "active"}


def since(now: Sample, before: Sample) -> Observation:
    """Return what happened between two samples; all of `now` when the counters began anew in between."""
    if now.completed < before.completed:
        before = Sample()
    times = {bound: count - before.times.get(bound, 0) for bound, count in now.times.items()}
    return Observation(
        requests=now.completed - before.completed,
        errors=now.failed - before.failed,
        refused=now.refused - before.refused,
        p50_seconds=quantile(times, 0.50),
        p95_seconds=quantile(times, 0.95),
        p99_seconds=quantile(times, 0.99),
    )


def quantile(times: Mapping[float, int], share: float) -> float | None:
    """Return a quantile in seconds from counts by upper bound in ms: the bound of the bucket it falls in.

    None when nothing was counted. The bound is never below the true value, and at most one bucket above it.
    """
    total = sum(times.values())
    if total <= 0:
        return None
    seen = 0
    for bound, count in sorted(times.items()):
        seen += count
        if seen >= share * total:
            return bound / 1000.0
    return None


def _values(stats: Mapping[str, Any]) -> list[tuple[int, str, Any]]:
    """Return (version, what, value) of everything on the page."""
    found = []
    for item in stats.get("stats", ()):
        for entry in item.get("histograms", (item,)):
            match = NAME.fullmatch(entry.get("name", ""))
            if match:
                found.append((int(match[1]), match[2], entry.get("buckets", entry.get("value"))))
    return found
