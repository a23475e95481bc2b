"""Drift of features and of predictions: verdicts on histograms, put into signals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from trainstop.drift.decision import Rule, Verdict, judge
from trainstop.drift.distances import Floats, histograms
from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.records.watching import Signal


@dataclass(frozen=True)
class Drift:
    """Signals of the columns that were judged.

    Attributes:
        signals: one a column.
        expected: share of uneventful years in which any of them stands out, by their own simulations.

    """

    signals: tuple[Signal, ...]
    expected: float


def drift(
    columns: Iterable[tuple[str, ColumnProfile]], windows: Profile | None, starts: Sequence[date], rule: Rule
) -> Drift:
    """Judge the windows of columns against their references.

    Args:
        columns: name of the signal, and the reference; columns without a histogram are passed over.
        windows: the windows' rows counted into the references' bins, a period a window; None when there are no rows.
        starts: first day of each window, oldest first.
        rule: what an alarm takes.

    """
    seen = windows.by_name() if windows else {}
    signals, expected = [], 0.0
    for name, column in columns:
        if column.kind == "uncounted" or (windows is not None and column.name not in seen):
            continue
        counts = _in_windows(column, seen.get(column.name), windows, starts)
        verdict = judge(histograms(column), counts, rule, name=name, numeric=column.kind == "numeric")
        signals.append(_signal(name, verdict))
        expected += verdict.limits.expected if verdict.limits else 0.0
    return Drift(tuple(signals), expected)


def covered(reference: Profile, season_days: float) -> str:
    """Say how much of the season a reference covers, or return an empty text when it covers all."""
    unit = reference.period_days
    if reference.covered_days >= season_days:
        return ""
    have, need = reference.covered_days // unit, round(season_days / unit)
    return (
        f"the reference covers {have} of {need} {reference.period}s of the season: what merely changes with the season "
        "cannot be told from drift, so its drift is never more than a look"
    )


def _in_windows(
    column: ColumnProfile, seen: ColumnProfile | None, windows: Profile | None, starts: Sequence[date]
) -> Floats:
    """Return the windows' histograms, empty ones where a window has no rows; shape (windows, bins)."""
    empty = np.zeros(histograms(column.model_copy(update={"counts": ((0,) * column.bins,)})).shape[1])
    if seen is None or windows is None:
        return np.tile(empty, (len(starts), 1))
    by_start = dict(zip(windows.starts, histograms(seen), strict=True))
    return np.array([by_start.get(start, empty) for start in starts])


def _signal(name: str, verdict: Verdict) -> Signal:
    """Put a verdict into a signal."""
    limits = verdict.limits
    judged = [distance for distance in verdict.distances if distance is not None]
    reason = verdict.reason
    if limits and verdict.visible:
        times = f"{limits.multiplier:.1f} times the ordinary"
        reason += f"; the limit is {times}; smallest shift seen: {verdict.visible}"
    return Signal(
        name=name,
        level=verdict.level,
        value=judged[-1] if judged else None,
        limit=round(limits.sustained, 4) if limits else None,
        windows=verdict.distances,
        reason=reason,
    )
