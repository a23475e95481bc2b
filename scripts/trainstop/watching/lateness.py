"""Whether the rows whose true answers are known look like those that still wait for theirs.

Of answers that classify. Labels that come later for one class than for another make an ordinary model look worse, or a
worthless one good, wherever a metric depends on how many rows each class has; labels that only rows with certain
answers ever get move the other metrics too. When true answers are missing by chance alone, the model
answers labelled and other rows of one day alike, however good it is: in a real fall they look alike too. Days are
compared within themselves, so that it is no matter that the newest have fewer labels, and are what is counted.
"""

import math
from datetime import date

import numpy as np
from scipy.special import stdtrit

from trainstop.drift.distances import Floats, histograms, jensen_shannon, shares
from trainstop.drift.profile import ColumnProfile, Profile

ALPHA = 0.01
"""Probability that rows whose labels are missing by chance are said to look different from the others."""
LEAST_DAYS = 5
SAME_WHATEVER_THE_MIX = frozenset({"auc", "recall", "specificity", "balanced_accuracy", "macro_recall"})
"""Metrics that look at each class by itself: how many rows of it have their labels does not move them. Which ones have
them does, and nobody can tell one from the other.
"""


def unlike(everyone: Profile, labelled: Profile, since: date, floor: float) -> str:
    """Say that labelled rows are answered otherwise than the rest of their days, or return an empty text.

    Each bin's share (and the mean rank of numbers) is compared by a one-sample t test of the days' differences, with
    Bonferroni's correction for the bins; what is sure and trivial matters to nobody: how far all labelled rows, those
    of days without any other among them, are from what fair labels of their days would be.

    Args:
        everyone: all answered rows, counted by day.
        labelled: those of them that have their true answers, counted by day into the same bins.
        since: earlier days are left out.
        floor: Jensen-Shannon distance below which a difference matters to nobody.

    """
    known, rest, whole = _by_day(everyone, labelled, since)
    if len(known) < LEAST_DAYS:
        return ""
    weights = 1 / (1 / known.sum(axis=1) + 1 / rest.sum(axis=1))
    apart = (shares(known) - shares(rest)) @ _directions(everyone.columns[0], known + rest)
    differences = weights[:, None] * apart
    spread = differences.std(axis=0, ddof=1) * math.sqrt(len(differences))
    varies = spread > 0
    if not varies.any():
        return ""
    farthest = float(np.abs(differences.sum(axis=0)[varies] / spread[varies]).max())
    surely = farthest > float(stdtrit(len(differences) - 1, 1 - ALPHA / 2 / int(varies.sum())))
    expected = (known.sum(axis=1)[:, None] * shares(known + rest)).sum(axis=0)
    distance = float(jensen_shannon(shares(whole + known.sum(axis=0)), shares(whole + expected)))
    if not surely or distance <= floor:
        return ""
    return (
        "the model answers rows with a label otherwise than rows of the same days without one "
        f"(Jensen-Shannon distance {distance:.2f}): labels seem to come later for one class than for another, "
        "or only for some answers"
    )


def _by_day(everyone: Profile, labelled: Profile, since: date) -> tuple[Floats, Floats, Floats]:
    """Return histograms of labelled and of other rows, of the days that have both, and one of all wholly labelled days.

    Shapes (days, bins), (days, bins) and (bins,).
    """
    counts = dict(zip(labelled.starts, histograms(labelled.columns[0]), strict=True))
    answered = histograms(everyone.columns[0])
    known, rest, whole = [], [], np.zeros(answered.shape[1])
    for start, every in zip(everyone.starts, answered, strict=True):
        if start is None or start < since or start not in counts:
            continue
        others = np.clip(every - counts[start], 0, None)
        if not others.any():
            whole = whole + counts[start]
        elif counts[start].any():
            known.append(counts[start])
            rest.append(others)
    return np.array(known), np.array(rest), whole


def _directions(column: ColumnProfile, counts: Floats) -> Floats:
    """Return what is compared: every bin, and of numbers their mean rank as well; shape (bins, directions)."""
    bins = np.eye(counts.shape[1])
    if column.kind != "numeric":
        return bins
    whole = shares(counts.sum(axis=0))
    return np.column_stack([bins, np.cumsum(whole) - whole / 2])
