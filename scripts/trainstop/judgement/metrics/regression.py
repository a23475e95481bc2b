"""Metrics of a model that predicts a number. `bias` is the mean of prediction less truth; others as in scikit-learn."""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics.base import Metric, mean_of, ratio
from trainstop.judgement.samples import Floats, Sample


def _error(sample: Sample) -> Floats:
    """Prediction less truth."""
    return np.asarray(sample.prediction - sample.target, dtype=np.float64)


def _absolute_terms(sample: Sample) -> Floats:
    """Absolute errors."""
    return mean_of(np.abs(_error(sample)))


def _squared_terms(sample: Sample) -> Floats:
    """Squared errors."""
    return mean_of(_error(sample) ** 2)


def _root(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Root of the mean."""
    return np.asarray(np.sqrt(ratio(sums)))


def _r2_terms(sample: Sample) -> Floats:
    """Squared errors, and the first two moments of the truth about its mean (exact however large the truth is)."""
    centred = sample.target - sample.target.mean()
    return np.column_stack([_error(sample) ** 2, centred**2, centred, np.ones(len(sample))])


def _r2_formula(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """One less the errors' share of the truth's own spread."""
    return np.asarray(1 - sums[..., 0] / (sums[..., 1] - sums[..., 2] ** 2 / sums[..., 3]))


def _bias_terms(sample: Sample) -> Floats:
    """Errors with their sign."""
    return mean_of(_error(sample))


METRICS = (
    Metric(
        name="mae",
        task="regression",
        greater_is_better=False,
        by_row=True,
        needs="prediction",
        terms=_absolute_terms,
        formula=ratio,
        scale="loss",
        primary=True,
    ),
    Metric(
        name="rmse",
        task="regression",
        greater_is_better=False,
        by_row=True,
        needs="prediction",
        terms=_squared_terms,
        formula=_root,
        scale="loss",
        primary=True,
    ),
    Metric(
        name="r2",
        task="regression",
        greater_is_better=True,
        needs="prediction",
        terms=_r2_terms,
        formula=_r2_formula,
        undefined="the target is the same in every row",
        scale="gain",
    ),
    Metric(
        name="bias",
        task="regression",
        greater_is_better=False,
        by_row=True,
        needs="prediction",
        terms=_bias_terms,
        formula=ratio,
        scale="real",
        compared=False,
    ),
)
