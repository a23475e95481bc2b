"""What the ranking metrics need of a table, by one sort, with ties counted right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats


@dataclass(frozen=True)
class Ties:
    """Rows in the order of their score, lowest first, grouped where scores are equal.

    Attributes:
        order: the row at each place, shape (rows,).
        target: whether the row at each place is positive, shape (rows,).
        starts: place where each group begins, shape (groups,); None where no two scores are equal.
        positives: positive rows in each group, shape (groups,).
        negatives: negative rows in each group, shape (groups,).

    """

    order: NDArray[np.intp]
    target: NDArray[np.bool_]
    starts: NDArray[np.intp] | None
    positives: Floats
    negatives: Floats

    def by_row(self, groups: Floats) -> Floats:
        """Return a value of each group, shape (groups,), at its rows: by place, shape (rows,)."""
        if self.starts is None:
            return groups
        return np.repeat(groups, np.diff(self.starts, append=len(self.order)))

    def in_place(self, places: Floats) -> Floats:
        """Return values by place in the order of the rows again. Shape (rows,)."""
        values = np.empty(len(places))
        values[self.order] = places
        return values


def ties(target: NDArray[np.bool_], score: Floats) -> Ties:
    """Group rows by equal score. `target` and `score` have shape (rows,)."""
    order = np.argsort(score)  # the order within a group means nothing, and an unstable sort is five times faster
    ordered, positive = score[order], np.asarray(target, dtype=bool)[order]
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(order)), dtype=bool), ordered[1:] != ordered[:-1]]))
    if len(starts) == len(order):
        positives = positive.astype(np.float64)
        return Ties(order, positive, None, positives, 1.0 - positives)
    sizes = np.diff(starts, append=len(order))
    positives = np.add.reduceat(positive, starts, dtype=np.float64)
    return Ties(order, positive, starts, positives, sizes - positives)


def mean_ranks(values: Floats) -> Floats:
    """Return each value's rank from 1 on, equal values at the mean of theirs, shape like `values`.

    As `scipy.stats.rankdata`, whose package takes half a second to import. NaN is not looked for.
    """
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(order)), dtype=bool), ordered[1:] != ordered[:-1]]))
    sizes = np.diff(starts, append=len(order))
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return ranks


def placements(target: NDArray[np.bool_], score: Floats) -> Floats:
    """Share of the rows of the other class that each row is on the right side of, ties counting one half.

    The mean over the positive rows, and over the negative ones, is the area under the ROC curve; their spreads give its
    variance (DeLong, DeLong and Clarke-Pearson 1988). NaN where the other class is empty. Shape (rows,).
    """
    tied = ties(target, score)
    below = np.cumsum(tied.negatives) - 0.5 * tied.negatives
    above = tied.positives[::-1].cumsum()[::-1] - 0.5 * tied.positives
    with np.errstate(invalid="ignore", divide="ignore"):
        of_positive = tied.by_row(below / tied.negatives.sum())
        of_negative = tied.by_row(above / tied.positives.sum())
    return tied.in_place(np.where(tied.target, of_positive, of_negative))


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
    return tied.in_place(tied.target * tied.by_row(precision + lift) - tied.by_row(drop))
