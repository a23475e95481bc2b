"""Metrics of a number that is forecast by quantiles.

`pinball` is the mean over the quantiles of scikit-learn's `mean_pinball_loss`; `mae` and `rmse` are the median's;
`coverage` and `interval_width` are those of the widest central interval, between two quantiles a and 1 - a.
"""

import math

import numpy as np

from trainstop.judgement.metrics.base import Metric, mean_of, ratio
from trainstop.judgement.metrics.regression import METRICS as OF_NUMBERS
from trainstop.judgement.samples import Floats, Sample

NO_INTERVAL = "no two quantiles lie as far below as above the median"


def central(levels: tuple[float, ...]) -> tuple[int, int] | None:
    """Return the places of the widest pair of levels a and 1 - a, or None where there is none."""
    for low, level in enumerate(levels):
        for high in range(len(levels) - 1, low, -1):
            if math.isclose(level + levels[high], 1.0, abs_tol=1e-9):
                return low, high
    return None


def losses(target: Floats, quantiles: Floats, levels: tuple[float, ...]) -> Floats:
    """Return the pinball loss (Koenker and Bassett 1978) of each row and quantile, shape (rows, levels)."""
    short = target[:, None] - quantiles
    return np.asarray(np.maximum(np.array(levels) * short, (np.array(levels) - 1) * short), dtype=np.float64)


def _pinball_terms(sample: Sample) -> Floats:
    """Mean pinball loss of a row's quantiles."""
    return mean_of(losses(sample.target, _quantiles(sample), sample.levels).mean(axis=1))


def _crps_terms(sample: Sample) -> Floats:
    """Continuous ranked probability score of a row, from its quantiles.

    It is twice the integral of the pinball loss over all levels from 0, where the loss is 0, to 1, where it is 0 again
    (Gneiting and Ranjan 2011); here by the trapezoidal rule over the levels there are.
    """
    ends = np.array([0.0, *sample.levels, 1.0])
    weights = 0.5 * (ends[2:] - ends[:-2])
    return mean_of(2 * losses(sample.target, _quantiles(sample), sample.levels) @ weights)


def _coverage_terms(sample: Sample) -> Floats:
    """Whether the truth lies in the interval, ends included."""
    low, high = _interval(sample)
    inside = ((low <= sample.target) & (sample.target <= high)).astype(np.float64)
    return mean_of(np.where(np.isnan(low), np.nan, inside))


def _width_terms(sample: Sample) -> Floats:
    """Length of the interval."""
    low, high = _interval(sample)
    return mean_of(high - low)


def _interval(sample: Sample) -> tuple[Floats, Floats]:
    """Return both ends of the widest central interval, NaN where there is none. Shape (rows,) each."""
    places = central(sample.levels)
    if places is None:
        nothing = np.full(len(sample), np.nan)
        return nothing, nothing
    quantiles = _quantiles(sample)
    return quantiles[:, places[0]], quantiles[:, places[1]]


def _quantiles(sample: Sample) -> Floats:
    """Return the quantiles, which the caller has asked for by `needs`."""
    return np.asarray(sample.score, dtype=np.float64)


OF_THE_MEDIAN = tuple(
    Metric(
        name=metric.name,
        task="forecast",
        greater_is_better=False,
        needs="median",
        terms=metric.terms,
        formula=metric.formula,
        scale="loss",
        primary=metric.name == "mae",
    )
    for metric in OF_NUMBERS
    if metric.name in ("mae", "rmse")
)
METRICS = (
    Metric(
        name="pinball",
        task="forecast",
        greater_is_better=False,
        needs="quantiles",
        terms=_pinball_terms,
        formula=ratio,
        scale="loss",
        primary=True,
    ),
    Metric(
        name="crps",
        task="forecast",
        greater_is_better=False,
        needs="quantiles",
        terms=_crps_terms,
        formula=ratio,
        scale="loss",
    ),
    *OF_THE_MEDIAN,
    Metric(
        name="coverage",
        task="forecast",
        greater_is_better=True,
        needs="quantiles",
        terms=_coverage_terms,
        formula=ratio,
        undefined=NO_INTERVAL,
        compared=False,
        primary=True,
        optional=True,
    ),
    Metric(
        name="interval_width",
        task="forecast",
        greater_is_better=False,
        needs="quantiles",
        terms=_width_terms,
        formula=ratio,
        undefined=NO_INTERVAL,
        scale="real",
        compared=False,
        optional=True,
    ),
)
