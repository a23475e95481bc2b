"""Metrics of a model that predicts a number. `bias` is the mean of prediction less truth; others as in scikit-learn.

`mape` is its `mean_absolute_percentage_error` and has no value where a truth is 0 (scikit-learn divides by a tiny
number there); `rmsle` its `root_mean_squared_log_error`, for quantities that are never negative.
"""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics.base import Metric, columns, mean_of, ratio
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
    return columns(_error(sample) ** 2, centred**2, centred, np.ones(len(sample)))


def _r2_formula(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """One less the errors' share of the truth's own spread."""
    return np.asarray(1 - sums[..., 0] / (sums[..., 1] - sums[..., 2] ** 2 / sums[..., 3]))


def _bias_terms(sample: Sample) -> Floats:
    """Errors with their sign."""
    return mean_of(_error(sample))


def _explained_terms(sample: Sample) -> Floats:
    """First two moments of the errors and of the truth, each about its mean; the second term counts rows."""
    error, target = _error(sample), sample.target
    error, target = error - error.mean(), target - target.mean()
    return columns(error, np.ones(len(sample)), error**2, target, target**2)


def _explained(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """One less the share of the truth's spread that the errors' spread is."""
    left = sums[..., 2] - sums[..., 0] ** 2 / sums[..., 1]
    return np.asarray(1 - left / (sums[..., 4] - sums[..., 3] ** 2 / sums[..., 1]))


def _percentage_terms(sample: Sample) -> Floats:
    """Absolute errors as shares of the truth; NaN where that is 0."""
    size = np.where(sample.target == 0, np.nan, np.abs(sample.target))
    return mean_of(np.abs(_error(sample)) / size)


def _log_terms(sample: Sample) -> Floats:
    """Squared differences of the logarithms of 1 + prediction and 1 + truth; NaN where one is negative."""
    with np.errstate(invalid="ignore", divide="ignore"):
        sides = (np.asarray(side, dtype=np.float64) for side in (sample.prediction, sample.target))
        logs = [np.log1p(np.where(side < 0, np.nan, side)) for side in sides]
    return mean_of((logs[0] - logs[1]) ** 2)


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
    Metric(
        name="explained_variance",
        task="regression",
        greater_is_better=True,
        needs="prediction",
        terms=_explained_terms,
        formula=_explained,
        undefined="the target is the same in every row",
        scale="gain",
    ),
    Metric(
        name="mape",
        task="regression",
        greater_is_better=False,
        needs="prediction",
        terms=_percentage_terms,
        formula=ratio,
        undefined="a true number is 0, and nothing is a share of that",
        scale="loss",
        optional=True,
    ),
    Metric(
        name="rmsle",
        task="regression",
        greater_is_better=False,
        needs="prediction",
        terms=_log_terms,
        formula=_root,
        undefined="a true or a predicted number is negative",
        scale="loss",
        optional=True,
    ),
)
