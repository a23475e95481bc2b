"""Metrics of a classifier of several classes. Each equals scikit-learn's of the same name (macro_f1: `f1_score`)."""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics.base import Metric, mean_of, ratio
from trainstop.judgement.metrics.binary import SMALLEST
from trainstop.judgement.samples import Floats, Sample


def _accuracy_terms(sample: Sample) -> Floats:
    """Whether the prediction is right."""
    return mean_of(sample.target == _prediction(sample))


def _macro_f1_terms(sample: Sample) -> Floats:
    """First-order contributions to the mean of the classes' F1; a class counts once it is true or predicted anywhere.

    A class's F1 is 2 TP / D with D its true and predicted rows. A row adds 2 / D to its class when it is right, and
    takes F1 / D from its true and from its predicted class. The sum over rows is zero, so the metric is added to each.
    """
    target, predicted = sample.target, _prediction(sample)
    size = len(sample.classes)
    right = target == predicted
    total = (np.bincount(target, minlength=size) + np.bincount(predicted, minlength=size)).astype(np.float64)
    hits = np.bincount(target[right], minlength=size)
    seen = total > 0
    f1 = np.divide(2.0 * hits, total, out=np.zeros(size), where=seen)
    gain = np.divide(2.0, total, out=np.zeros(size), where=seen)
    loss = np.divide(f1, total, out=np.zeros(size), where=seen)
    change = right * gain[target] - loss[target] - loss[predicted]
    return mean_of(f1[seen].mean() + change * len(sample) / np.count_nonzero(seen))


def _log_loss_terms(sample: Sample) -> Floats:
    """Minus the logarithm of the probability given to the true class; NaN where that class has no score."""
    scores = np.clip(np.asarray(sample.score, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    scores = scores / scores.sum(axis=1, keepdims=True)
    column = np.full(len(sample.classes), -1)
    column[list(sample.score_classes)] = np.arange(len(sample.score_classes))
    own = column[sample.target]
    given = np.where(own >= 0, scores[np.arange(len(own)), own], np.nan)
    return mean_of(-np.log(given))


def _prediction(sample: Sample) -> NDArray[np.intp]:
    """Return the predictions, which the caller has asked for by `needs`."""
    return np.asarray(sample.prediction, dtype=np.intp)


METRICS = (
    Metric(
        name="accuracy",
        task="multiclass",
        greater_is_better=True,
        by_row=True,
        needs="prediction",
        terms=_accuracy_terms,
        formula=ratio,
        by_class=False,
        primary=True,
    ),
    Metric(
        name="macro_f1",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=_macro_f1_terms,
        formula=ratio,
        primary=True,
    ),
    Metric(
        name="log_loss",
        task="multiclass",
        greater_is_better=False,
        by_row=True,
        needs="probability",
        terms=_log_loss_terms,
        formula=ratio,
        undefined="a class of the target has no score column",
        by_class=False,
        scale="loss",
    ),
)
