"""What the ranking metrics need of a table, by one sort, with ties counted right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats


@dataclass(frozen=True)
class Ties:
    """Rows grouped by equal score, lowest score first.

    Attributes:
        group: index of each row's group, shape (rows,).
        positives: positive rows in each group, shape (groups,).
        negatives: negative rows in each group, shape (groups,).

    """

    group: NDArray[np.intp]
    positives: Floats
    negatives: Floats


def ties(target: NDArray[np.bool_], score: Floats) -> Ties:
    """Group rows by equal score. `target` and `score` have shape (rows,)."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    starts = np.empty(len(score), dtype=bool)
    starts[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    group = np.empty(len(score), dtype=np.intp)
    group[order] = np.cumsum(starts) - 1
    size = int(np.count_nonzero(starts))
    positives = np.bincount(group[target], minlength=size).astype(np.float64)
    return Ties(group, positives, np.bincount(group, minlength=size) - positives)


def placements(target: NDArray[np.bool_], score: Floats) -> Floats:
    """Share of the rows of the other class that each row is on the right side of, ties counting one half.

    The mean over the positive rows, and over the negative ones, is the area under the ROC curve; their spreads give its
    variance (DeLong, DeLong and Clarke-Pearson 1988). NaN where the other class is empty. Shape (rows,).
    """
    tied = ties(target, score)
    below = np.cumsum(tied.negatives) - 0.5 * tied.negatives
    above = tied.positives[::-1].cumsum()[::-1] - 0.5 * tied.positives
    with np.errstate(invalid="ignore", divide="ignore"):
        of_positive = below / tied.negatives.sum()
        of_negative = above / tied.positives.sum()
    return np.asarray(np.where(target, of_positive[tied.group], of_negative[tied.group]), dtype=np.float64)


def precision_contributions(target: NDArray[np.bool_], score: Floats) -> Floats:
    """Each row's contribution to average precision: they add up to it times the number of positive rows.

    Average precision is the mean over positive rows of the precision at that row's score. Weighting row j a little more
    adds its own precision if it is positive, and moves the precision p at every lower positive row by (y_j - p) / m,
    where m rows lie at or above it. The second part adds up to zero over all rows, so that what is returned is the
    value itself and its first-order change (influence function) in one. Shape (rows,).
    """
    tied = ties(target, score)
    at_or_above = (tied.positives + tied.negatives)[::-1].cumsum()[::-1]
    precision = tied.positives[::-1].cumsum()[::-1] / at_or_above
    lift = np.cumsum(tied.positives / at_or_above)
    drop = np.cumsum(tied.positives * precision / at_or_above)
    return np.asarray(target * (precision + lift)[tied.group] - drop[tied.group], dtype=np.float64)
