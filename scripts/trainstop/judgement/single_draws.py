"""Bootstrap in which every single unit gets its own weight, a million rows and more, without adding any up."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import parallel
from trainstop.judgement.resampling import Studentised
from trainstop.judgement.samples import Floats
from trainstop.judgement.statistic import Statistic

STEPS = (94, 189, 235, 251, 255)
"""A random byte at or above the k-th of these makes a weight of at least k: 0 to 5, with mean 1 and variance 1 exactly
and a third central moment of 0.98, as of a Poisson count, whose bootstrap it stands for (Chamandy et al. 2012)."""
CHUNK = 2048
"""Units weighted at a time; their weights for 1,000 resamples take 8 MB."""
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
        For each model the weighted sums, shape (resamples, terms). Deviations from the plain sums are accumulated, so
        that single precision inside a chunk costs nothing that resampling would not.

    """
    widths = np.cumsum([model.shape[1] for model in models])
    columns = [column for model in models for column in model.T]
    places, kept = _distinct(columns)
    apart = np.zeros((resamples, len(kept)))

    def weighted(start: int) -> NDArray[np.float32]:
        part = np.array([column[start : start + CHUNK] for column in kept], dtype=np.float32)
        return _weights(np.random.SFC64([seed, start // CHUNK]), resamples, part.shape[1]) @ part.T

    for change in parallel.each(weighted, range(0, len(columns[0]), CHUNK), size=CHUNK * resamples):
        apart += change
    total = np.array([column.sum() for column in kept])
    return np.split((total + apart)[:, places], widths[:-1], axis=1)


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


def _weights(bits: np.random.SFC64, resamples: int, units: int) -> NDArray[np.float32]:
    """Return weights less their mean, shape (resamples, units)."""
    raw = bits.random_raw((resamples * units + 7) // 8).view(np.uint8)[: resamples * units]
    weights = (raw >= STEPS[0]).view(np.int8)
    for step in STEPS[1:]:
        weights += (raw >= step).view(np.int8)
    weights -= 1
    return weights.astype(np.float32).reshape(resamples, units)
