"""Metrics of what a binary classifier decides, beside those in `binary`. Each equals scikit-learn's of the same name.

`specificity` is its `recall_score` of the negative class, `mcc` its `matthews_corrcoef` (which is 0 where ours has no
value: when all rows are of one class, or predicted to be).
"""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics.base import Metric, columns, ratio
from trainstop.judgement.samples import Floats, Sample


def _specificity_terms(sample: Sample) -> Floats:
    """True negatives, and negatives."""
    negative = ~sample.target
    return columns(negative & ~_prediction(sample), negative)


def _balanced_terms(sample: Sample) -> Floats:
    """True positives, positives, true negatives, negatives."""
    positive, predicted = sample.target, _prediction(sample)
    return columns(positive & predicted, positive, ~positive & ~predicted, ~positive)


def _balanced(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Mean of the two classes' recalls."""
    return np.asarray(0.5 * (sums[..., 0] / sums[..., 1] + sums[..., 2] / sums[..., 3]))


def _mcc_terms(sample: Sample) -> Floats:
    """True positives, rows, positives, predicted positives."""
    positive, predicted = sample.target, _prediction(sample)
    return columns(positive & predicted, np.ones(len(sample)), positive, predicted)


def _mcc(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Correlation of truth and prediction (Matthews 1975), from shares so that no product overflows."""
    both, true, said = (sums[..., place] / sums[..., 1] for place in (0, 2, 3))
    return np.asarray((both - true * said) / np.sqrt(true * (1 - true) * said * (1 - said)))


def _prediction(sample: Sample) -> NDArray[np.bool_]:
    """Return the predictions, which the caller has asked for by `needs`."""
    return np.asarray(sample.prediction, dtype=bool)


METRICS = (
    Metric(
        name="specificity",
        task="binary",
        greater_is_better=True,
        needs="prediction",
        terms=_specificity_terms,
        formula=ratio,
        undefined="no row is negative",
    ),
    Metric(
        name="balanced_accuracy",
        task="binary",
        greater_is_better=True,
        needs="prediction",
        terms=_balanced_terms,
        formula=_balanced,
        undefined="it needs rows of both classes",
    ),
    Metric(
        name="mcc",
        task="binary",
        greater_is_better=True,
        needs="prediction",
        terms=_mcc_terms,
        formula=_mcc,
        undefined="all rows are of one class, or predicted to be",
        scale="correlation",
    ),
)
