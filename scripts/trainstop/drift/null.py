"""The null: how much the reference's own periods differ from one another."""

from dataclasses import dataclass

import numpy as np

from trainstop.drift.distances import Floats, nearest_distance, shares

NORMAL_SHIFTS = np.arange(0.05, 3.0001, 0.05)
MOVED_SHARES = np.arange(0.01, 1.0001, 0.01)


@dataclass(frozen=True)
class Reference:
    """Those periods of a reference that have enough rows.

    Attributes:
        counts: histograms, oldest first, shape (periods, bins).
        largest: Jensen-Shannon distance of the period that is farthest from its nearest other one.

    """

    counts: Floats
    largest: float

    @property
    def shares(self) -> Floats:
        """Shares of every period, shape (periods, bins)."""
        return shares(self.counts)

    def distance(self, windows: Floats) -> Floats:
        """Return how far windows, counts of shape (windows, bins), are from their nearest periods."""
        return nearest_distance(shares(windows), self.shares)


def reference(counts: Floats, minimum_rows: int) -> Reference:
    """Leave each period out in turn and measure how far it is from its nearest other one.

    Args:
        counts: histograms of all periods, oldest first, shape (periods, bins).
        minimum_rows: periods with fewer rows are left out.

    """
    kept = counts[counts.sum(axis=1) >= minimum_rows]
    if len(kept) < 2:
        return Reference(kept, 0.0)
    own = shares(kept)
    return Reference(kept, float(nearest_distance(own, own, same=True).max()))


@dataclass(frozen=True)
class Shift:
    """A change of a column.

    Attributes:
        size: in standard deviations, or as a share of the rows.
        moves_all: whether all values move by `size` standard deviations, on the scale on which the whole reference is
            normal; else a share `size` of the rows moves to a value never seen.

    """

    size: float
    moves_all: bool

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.size:g} sd" if self.moves_all else f"{self.size:.0%} of the rows moving to a new value"


def visible_shift(known: Reference, limit: float, *, numeric: bool) -> Shift | None:
    """Return the smallest shift that takes four of five ordinary periods past `limit`; None when none does.

    Args:
        known: the reference.
        limit: Jensen-Shannon distance from which a window stands out.
        numeric: whether the bins are ordered; a numeric column of one or two values is moved like a category.

    """
    own = known.shares
    moves_all = numeric and int(np.count_nonzero(known.counts.sum(axis=0))) > 2
    base = own if moves_all else np.column_stack([own, np.zeros(len(own))])
    for size in NORMAL_SHIFTS if moves_all else MOVED_SHARES:
        moved = _shifted(own, known.counts, float(size)) if moves_all else _moved(own, float(size))
        if np.quantile(nearest_distance(moved, base), 0.2) > limit:
            return Shift(round(float(size), 2), moves_all)
    return None


def _shifted(own: Floats, counts: Floats, size: float) -> Floats:
    """Shift numeric histograms by `size` standard deviations, spreading each bin evenly on the normal scale."""
    from scipy.special import ndtri  # noqa: PLC0415  # slow to import, and only needed here

    whole = shares(counts.sum(axis=0))
    cuts = np.concatenate([[0.0], np.clip(np.cumsum(whole), 0.0, 1.0)])
    ends = ndtri(np.clip(cuts, 1e-9, 1 - 1e-9))
    kept = whole > 0
    moved = np.zeros((len(whole), len(whole)))
    grid = (np.arange(64) + 0.5) / 64
    for bin_ in np.flatnonzero(kept):
        inside = ndtri(np.clip(cuts[bin_] + grid * whole[bin_], 1e-9, 1 - 1e-9)) + size
        place = np.clip(np.searchsorted(ends, inside, side="left") - 1, 0, len(whole) - 1)
        moved[bin_] = np.bincount(place, minlength=len(whole)) / len(grid)
    return own @ moved


def _moved(own: Floats, size: float) -> Floats:
    """Move a share of the rows of every period to a value of its own."""
    return np.column_stack([own * (1 - size), np.full(len(own), size)])
