"""What one feature alone says of the target: too much is a sign that it was written after the answer was known."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.ranks import mean_ranks
from trainstop.judgement.samples import Floats, Rows

Kind = Literal["numeric", "categorical"]
FOLDS = 5
FEW_VALUES = 50
"""A numeric feature with so few values is also taken as categories, since its numbers may be mere codes."""
EXACT = 1e-9
"""A number that differs from a line through the target by less, relative to its spread, is that line."""


@dataclass(frozen=True)
class Feature:
    """One column of the sample.

    Attributes:
        kind: whether its values have an order.
        values: numbers, NaN where missing, or codes, -1 where missing; shape (rows,).

    """

    kind: Kind
    values: NDArray[np.float64] | Rows

    def codes(self) -> Rows:
        """Return the values as numbers from 0 on, the missing ones as a value of their own."""
        return np.asarray(np.unique(self.values, return_inverse=True)[1], dtype=np.intp).ravel()


def same_as_target(feature: Feature, target: NDArray[np.generic], *, classes: bool) -> bool:
    """Say whether the feature is the target, or a one-to-one function of it.

    Args:
        feature: missing values count as one value.
        target: class codes, or numbers; shape (rows,).
        classes: whether the target holds classes. Numbers ask for a line, since any two columns without a repeated
            value are one-to-one.

    """
    if classes:
        named, truths = np.unique(target, return_inverse=True)
        codes = feature.codes()
        if int(codes.max(initial=-1)) + 1 != len(named):
            return False
        return len(np.unique(codes * len(named) + truths.ravel())) == len(named)
    values = np.asarray(feature.values, dtype=np.float64)
    if feature.kind != "numeric" or not np.isfinite(values).all() or np.ptp(values) == 0:
        return False
    truth = np.asarray(target, dtype=np.float64)
    centred, own = truth - truth.mean(), values - values.mean()
    slope = (centred * own).sum() / (own**2).sum()
    return bool(np.abs(centred - slope * own).max() <= EXACT * np.ptp(truth))


def area(feature: Feature, target: Rows, *, seed: int) -> float:
    """Return the area under the ROC curve of a feature alone, averaged over the classes (one against the rest).

    Numbers are ranked, ties counted one half, in the better of both directions, missing values below all others.
    Categories, and numbers of few values, are scored by the share of the class among the other folds' rows of the same
    category, so that one that names each row is worth nothing. One half tells nothing, 1 tells everything.

    Args:
        feature: the column.
        target: class codes from 0 on, shape (rows,).
        seed: decides the folds.

    """
    classes = np.unique(target)
    wanted = classes[1:] if len(classes) == 2 else classes
    return float(np.mean([_strength(feature, target == each, seed) for each in wanted]))


def correlation(feature: Feature, target: Floats, *, seed: int) -> float:
    """Return the rank correlation (Spearman) of a feature with a number, without its sign; categories as in `area`."""
    found = [0.0]
    if feature.kind == "numeric":
        found.append(abs(_rank_correlation(_ranked(feature), target)))
    if feature.kind == "categorical" or _few(feature):
        found.append(_rank_correlation(_out_of_fold(feature.codes(), target, seed), target))
    return max(found)


def area_of_scores(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, ties counted one half (Mann and Whitney 1947)."""
    positives = int(np.count_nonzero(positive))
    negatives = len(positive) - positives
    above = float(mean_ranks(score)[positive].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def _strength(feature: Feature, positive: NDArray[np.bool_], seed: int) -> float:
    """Return the area of one class against the rest."""
    found = [0.5]
    if feature.kind == "numeric":
        ranked = area_of_scores(_ranked(feature), positive)
        found.append(max(ranked, 1 - ranked))
    if feature.kind == "categorical" or _few(feature):
        encoded = _out_of_fold(feature.codes(), positive.astype(np.float64), seed)
        found.append(area_of_scores(encoded, positive))
    return max(found)


def _few(feature: Feature) -> bool:
    """Say whether numbers take few values."""
    return len(np.unique(feature.values)) <= FEW_VALUES


def _ranked(feature: Feature) -> Floats:
    """Return numbers with the missing ones below all others."""
    values = np.asarray(feature.values, dtype=np.float64)
    return np.where(np.isnan(values), -np.inf, values)


def _out_of_fold(codes: Rows, target: Floats, seed: int) -> Floats:
    """Return the mean target of the same category's rows in the other folds; the others' overall mean for a new one."""
    fold = np.arange(len(codes)) % FOLDS
    np.random.default_rng(seed).shuffle(fold)
    encoded = np.empty(len(codes))
    size = int(codes.max()) + 1
    for each in range(FOLDS):
        other, own = fold != each, fold == each
        counts = np.bincount(codes[other], minlength=size)
        sums = np.bincount(codes[other], weights=target[other], minlength=size)
        overall = target[other].mean() if other.any() else 0.0
        means = np.divide(sums, counts, out=np.full(size, overall), where=counts > 0)
        encoded[own] = means[codes[own]]
    return encoded


def _rank_correlation(values: Floats, target: Floats) -> float:
    """Return Spearman's correlation, ties at their mean rank; 0 where one of them does not vary."""
    first, second = mean_ranks(values), mean_ranks(target)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size else 0.0
