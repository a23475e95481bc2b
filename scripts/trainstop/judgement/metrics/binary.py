"""Metrics of a binary classifier. Each equals scikit-learn's of the same name."""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import halves, ranks
from trainstop.judgement.metrics.base import Metric, columns, mean_of, ratio
from trainstop.judgement.samples import Floats, Sample

BOTH_CLASSES = "it needs rows of both classes"
SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are kept this far from 0 and 1 before the logarithm."""


def _auc_terms(sample: Sample) -> Floats:
    """Placements of positive and of negative rows, and how many there are.

    The negatives' are taken from their mean, so that the two means add up to the metric and not to twice it.
    """
    placed = ranks.placements(sample.target, _score(sample))
    held = np.empty((len(placed), 4), order="F")
    held[:, 1] = sample.target
    held[:, 3] = 1 - held[:, 1]
    np.multiply(placed, held[:, 1], out=held[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        value = held[:, 0].sum() / held[:, 1].sum()
    np.subtract(placed, value, out=held[:, 2])
    held[:, 2] *= held[:, 3]
    return held


def _auc_formula(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Mean placement of the positives, and what the negatives' mean moved away from it."""
    return np.asarray(sums[..., 0] / sums[..., 1] + sums[..., 2] / sums[..., 3])


def _average_precision_terms(sample: Sample) -> Floats:
    """Contributions, and the number of positives."""
    return columns(ranks.precision_contributions(sample.target, _score(sample)), sample.target)


def _log_loss_terms(sample: Sample) -> Floats:
    """Minus the logarithm of the probability given to what was true."""
    score = np.clip(_score(sample), SMALLEST, 1 - SMALLEST)
    return mean_of(-np.log(np.where(sample.target, score, 1 - score)))


def _brier_terms(sample: Sample) -> Floats:
    """Squared distance of the probability from what was true."""
    return mean_of((_score(sample) - sample.target) ** 2)


def _accuracy_terms(sample: Sample) -> Floats:
    """Whether the prediction is right."""
    return mean_of(sample.target == _prediction(sample))


def _precision_terms(sample: Sample) -> Floats:
    """True positives, and predicted ones."""
    predicted = _prediction(sample)
    return columns(sample.target & predicted, predicted)


def _recall_terms(sample: Sample) -> Floats:
    """True positives, and positives."""
    return columns(sample.target & _prediction(sample), sample.target)


def _f1_terms(sample: Sample) -> Floats:
    """True positives, and the mean of predicted and true ones."""
    predicted = _prediction(sample)
    half = 0.5 * (predicted.astype(np.float64) + sample.target)
    return columns(sample.target & predicted, half)


def _score(sample: Sample) -> Floats:
    """Return the scores, which the caller has asked for by `needs`."""
    return np.asarray(sample.score, dtype=np.float64)


def _prediction(sample: Sample) -> NDArray[np.bool_]:
    """Return the predictions, which the caller has asked for by `needs`."""
    return np.asarray(sample.prediction, dtype=bool)


METRICS = (
    Metric(
        name="auc",
        task="binary",
        greater_is_better=True,
        of_halves=halves.area,
        needs="score",
        terms=_auc_terms,
        formula=_auc_formula,
        undefined=BOTH_CLASSES,
        primary=True,
    ),
    Metric(
        name="average_precision",
        task="binary",
        greater_is_better=True,
        of_halves=halves.average_precision,
        needs="score",
        terms=_average_precision_terms,
        formula=ratio,
        undefined="it needs positive rows",
    ),
    Metric(
        name="log_loss",
        task="binary",
        greater_is_better=False,
        by_row=True,
        needs="probability",
        terms=_log_loss_terms,
        formula=ratio,
        scale="loss",
        primary=True,
    ),
    Metric(
        name="brier",
        task="binary",
        greater_is_better=False,
        by_row=True,
        needs="probability",
        terms=_brier_terms,
        formula=ratio,
        scale="loss",
    ),
    Metric(
        name="accuracy",
        task="binary",
        greater_is_better=True,
        by_row=True,
        needs="prediction",
        terms=_accuracy_terms,
        formula=ratio,
        proportion=True,
    ),
    Metric(
        name="precision",
        task="binary",
        greater_is_better=True,
        by_row=True,
        needs="prediction",
        terms=_precision_terms,
        formula=ratio,
        proportion=True,
        undefined="no row was predicted positive",
    ),
    Metric(
        name="recall",
        task="binary",
        greater_is_better=True,
        by_row=True,
        needs="prediction",
        terms=_recall_terms,
        formula=ratio,
        proportion=True,
        undefined="no row is positive",
    ),
    Metric(
        name="f1",
        task="binary",
        greater_is_better=True,
        by_row=True,
        needs="prediction",
        terms=_f1_terms,
        formula=ratio,
        undefined="no row is positive or was predicted so",
    ),
)
