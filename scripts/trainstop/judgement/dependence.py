"""Rows that hang together: how alike the rows of a group are in what a metric adds up, tested against chance.

Pure statistics of one column beside one row of numbers; which column is taken is for `grouping`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from trainstop.judgement.samples import Floats, Rows

ROUNDING = 1e-12
"""Numbers whose spread is this small, relative to their size, are all the same."""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """How alike rows of a group are.

    Attributes:
        clusters: groups, rows that are in none counted one each.
        correlation: of two rows of a group, by the analysis of variance; 0 where it is below.
        effect: design effect: how many times the variance of a sum is that of as many independent rows.
        chance: probability of groups at least as unlike one another among rows dealt out at random.

    """

    clusters: int
    correlation: float
    effect: float
    chance: float


INDEPENDENT = Dependence(clusters=0, correlation=0.0, effect=1.0, chance=1.0)


@dataclass(frozen=True)
class Groups:
    """A partition of the rows.

    Attributes:
        codes: each row's group, numbered from 0 without gaps, shape (rows,).
        sizes: rows of each group, shape (groups,).

    """

    codes: Rows
    sizes: Floats

    @staticmethod
    def of(codes: Rows) -> "Groups":
        """Build from codes, -1 where a row is in no group; each such row becomes a group of its own.

        Codes that no row has, as a category that was filtered out leaves them, are closed up.
        """
        outside = np.flatnonzero(codes < 0)
        if len(outside):
            codes = codes.copy()
            codes[outside] = codes.max(initial=-1) + 1 + np.arange(len(outside))
        counts = np.bincount(codes)
        if not counts.all():
            codes, counts = (np.cumsum(counts > 0) - 1)[codes], counts[counts > 0]
        return Groups(codes, counts.astype(np.float64))


@dataclass(frozen=True)
class Signal:
    """What may hang together, made ready to be looked at within many columns.

    Attributes:
        centred: values less their mean, shape (rows,).
        total: their sum of squares; 0 where all are the same.
        kurtosis: sum of fourth powers, in units of `total` squared.

    """

    centred: Floats
    total: float
    kurtosis: float

    @staticmethod
    def of(values: Floats) -> "Signal":
        """Build from values, finite, one a row."""
        centred = values - values.mean()
        squares = centred**2
        total = float(squares.sum())
        if total <= ROUNDING**2 * float(values @ values) or not np.isfinite(total):
            return Signal(centred, 0.0, 0.0)
        return Signal(centred, total, float(squares @ squares) / total**2)


def measure(signal: Signal, groups: Groups) -> Dependence:
    """Return how far values hang together within groups.

    The intraclass correlation is the analysis-of-variance estimator for groups of unequal size (Donner and Koval 1980),
    the design effect Kish's (1965) with the mean size that belongs to it. Chance is told by the exact first two moments
    of the sum of squares between groups when values are dealt out at random (Pitman 1938), put into a beta distribution
    (Box and Andersen 1955): it holds for skewed and discrete values, needs no draws, and costs one pass over the rows.

    Args:
        signal: the values.
        groups: of the same rows.

    """
    rows, count = len(signal.centred), len(groups.sizes)
    if count < 2 or count >= rows or not signal.total:
        return INDEPENDENT
    sums = np.bincount(groups.codes, weights=signal.centred, minlength=count)
    between = float((sums**2 / groups.sizes).sum())
    across = between / (count - 1)
    within = (signal.total - between) / (rows - count)
    size = (rows - float((groups.sizes**2).sum()) / rows) / (count - 1)
    spread = across + (size - 1) * within
    correlation = max(0.0, (across - within) / spread) if spread > 0 else 0.0
    return Dependence(
        clusters=count,
        correlation=correlation,
        effect=1 + max(0.0, size - 1) * correlation,
        chance=_chance(between / signal.total, rows, signal.kurtosis, groups.sizes),
    )


def _chance(share: float, rows: int, kurtosis: float, sizes: Floats) -> float:
    """Return the probability that a random deal puts at least `share` of the sum of squares between the groups."""
    mean = (len(sizes) - 1) / (rows - 1)
    variance = share_variance(rows, kurtosis, sizes)
    if variance <= 0:
        return 1.0
    scale = mean * (1 - mean) / variance - 1
    if scale <= 0:
        return 1.0
    return float(betainc((1 - mean) * scale, mean * scale, min(1.0, max(0.0, 1 - share))))


def share_variance(rows: int, kurtosis: float, sizes: Floats) -> float:
    """Return the variance, over all deals of the rows, of the share of the sum of squares between groups.

    The sum of squares between groups is a quadratic form z'Hz with a projection H; its second moment needs only sums
    over H and the second and fourth moment of z.

    Args:
        rows: how many; fewer than four give 0.
        kurtosis: sum of fourth powers of the values less their mean, in units of the sum of squares, squared.
        sizes: rows of each group, shape (groups,).

    """
    if rows < 4:
        return 0.0
    n, k = float(rows), float(len(sizes))
    diagonal = float(((1 / sizes - 1 / n) ** 2 * sizes).sum())
    trace = k - 1
    # Expected products of values at two to four different places, in units of the sum of squares, squared.
    four = kurtosis / n
    two_two = (1 - kurtosis) / (n * (n - 1))
    three_one = -kurtosis / (n * (n - 1))
    two_one_one = (2 * kurtosis - 1) / (n * (n - 1) * (n - 2))
    apart = (3 - 6 * kurtosis) / (n * (n - 1) * (n - 2) * (n - 3))
    # Sums of products of H's entries by which of their places coincide; every row of H adds up to zero.
    both = trace**2 - diagonal
    beside = -diagonal
    pairs = trace - diagonal
    one_shared = -(trace**2) + 2 * diagonal
    chained = diagonal - pairs
    none = trace**2 - 2 * pairs - 4 * chained
    second = (
        diagonal * four
        + both * two_two
        + 4 * beside * three_one
        + 2 * one_shared * two_one_one
        + 2 * pairs * two_two
        + 4 * chained * two_one_one
        + none * apart
    )
    return second - (trace / (n - 1)) ** 2
