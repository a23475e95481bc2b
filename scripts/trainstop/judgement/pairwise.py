"""Differences between all pairs of several groups at once: intervals that hold together, for the farthest pair."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from trainstop.judgement.intervals import LOST, WIDEST
from trainstop.judgement.samples import Floats

Scale = Literal["difference", "ratio"]
AT_ONCE = 1 << 17
"""Numbers held at a time while resampling; a megabyte stays in the processor's cache."""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Member:
    """One rate of one group.

    Attributes:
        sums: what each unit adds to numerator and denominator, shape (units, 2), or to two such pairs, shape
            (units, 4); the rate is the sum of the ratios.
        least: its standard error is not taken to be smaller than this.

    """

    sums: Floats
    least: float = 0.0

    @property
    def value(self) -> float:
        """The rate."""
        return float(_values(self.sums.sum(axis=0)))

    @property
    def carrying(self) -> int:
        """Units that say anything about it."""
        return int(np.count_nonzero(self.sums[:, 1::2].any(axis=1)))


@dataclass(frozen=True)
class Spread:
    """Where the largest distance between two groups lies: from `lower` to `upper`."""

    lower: float
    upper: float


def least_error(value: float, rows: int) -> float:
    """Return the standard error of a share of so many rows had two more rows been counted, and two more not.

    A rate of 0 of 30 has no spread of its own, and is not known for sure (Agresti and Coull 1998 add as many rows).
    """
    share = (value * rows + 2) / (rows + 4)
    return float(np.sqrt(share * (1 - share) / (rows + 4)))


def farthest(
    families: Sequence[Sequence[Member]], scale: Scale, *, confidence: float, resamples: int, seed: int
) -> Spread | None:
    """Return an interval for the largest difference between two members of one family, over all families.

    The largest of several noisy differences is too large on average, and the pair that shows it was picked by chance:
    its own interval would be too sure. So all pairs get intervals that hold at once, by the quantile of the largest of
    their studentised bootstrap distances (max-t: Westfall and Young 1993, Romano and Wolf 2005), no narrower than
    Student's t for one pair. While they hold, the true largest distance lies between the largest lower end and the
    largest upper end. Units are drawn for all members together, so groups that share clusters stay paired.

    Args:
        families: of each rate, the groups; two or more with the same units, and with errors above zero.
        scale: differences of the rates, or of their logarithms (rates above 0), which gives the ratio's.
        confidence: share of such intervals that shall hold the truth, at least.
        resamples: of the bootstrap.
        seed: same seed and same input give the same digits.

    Returns:
        Distances on the scale asked for, 0 or more; None where too many resamples lack a group.

    """
    units = len(families[0][0].sums)
    with np.errstate(all="ignore"):
        points = [np.array([_scaled(member.value, scale) for member in family]) for family in families]
        errors = [_errors(family, scale) for family in families]
        largest = np.concatenate(
            [
                np.max([_largest(each, at, weights, scale) for each, at in zip(families, points, strict=True)], axis=0)
                for weights in _weights(units, resamples, seed, max(len(family) for family in families))
            ]
        )
    known = largest[~np.isnan(largest)]
    if len(known) < (1 - LOST) * resamples:
        return None
    carrying = min(member.carrying for family in families for member in family)
    pairs = sum(len(family) * (len(family) - 1) // 2 for family in families)
    one, all_of_them = (float(stdtrit(carrying - 1, 1 - (1 - confidence) / 2 / count)) for count in (1, pairs))
    reach = float(np.clip(np.quantile(known, confidence, method="inverted_cdf"), one, WIDEST * all_of_them))
    apart = np.concatenate([_pairs(np.abs(at[:, None] - at[None, :])) for at in points])
    half = reach * np.concatenate([_pairs(error) for error in errors])
    return Spread(float(max(0.0, (apart - half).max())), float((apart + half).max()))


def _values(sums: Floats) -> Floats:
    """Return rates from sums, shape (..., 2 or 4) to (...)."""
    return np.asarray((sums[..., ::2] / sums[..., 1::2]).sum(axis=-1), dtype=np.float64)


def _scaled(values: NDArray[np.float64] | float, scale: Scale) -> Floats:
    """Return rates, or their logarithms."""
    return np.asarray(np.log(values) if scale == "ratio" else values, dtype=np.float64)


def _errors(family: Sequence[Member], scale: Scale) -> Floats:
    """Return the standard errors of all differences, shape (members, members), by leaving out a unit at a time."""
    units = len(family[0].sums)
    left = np.stack([_scaled(_values(member.sums.sum(axis=0) - member.sums), scale) for member in family])
    centred = left - left.mean(axis=1, keepdims=True)
    variances = (units - 1) / units * centred @ centred.T
    least = np.array([member.least / (member.value if scale == "ratio" else 1.0) for member in family])
    lacking = np.maximum(least**2 - np.diag(variances), 0.0)
    return np.asarray(np.sqrt(_of_differences(variances) + lacking[:, None] + lacking[None, :]), dtype=np.float64)


def _largest(family: Sequence[Member], points: Floats, weights: Floats, scale: Scale) -> Floats:
    """Return, for each resample, the largest distance of a difference from its point in its own standard errors."""
    units = weights.shape[1]
    values, changes = zip(*(_resampled(member.sums, weights, scale) for member in family), strict=True)
    found, change = np.stack(values, axis=1), np.stack(changes, axis=1)
    variances = units / (units - 1) * (change * weights[:, None, :]) @ change.transpose(0, 2, 1)
    moved = found - points
    distance = np.abs(moved[:, :, None] - moved[:, None, :])
    error = np.sqrt(np.maximum(_of_differences(variances), 0.0))
    size = np.abs(points).max() + ROUNDING
    ratio = np.where(distance <= ROUNDING * size, 0.0, distance / error)
    return np.asarray(_pairs(ratio).max(axis=-1), dtype=np.float64)


def _resampled(sums: Floats, weights: Floats, scale: Scale) -> tuple[Floats, Floats]:
    """Return a rate in each resample, and how it changes with each unit: shapes (resamples,), (resamples, units)."""
    total = weights @ sums
    ratios = total[:, ::2] / total[:, 1::2]
    change = sum(
        (sums[None, :, 2 * pair] - ratios[:, pair, None] * sums[None, :, 2 * pair + 1]) / total[:, 2 * pair + 1, None]
        for pair in range(ratios.shape[1])
    )
    value = ratios.sum(axis=1)
    return _scaled(value, scale), np.asarray(change / value[:, None] if scale == "ratio" else change)


def _of_differences(variances: Floats) -> Floats:
    """Return the variances of all differences from covariances, both of shape (..., members, members)."""
    own = np.diagonal(variances, axis1=-2, axis2=-1)
    return np.asarray(own[..., :, None] + own[..., None, :] - 2 * variances, dtype=np.float64)


def _pairs(square: Floats) -> Floats:
    """Return each pair once, shape (..., members, members) to (..., pairs)."""
    first, second = np.triu_indices(square.shape[-1], k=1)
    return np.asarray(square[..., first, second], dtype=np.float64)


def _weights(units: int, resamples: int, seed: int, members: int) -> Iterator[Floats]:
    """Yield how often each unit is drawn, a resample a row, a chunk of resamples at a time."""
    random = np.random.default_rng(seed)
    step = max(1, AT_ONCE // (units * members))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = random.integers(0, units, size=(count, units)) + units * np.arange(count)[:, None]
        yield np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units).astype(np.float64)
