"""Bootstrap in which every single unit gets its own weight, a million rows and more, without adding any up."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.resampling import Statistic, Studentised
from trainstop.judgement.samples import Floats

STEPS = (94, 189, 235, 251, 255)
"""A random byte at or above the k-th of these makes a weight of at least k: 0 to 5, with mean 1 and variance 1 exactly
and a third central moment of 0.98, as of a Poisson count, whose bootstrap it stands for (Chamandy et al. 2012)."""
CHUNK = 2048
"""Units weighted at a time; their weights for 1,000 resamples take 8 MB."""


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
    total = np.concatenate([model.sum(axis=0) for model in models])
    apart = np.zeros((resamples, len(total)))
    bits = np.random.SFC64(seed)
    for start in range(0, len(models[0]), CHUNK):
        part = np.hstack([model[start : start + CHUNK] for model in models]).astype(np.float32)
        apart += _weights(bits, resamples, len(part)) @ part
    return np.split(total + apart, widths[:-1], axis=1)


def _weights(bits: np.random.SFC64, resamples: int, units: int) -> NDArray[np.float32]:
    """Return weights less their mean, shape (resamples, units)."""
    raw = bits.random_raw((resamples * units + 7) // 8).view(np.uint8)[: resamples * units]
    weights = (raw >= STEPS[0]).view(np.int8)
    for step in STEPS[1:]:
        weights += (raw >= step).view(np.int8)
    weights -= 1
    return weights.astype(np.float32).reshape(resamples, units)
