"""Distances between histograms.

Shapes: a histogram is the last axis; everything before it is one histogram each.
"""

import numpy as np
from numpy.typing import NDArray

from trainstop.drift.profile import ColumnProfile

Floats = NDArray[np.float64]


def shares(counts: Floats) -> Floats:
    """Turn counts, shape (..., bins), into shares that add up to 1. An empty histogram gives zeros."""
    total = np.maximum(counts.sum(axis=-1, keepdims=True), 1e-300)
    return np.asarray(counts / total, dtype=np.float64)


def histograms(column: ColumnProfile) -> Floats:
    """Return a column's counts, shape (periods, bins), what is out of range counted with its neighbour inside.

    A few values beyond the reference's extremes are ordinary in any new period; `quality` watches their share.
    """
    counts = np.asarray(column.counts, dtype=np.float64).reshape(-1, column.bins)
    if column.kind != "numeric" or column.bins <= 3:
        return counts
    inner = counts[:, 1:-1].copy()
    inner[:, 0] += counts[:, 0]
    inner[:, -1] += counts[:, -1]
    return inner


def jensen_shannon(left: Floats, right: Floats) -> Floats:
    """Jensen-Shannon distance of shares, 0 (equal) to 1 (nothing in common); shapes (..., bins) to (...).

    The square root of the divergence in bits (Lin 1991), which makes it a metric (Endres and Schindelin 2003).
    """
    middle = (left + right) / 2
    divergence = (_entropy_terms(left, middle) + _entropy_terms(right, middle)) / 2
    return np.sqrt(np.clip(divergence, 0.0, 1.0))


def nearest(windows: Floats, reference: Floats, *, same: bool = False) -> NDArray[np.intp]:
    """Return which reference histogram is most similar to each window, by the overlap of their square roots.

    Bhattacharyya's overlap orders close histograms as Jensen-Shannon does, and needs one matrix product.

    Args:
        windows: shares, shape (..., windows, bins).
        reference: shares, shape (..., periods, bins).
        same: whether both are the same histograms, so that each is compared with the others only.

    """
    overlap = np.sqrt(windows) @ np.swapaxes(np.sqrt(reference), -1, -2)
    if same:
        here = np.arange(windows.shape[-2])
        overlap[..., here, here] = -1.0
    return np.asarray(overlap.argmax(axis=-1), dtype=np.intp)


def nearest_distance(windows: Floats, reference: Floats, *, same: bool = False) -> Floats:
    """Jensen-Shannon distance of each window to its nearest reference histogram; shape (..., windows)."""
    which = nearest(windows, reference, same=same)
    return jensen_shannon(windows, np.take_along_axis(reference, which[..., None], axis=-2))


def _entropy_terms(shares_: Floats, middle: Floats) -> Floats:
    """Kullback-Leibler divergence to the middle, in bits; shape (...)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = shares_ * np.log2(shares_ / middle)
    return np.asarray(np.where(shares_ > 0, terms, 0.0).sum(axis=-1), dtype=np.float64)
