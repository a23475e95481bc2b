"""How far a number falls in each resample, in that resample's own standard errors, from products of what units add.

The first-order standard error of a resample is the root of the sum, over its units, of the square of what each moves
the number: a quadratic form in the formula's derivatives, whose matrix is the weighted sum of the products of the
units' terms. So one multiplication of matrices serves all resamples, and nothing as long as the units is held for each.
"""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats
from trainstop.judgement.statistic import ROUNDING, Statistic, gradient

MOST_TERMS = 8
"""Of more terms there are too many products."""
EXACT = 1e-13
"""A square this small, relative to what is added and subtracted for it, is rounding."""


def columns(statistic: Statistic) -> Floats:
    """Return what is to be added up over the units of a resample: terms, then products, shape (units, columns)."""
    terms = _apart(statistic, statistic.sums)
    centred = terms - terms.mean(axis=0)
    first, second = np.triu_indices(terms.shape[1])
    held = np.empty((len(terms), terms.shape[1] + len(first)), order="F")
    held[:, : terms.shape[1]] = statistic.sums
    for place, (one, other) in enumerate(zip(first, second, strict=True), terms.shape[1]):
        np.multiply(centred[:, one], centred[:, other], out=held[:, place])
    return held


def distances(statistic: Statistic, point: float, drawn: Floats) -> Floats:
    """Return each resample's distance from `point` in its own standard errors, shape (resamples,).

    NaN where the formula failed; infinite where the resample shows no spread.

    Args:
        statistic: the number.
        point: its value on all units.
        drawn: the sums of `columns` over the units of each resample, shape (resamples, columns).

    """
    units, width = statistic.sums.shape
    sums, products = drawn[:, :width], drawn[:, width:]
    mean = _apart(statistic, statistic.sums).mean(axis=0)
    value = statistic.formula(sums).astype(np.float64)
    slopes = gradient(statistic.formula, sums)
    if statistic.paired:
        half = width // 2
        slopes = np.hstack([slopes[:, :half], slopes[:, :half] + slopes[:, half:]])
    first, second = np.triu_indices(width)
    pairs = slopes[:, first] * slopes[:, second] * np.where(first == second, 1.0, 2.0)
    offset = slopes @ mean
    moved = _rows(slopes, _apart(statistic, sums) - units * mean)
    square = _rows(pairs, products) + 2 * offset * moved + units * offset**2
    size = _rows(np.abs(pairs), np.abs(products)) + units * offset**2
    error = np.sqrt(units / (units - 1) * np.where(square <= EXACT * size, 0.0, square))
    distance = value - point
    near = np.abs(distance) <= ROUNDING * statistic.size
    return np.asarray(np.where(np.isfinite(value), np.where(near, 0.0, distance / error), distance), dtype=np.float64)


def _apart(statistic: Statistic, sums: Floats) -> Floats:
    """Return the terms of two alike models as their difference and the second's: what tells them apart may be tiny."""
    if not statistic.paired:
        return sums
    half = sums.shape[-1] // 2
    return np.concatenate([sums[..., :half] - sums[..., half:], sums[..., half:]], axis=-1)


def _rows(left: Floats, right: NDArray[np.float64]) -> Floats:
    """Return the products of rows with rows, shape (rows,)."""
    return np.asarray(np.einsum("rc,rc->r", left, right))
