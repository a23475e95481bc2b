"""Bootstrap in which every single unit gets its own weight, a million rows and more, without adding any up."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import parallel
from trainstop.judgement.resampling import Studentised
from trainstop.judgement.samples import Floats
from trainstop.judgement.statistic import Statistic

HEAVY = 71
"""Of 256 random bytes so many make a heavy weight, the others a light one."""
HEAVIER, LIGHTER = math.sqrt((256 - HEAVY) / HEAVY), -math.sqrt(HEAVY / (256 - HEAVY))
"""What these weights have more than 1, and less: mean 1 and variance 1 exactly, and a third central moment of 0.995,
where drawing rows with replacement has 1. Two values are enough for the first three moments (Mammen 1993)."""
SPAN = 1 << 14
"""Units weighted in one piece of work."""
AT_ONCE = 1 << 19
"""Weights made at a time, in memory that is used again: fresh memory for each would cost more than making them."""
GLANCE = 1000
"""Rows by which columns are told apart first."""


def draw_singly(wanted: Sequence[Mapping[str, Statistic]], *, resamples: int, seed: int) -> list[Studentised]:
    """Bootstrap the numbers of several metrics together; their standard errors are those of `Statistic.error`.

    Args:
        wanted: for each metric its numbers by name: `candidate`, `champion`, and `difference`, which is made of the
            sums of both.
        resamples: how many.
        seed: same seed and same input give the same draws.

    Returns:
        All numbers in the order given.

    """
    models = [each.sums for numbers in wanted for name, each in numbers.items() if name != "difference"]
    drawn = iter(resampled_sums(models, resamples=resamples, seed=seed) if models else [])
    found: list[Studentised] = []
    for numbers in wanted:
        held = {name: next(drawn) for name in numbers if name != "difference"}
        if held:  # what could not be measured has none
            held["difference"] = np.hstack(list(held.values()))
        found.extend(_measured(each, held[name]) for name, each in numbers.items())
    return found


def _measured(statistic: Statistic, sums: Floats) -> Studentised:
    """Return how far each resample's number fell from the number, in standard errors."""
    with np.errstate(all="ignore"):
        point = float(statistic.formula(statistic.sums.sum(axis=0)))
        error = float(np.hypot(statistic.error or 0.0, statistic.floor))
        draws = np.asarray((statistic.formula(sums) - point) / error, dtype=np.float64)
    return Studentised(point, error, not statistic.error, draws)


def resampled_sums(models: Sequence[Floats], *, resamples: int, seed: int) -> list[Floats]:
    """Return the sums of many weightings of the units, the same weights for all models.

    Args:
        models: what each unit adds, each of shape (units, terms); all with the same units.
        resamples: how many weightings.
        seed: same seed and same input give the same weights.

    Returns:
        For each model the weighted sums, shape (resamples, terms). Deviations from the mean are accumulated, so that
        single precision inside a chunk costs nothing that resampling would not.

    """
    widths = np.cumsum([model.shape[1] for model in models])
    columns = [column for model in models for column in model.T]
    places, kept = _distinct(columns)
    units = len(columns[0])
    means = np.array([column.mean() for column in kept])

    def heavy_sums(start: int) -> Floats:
        part = np.empty((len(kept) + 1, min(SPAN, units - start)), dtype=np.float32)
        for row, column, mean in zip(part, kept, means, strict=False):
            np.subtract(column[start : start + SPAN], mean, out=row, casting="same_kind")
        part[-1] = 1.0
        return _heavy_sums(part, np.random.SFC64([seed, start // SPAN]), resamples)

    heavy = np.zeros((len(kept) + 1, resamples))
    for some in parallel.each(heavy_sums, range(0, units, SPAN), size=SPAN * resamples):
        heavy += some
    # The light ones are all the others, and deviations from the mean add up to nothing.
    weights = (1 + LIGHTER) * units + (HEAVIER - LIGHTER) * heavy[-1]
    sums = (HEAVIER - LIGHTER) * heavy[:-1] + means[:, None] * weights
    return np.split(sums.T[:, places], widths[:-1], axis=1)


def _distinct(columns: Sequence[Floats]) -> tuple[list[int], list[Floats]]:
    """Return the columns that differ, and for each column which of these it is: counts of rows are many times there."""
    kept: list[Floats] = []
    places = []
    for column in columns:
        place = next((at for at, other in enumerate(kept) if _equal(column, other)), len(kept))
        if place == len(kept):
            kept.append(column)
        places.append(place)
    return places, kept


def _equal(column: Floats, other: Floats) -> bool:
    """Say whether two columns are equal; most that differ do so among their first rows."""
    return np.array_equal(column[:GLANCE], other[:GLANCE]) and np.array_equal(column, other)


def _heavy_sums(part: NDArray[np.float32], bits: np.random.SFC64, resamples: int) -> Floats:
    """Return the sums of rows of `part`, shape (rows, units), over each resample's heavy units: (rows, resamples)."""
    rows, units = part.shape
    step = max(1, AT_ONCE // resamples)
    are_heavy = np.empty((step, resamples), dtype=np.bool_)
    weights = np.empty((step, resamples), dtype=np.float32)
    once, sums = np.empty((rows, resamples), dtype=np.float32), np.zeros((rows, resamples))
    for start in range(0, units, step):
        count = min(step, units - start)
        drawn = bits.random_raw((count * resamples + 7) // 8).view(np.uint8)[: count * resamples]
        np.less(drawn.reshape(count, resamples), HEAVY, out=are_heavy[:count])
        np.copyto(weights[:count], are_heavy[:count])
        np.matmul(part[:, start : start + count], weights[:count], out=once)
        sums += once
    return sums
