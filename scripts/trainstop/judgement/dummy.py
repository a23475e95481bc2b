"""Is a model better than always giving the same answer? The best constant in hindsight, on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import answers, rankings, ranks
from trainstop.judgement.metrics import forecast

Floats = NDArray[np.float64]
SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are kept this far from 0 and 1 before the logarithm."""


@dataclass(frozen=True)
class Against:
    """Losses row by row, shape (rows,): of the model, and of the best constant answer."""

    loss: str
    """`log loss`, `squared error`, `1 - NDCG` or `pinball loss`."""
    model: Floats
    constant: Floats
    ranks_well: float | None = None
    """Area under the ROC curve, of several classes the mean over each against the rest: what a classifier is worth
    where its scores are no probabilities, or too sure ones of two classes."""
    probability: bool = True
    """Whether the losses mean anything: a logarithm of what is no probability does not."""
    named: str = "the best constant answer"
    """What gives the `constant` losses, in words."""
    rows: NDArray[np.intp] | None = None
    """Of which rows of the table the losses are; None: one of each."""


@dataclass(frozen=True)
class Gain:
    """Mean loss of the constant answer less the model's, with its interval where there are enough rows to have one."""

    value: float
    interval: tuple[float, float] | None


def of_scores(target: Sequence[Any], classes: Sequence[Any], scores: Floats) -> Against:
    """Compare class probabilities with the classes' shares.

    Args:
        target: true classes, shape (rows,).
        classes: the class of each column of `scores`.
        scores: probabilities, shape (rows, classes).

    """
    scores = np.asarray(scores, dtype=np.float64)
    names = [str(name) for name in classes]
    truth = np.array([names.index(str(value)) for value in target], dtype=np.intp)
    rows = np.arange(len(truth))
    given = np.clip(scores[rows, truth], SMALLEST, 1.0)
    shares = np.bincount(truth, minlength=len(names)) / len(truth)
    probability = answers.are_probabilities(scores)
    area = None if probability and len(names) > 2 else _area(truth, scores)
    return Against("log loss", -np.log(given), -np.log(shares[truth]), area, probability=probability)


def _area(truth: NDArray[np.intp], scores: Floats) -> float | None:
    """Return the area under the ROC curve of the last of two classes, or the mean over every class that has one."""
    areas = []
    for place in range(scores.shape[1])[-1 if scores.shape[1] == 2 else 0 :]:
        positive = truth == place
        if positive.any() and not positive.all():
            areas.append(float(ranks.placements(positive, scores[:, place])[positive].mean()))
    return float(np.mean(areas)) if areas else None


def of_numbers(target: Floats, prediction: Floats) -> Against:
    """Compare predicted numbers with the mean of the true ones."""
    return Against("squared error", (target - prediction) ** 2, (target - target.mean()) ** 2)


def of_rankings(query: NDArray[np.intp], relevance: Floats, score: Floats) -> Against:
    """Compare a ranking with a random order of each query's rows, in expectation. Arguments have shape (rows,).

    The losses are of queries, each at its first row; those that say nothing are left out.
    """
    of, model = rankings.ndcg(query, relevance, score)
    random = rankings.ndcg(query, relevance, np.zeros(len(score)))[1]
    told = of.telling
    return Against("1 - NDCG", 1 - model[told], 1 - random[told], named="a random order", rows=of.first[told])


def of_quantiles(target: Floats, quantiles: Floats, levels: tuple[float, ...]) -> Against:
    """Compare quantiles, shape (rows, levels), with those of the target over all rows."""
    constant = np.broadcast_to(np.quantile(target, levels), quantiles.shape)
    model, always = (forecast.losses(target, said, levels).mean(axis=1) for said in (quantiles, constant))
    return Against("pinball loss", model, always, named="the target's own quantiles, always")


def gain(against: Against, cluster: NDArray[np.intp], *, confidence: float, minimum: int) -> Gain:
    """Return how much loss the model saves, with a normal interval that takes a cluster's rows as dependent.

    The variance is that of a mean under clustering (Liang and Zeger 1986) with the G/(G-1) correction.

    Args:
        against: losses row by row.
        cluster: number of each row's cluster, shape (rows,); all different where rows are independent.
        confidence: share of such intervals that shall hold the truth.
        minimum: fewer clusters than this give no interval.

    """
    saved = against.constant - against.model
    value = float(saved.mean())
    sums = np.bincount(cluster, weights=saved - value)
    count = int(np.count_nonzero(np.bincount(cluster)))
    if count < minimum:
        return Gain(value, None)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(saved)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return Gain(value, (value - reach, value + reach))
