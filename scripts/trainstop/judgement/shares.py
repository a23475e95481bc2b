"""The interval of a share of rows that may depend on one another."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from trainstop.judgement.samples import Rows
from trainstop.records.judging import Interval

TINY = 1e-30
"""Of a variance: rows that differ within their clusters, and not between them."""


def share_interval(
    hits: NDArray[np.bool_], clusters: Rows | None, *, confidence: float, minimum: int
) -> Interval | None:
    """Return Wilson's interval of the share of rows that hit, for as many rows as these are worth.

    Rows of one cluster are alike, so they are worth fewer: the share's variance under clustering (Liang and Zeger
    1986) gives an effective number of rows, which Wilson's score interval (1927) is made for, with Student's t of the
    clusters (Kott and Carr 1997; Korn and Graubard 1998). Where all rows agree there is no variance to go by, and each
    cluster is taken as one row.

    Args:
        hits: shape (rows,).
        clusters: each row's cluster, shape (rows,); None takes rows as independent.
        confidence: share of such intervals that shall hold the truth.
        minimum: fewer independent units give no interval.

    """
    rows = len(hits)
    codes = np.arange(rows) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    units = int(codes.max(initial=-1)) + 1
    if units < max(minimum, 2):
        return None
    share = float(hits.mean())
    sums = np.bincount(codes, weights=hits - share)
    variance = float((sums**2).sum()) * units / (units - 1) / rows**2
    agree = share in (0.0, 1.0)
    worth = float(units) if agree else min(float(rows), share * (1 - share) / max(variance, TINY))
    return wilson(share, worth, float(stdtrit(units - 1, 0.5 + confidence / 2)))


def wilson(share: float, rows: float, quantile: float) -> Interval:
    """Return Wilson's score interval of a share of `rows`; `quantile` is of the standardised share."""
    squared = quantile**2 / rows
    middle = (share + squared / 2) / (1 + squared)
    reach = quantile * float(np.sqrt(share * (1 - share) / rows + squared / (4 * rows))) / (1 + squared)
    return max(0.0, middle - reach), min(1.0, middle + reach)
