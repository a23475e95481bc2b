"""Drift of features and of predictions: verdicts on histograms, put into signals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median_low

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


def drift(reference: Profile, windows: Profile | None, starts: Sequence[date], rule: Rule, *, prefix: str) -> Drift:
    """Judge the windows of every column against its reference. Periods and windows that were cut off do not count.

    Windows that all have rows on fewer days than the reference's periods were not cut off: that is their ordinary
    life, over which less averages out, so they must be farther away.

    Args:
        reference: with its periods; columns without a histogram are passed over.
        windows: the windows' rows counted into the reference's bins, a period a window; None when there are no rows.
        starts: first day of each window, oldest first.
        rule: what an alarm takes.
        prefix: of the signals' names; `prediction` is the whole name.

    """
    seen = windows.by_name() if windows else {}
    whole = np.array(reference.whole(reference.usual_days))
    usual = usual_days(reference, windows, rule)
    wider = replace(rule, spread=math.sqrt(reference.usual_days / usual)) if usual else rule
    signals, expected = [], 0.0
    for column in reference.columns:
        if column.kind == "uncounted" or (windows is not None and column.name not in seen):
            continue
        name = prefix if prefix == "prediction" else f"{prefix}:{column.name}"
        counts = _in_windows(column, windows, starts, usual)
        verdict = judge(histograms(column)[whole], counts, wider, name=name, numeric=column.kind == "numeric")
        if verdict.level == "not enough data" and windows and not counts.any():
            verdict = replace(verdict, reason=_nothing(seen[column.name], windows, usual, prefix) or verdict.reason)
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


def usual_days(reference: Profile, windows: Profile | None, rule: Rule) -> int:
    """Return on how many days a window must have rows to be whole.

    As many as the reference's periods usually have, or as the windows themselves do where that is fewer and as many of
    them have rows as would be an alarm: of fewer windows nobody knows what is usual.
    """
    days = windows.days if windows else ()
    return min(median_low(days), reference.usual_days) if len(days) >= rule.alarm[0] else reference.usual_days


def fewer_days(reference: Profile, windows: Profile | None, rule: Rule) -> str:
    """Say that production has rows on fewer days of a period than training had, or return an empty text."""
    usual, before = usual_days(reference, windows, rule), reference.usual_days
    if usual >= before:
        return ""
    return (
        f"production has rows on {usual} of the {before} days a {reference.period} that are usual in the reference: "
        "it is judged, by wider limits since over fewer days less averages out, and what sets the other days apart "
        "counts as drift"
    )


def _nothing(column: ColumnProfile, windows: Profile, usual: int, prefix: str) -> str:
    """Say why rows that are there cannot be judged, or return an empty text."""
    if not any(map(sum, column.counts)):
        answers = "scores" if column.kind == "numeric" else "labels"
        return f"no {answers} are in the log" if prefix == "prediction" else "no value of it is in the log"
    days = max(windows.days, default=0)
    if 0 < days < usual:
        return f"every window was cut off: there are rows on {days} of {usual} usual days at most"
    return ""


def _in_windows(column: ColumnProfile, windows: Profile | None, starts: Sequence[date], usual_days: int) -> Floats:
    """Return the windows' histograms, empty ones where a window has no rows or was cut off; shape (windows, bins)."""
    empty = np.zeros(histograms(column).shape[1])
    if windows is None:
        return np.tile(empty, (len(starts), 1))
    counts = histograms(windows.by_name()[column.name])
    whole = windows.whole(usual_days)
    by_start = {start: row for start, row, kept in zip(windows.starts, counts, whole, strict=True) if kept}
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
