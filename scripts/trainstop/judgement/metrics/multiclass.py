"""Metrics of a classifier of several classes. Each equals scikit-learn's of the same name.

`macro_auc` is its `roc_auc_score` one class against the rest; `kappa` is Cohen's; the `macro_` ones are `f1_score`,
`precision_score` and `recall_score`, in which a class that was never predicted, or never true, counts as 0; they are
over the classes that are true or predicted, a champion's over those of the candidate (`Sample.averaged`).
Those that are no plain means are given by their value and its first-order change with each row's weight.
"""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import ranks
from trainstop.judgement.metrics.base import Metric, around, mean_of, ratio
from trainstop.judgement.metrics.binary import SMALLEST
from trainstop.judgement.samples import Floats, Sample

NO_COLUMN = "a class of the target has no score column"


def _accuracy_terms(sample: Sample) -> Floats:
    """Whether the prediction is right."""
    return mean_of(sample.target == _prediction(sample))


def _macro_f1_terms(sample: Sample) -> Floats:
    """First-order contributions to the mean of the classes' F1.

    A class's F1 is 2 TP / D with D its true and predicted rows. A row adds 2 / D to its class when it is right, and
    takes F1 / D from its true and from its predicted class. The sum over rows is zero, so the metric is added to each.
    """
    target, predicted = sample.target, _prediction(sample)
    counted, classes = _averaged(sample)
    size = len(sample.classes)
    right = target == predicted
    total = (np.bincount(target, minlength=size) + np.bincount(predicted, minlength=size)).astype(np.float64)
    hits = np.bincount(target[right], minlength=size)
    seen = counted & (total > 0)
    f1 = np.divide(2.0 * hits, total, out=np.zeros(size), where=seen)
    gain = np.divide(2.0, total, out=np.zeros(size), where=seen)
    loss = np.divide(f1, total, out=np.zeros(size), where=seen)
    change = right * gain[target] - loss[target] - loss[predicted]
    return mean_of(f1.sum() / classes + change * len(sample) / classes)


def _macro_recall_terms(sample: Sample) -> Floats:
    """Mean recall of the classes."""
    return _mean_share(sample, sample.target, *_averaged(sample))


def _balanced_terms(sample: Sample) -> Floats:
    """Mean recall of the classes that are true anywhere."""
    true = np.bincount(sample.target, minlength=len(sample.classes)) > 0
    return _mean_share(sample, sample.target, true, int(np.count_nonzero(true)))


def _macro_precision_terms(sample: Sample) -> Floats:
    """Mean precision of the classes."""
    return _mean_share(sample, _prediction(sample), *_averaged(sample))


def _mean_share(sample: Sample, by: NDArray[np.intp], counted: NDArray[np.bool_], classes: int) -> Floats:
    """Mean over the classes `counted` of the share of right rows among those that `by` puts into the class.

    Args:
        sample: the rows.
        by: each row's class, shape (rows,).
        counted: which classes count, shape (classes,).
        classes: how many do, with those that are no classes of this sample.

    """
    size = len(sample.classes)
    right = sample.target == _prediction(sample)
    total = np.bincount(by, minlength=size).astype(np.float64)
    share = np.divide(np.bincount(by[right], minlength=size), total, out=np.zeros(size), where=counted & (total > 0))
    changes = counted[by] * (right - share[by]) * (len(sample) / (total[by] * classes))
    return around(float(share.sum() / classes), changes)


def _averaged(sample: Sample) -> tuple[NDArray[np.bool_], int]:
    """Return which classes macro averages are taken over, and how many: those that are told, else all that are seen."""
    if sample.averaged is not None:
        told = set(sample.averaged)
        return np.array([name in told for name in sample.classes]), len(told)
    seen = np.zeros(len(sample.classes), dtype=bool)
    seen[sample.target] = seen[_prediction(sample)] = True
    return seen, int(np.count_nonzero(seen))


def _kappa_terms(sample: Sample) -> Floats:
    """Agreement beyond what the margins alone would give (Cohen 1960)."""
    target, predicted = sample.target, _prediction(sample)
    size, rows = len(sample.classes), len(sample)
    right = target == predicted
    true, said = (np.bincount(labels, minlength=size) / rows for labels in (target, predicted))
    observed, expected = float(right.mean()), float(true @ said)
    left = 1 - expected
    if left <= 0:
        return mean_of(np.full(rows, np.nan))
    by_chance = said[target] + true[predicted] - 2 * expected
    changes = (right - observed) / left - by_chance * (1 - observed) / left**2
    return around((observed - expected) / left, changes)


def _macro_auc_terms(sample: Sample) -> Floats:
    """Mean over the classes of the area under the ROC curve of that class against the rest, ties counting one half."""
    scores, rows = np.asarray(sample.score, dtype=np.float64), len(sample)
    counted = np.bincount(sample.target, minlength=len(sample.classes))
    if len(sample.score_classes) != len(sample.classes) or not counted.all() or len(counted) < 2:
        return mean_of(np.full(rows, np.nan))
    value, changes = 0.0, np.zeros(rows)
    for column, label in enumerate(sample.score_classes):
        own = sample.target == label
        placed = ranks.placements(own, scores[:, column])
        area = float(placed[own].mean())
        changes += (placed - area) * np.where(own, rows / counted[label], rows / (rows - counted[label]))
        value += area
    return around(value / len(counted), changes / len(counted))


def _brier_terms(sample: Sample) -> Floats:
    """Squared distance of all probabilities of a row from what was true; 2 at most, NaN where a class has no score."""
    scores, own = np.asarray(sample.score, dtype=np.float64), _column(sample)
    given = np.where(own >= 0, scores[np.arange(len(own)), own], np.nan)
    return mean_of((scores**2).sum(axis=1) - 2 * given + 1)


def _log_loss_terms(sample: Sample) -> Floats:
    """Minus the logarithm of the probability given to the true class; NaN where that class has no score."""
    scores = np.clip(np.asarray(sample.score, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    scores = scores / scores.sum(axis=1, keepdims=True)
    own = _column(sample)
    given = np.where(own >= 0, scores[np.arange(len(own)), own], np.nan)
    return mean_of(-np.log(given))


def _column(sample: Sample) -> NDArray[np.intp]:
    """Return the score column of each row's true class; -1 where it has none."""
    column = np.full(len(sample.classes), -1)
    column[list(sample.score_classes)] = np.arange(len(sample.score_classes))
    return np.asarray(column[sample.target])


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
        proportion=True,
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
        undefined=NO_COLUMN,
        by_class=False,
        scale="loss",
    ),
    Metric(
        name="brier",
        task="multiclass",
        greater_is_better=False,
        needs="probability",
        terms=_brier_terms,
        formula=ratio,
        undefined=NO_COLUMN,
        by_class=False,
        scale="loss",
    ),
    Metric(
        name="macro_auc",
        task="multiclass",
        greater_is_better=True,
        needs="probability",
        terms=_macro_auc_terms,
        formula=ratio,
        undefined="a class has no row, or no score column",
    ),
    Metric(
        name="macro_precision",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=_macro_precision_terms,
        formula=ratio,
    ),
    Metric(
        name="macro_recall",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=_macro_recall_terms,
        formula=ratio,
    ),
    Metric(
        name="balanced_accuracy",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=_balanced_terms,
        formula=ratio,
    ),
    Metric(
        name="kappa",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=_kappa_terms,
        formula=ratio,
        undefined="all rows are of one class and predicted so",
        scale="correlation",
    ),
)
