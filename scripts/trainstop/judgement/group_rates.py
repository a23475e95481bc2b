"""What is compared between groups: rates of one group, and the disparities that are made of them, by task."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.metrics.base import Metric, columns, mean_of, ratio
from trainstop.judgement.samples import Floats, Sample

MOST_CLASSES = 20
"""Classes of a multiclass model whose selection rates are compared: those predicted most often."""
UNDIRECTED = ("selection_rate", "true_positive_rate", "false_positive_rate", "prediction_mean")
"""Rates (also with a class behind them) that are neither good nor bad by themselves."""


@dataclass(frozen=True)
class Respect:
    """One respect in which groups may differ.

    Attributes:
        name: as in the configuration.
        rates: names of the rates; the one that differs most counts.
        kind: largest less smallest group, or smallest over largest.

    """

    name: str
    rates: tuple[str, ...]
    kind: Literal["difference", "ratio"]


def rates_of(sample: Sample) -> tuple[Metric, ...]:
    """Return the rates of a task; each is a ratio of two sums over rows, or the sum of two such ratios."""
    if sample.task == "binary":
        return (SELECTION_RATE, TRUE_POSITIVE_RATE, FALSE_POSITIVE_RATE, _accuracy("binary"), BY_TASK["binary"]["auc"])
    if sample.task == "multiclass":
        return (_accuracy("multiclass"), *(_selection_rate(sample, each) for each in _often_predicted(sample)))
    return (PREDICTION_MEAN, BY_TASK["regression"]["mae"])


def respects_of(sample: Sample, rates: tuple[Metric, ...]) -> tuple[Respect, ...]:
    """Return the disparities of a task.

    Those of a binary classifier are fairlearn's: demographic parity compares selection rates, equalized odds true and
    false positive rates (Hardt, Price and Srebro 2016), equal opportunity true positive rates.
    """
    accuracy = Respect("accuracy-difference", ("accuracy",), "difference")
    if sample.task == "binary":
        return (*BINARY, accuracy, Respect("auc-difference", ("auc",), "difference"))
    if sample.task == "multiclass":
        selected = tuple(rate.name for rate in rates if rate.name != "accuracy")
        return (Respect("demographic-parity-difference", selected, "difference"), accuracy)
    return (
        Respect("prediction-difference", ("prediction_mean",), "difference"),
        Respect("mae-difference", ("mae",), "difference"),
    )


def rests_on(terms: Floats) -> int:
    """Return how many rows a rate is a share of: the least of its denominators. Shape of `terms`: (rows, 2 or 4)."""
    return int(terms[:, 1::2].sum(axis=0).min(initial=len(terms)))


def is_share(metric: Metric) -> bool:
    """Say whether a rate counts rows, so that one row more or less moves it by one over their number."""
    return metric.needs == "prediction" and metric.task != "regression"


def _accuracy(task: Literal["binary", "multiclass"]) -> Metric:
    """Return the accuracy, which within a group needs no rows of every class."""
    return replace(BY_TASK[task]["accuracy"], by_class=False)


def _selected_terms(sample: Sample) -> Floats:
    """Whether the prediction is positive."""
    return mean_of(_predicted(sample))


def _true_positive_terms(sample: Sample) -> Floats:
    """True positives, and positives."""
    return columns(sample.target & _predicted(sample), sample.target)


def _false_positive_terms(sample: Sample) -> Floats:
    """False positives, and negatives."""
    return columns(~sample.target & _predicted(sample), ~sample.target)


def _prediction_terms(sample: Sample) -> Floats:
    """Predicted numbers."""
    return mean_of(np.asarray(sample.prediction, dtype=np.float64))


def _predicted(sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return binary predictions, which the caller has asked for by `needs`."""
    return np.asarray(sample.prediction, dtype=bool)


def _selection_rate(sample: Sample, place: int) -> Metric:
    """Return the rate at which one class of a multiclass model is predicted."""
    return Metric(
        name=f"selection_rate {sample.classes[place][:100]}",
        task="multiclass",
        greater_is_better=True,
        needs="prediction",
        terms=lambda rows: mean_of(np.asarray(rows.prediction) == place),
        formula=ratio,
        by_class=False,
    )


def _often_predicted(sample: Sample) -> list[int]:
    """Return the classes that are predicted most often, in their own order; all where nothing is predicted."""
    if sample.prediction is None:
        return list(range(min(len(sample.classes), MOST_CLASSES)))
    counts = np.bincount(sample.prediction, minlength=len(sample.classes))
    return sorted(int(place) for place in np.argsort(-counts, kind="stable")[:MOST_CLASSES])


SELECTION_RATE = Metric(
    name="selection_rate",
    task="binary",
    greater_is_better=True,
    needs="prediction",
    terms=_selected_terms,
    formula=ratio,
    by_class=False,
)
TRUE_POSITIVE_RATE = Metric(
    name="true_positive_rate",
    task="binary",
    greater_is_better=True,
    needs="prediction",
    terms=_true_positive_terms,
    formula=ratio,
    undefined="no row is positive",
    by_class=False,
)
FALSE_POSITIVE_RATE = Metric(
    name="false_positive_rate",
    task="binary",
    greater_is_better=False,
    needs="prediction",
    terms=_false_positive_terms,
    formula=ratio,
    undefined="no row is negative",
    by_class=False,
)
PREDICTION_MEAN = Metric(
    name="prediction_mean",
    task="regression",
    greater_is_better=True,
    needs="prediction",
    terms=_prediction_terms,
    formula=ratio,
    scale="real",
    by_class=False,
)
BINARY = tuple(
    Respect(f"{name}-{kind}", rates, kind)
    for name, rates in (
        ("demographic-parity", ("selection_rate",)),
        ("equalized-odds", ("true_positive_rate", "false_positive_rate")),
        ("equal-opportunity", ("true_positive_rate",)),
    )
    for kind in ("difference", "ratio")
)
