"""Whether a binary classifier's probabilities are what they say: in the large, and in their spread.

There is no expected calibration error here: it rests on bins, is biased upwards by noise, and has no interval that
holds. These two have one (Cox 1958; Van Calster et al. 2019 call them weak calibration).
"""

import numpy as np
from scipy.special import expit, logit

from trainstop.judgement.metrics.base import Metric, around, mean_of, ratio
from trainstop.judgement.metrics.binary import SMALLEST
from trainstop.judgement.samples import Floats, Sample

STEPS = 50
CLOSE = 1e-10


def _bias_terms(sample: Sample) -> Floats:
    """Probability less truth."""
    return mean_of(np.asarray(sample.score, dtype=np.float64) - sample.target)


def _slope_terms(sample: Sample) -> Floats:
    """The slope, and how each row moves it: a row's score equation, through the inverse information."""
    log_odds = logit(np.clip(np.asarray(sample.score, dtype=np.float64), SMALLEST, 1 - SMALLEST))
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    fitted = _logistic(design, sample.target.astype(np.float64))
    if fitted is None:
        return mean_of(np.full(len(sample), np.nan))
    coefficients, information = fitted
    left = sample.target - expit(design @ coefficients)
    changes = (design * left[:, None]) @ np.linalg.inv(information)[1]
    return around(float(coefficients[1]), changes)


def _logistic(design: Floats, target: Floats) -> tuple[Floats, Floats] | None:
    """Fit a logistic regression by Newton's method; return coefficients and mean information, None without a fit.

    There is none when all probabilities are equal, or when they part the classes without a mistake.
    """
    coefficients = np.array([0.0, 1.0])
    loss, step = np.inf, np.zeros(2)
    for _ in range(STEPS):
        line = design @ coefficients
        now = float(np.mean(np.logaddexp(0.0, line) - target * line))
        if now > loss + CLOSE:  # Newton's method may go too far: half the way back
            step = 0.5 * step
            coefficients = coefficients - step
            continue
        loss, said = now, expit(line)
        information = (design * (said * (1 - said))[:, None]).T @ design / len(design)
        try:
            step = np.linalg.solve(information, design.T @ (target - said) / len(design))
        except np.linalg.LinAlgError:
            return None
        coefficients = coefficients + step
        if not np.isfinite(coefficients).all():
            return None
        if np.abs(step).max() < CLOSE * max(1.0, float(np.abs(coefficients).max())):
            return coefficients, information
    return None


METRICS = (
    Metric(
        name="calibration_bias",
        task="binary",
        greater_is_better=False,
        needs="probability",
        terms=_bias_terms,
        formula=ratio,
        scale="real",
        compared=False,
    ),
    Metric(
        name="calibration_slope",
        task="binary",
        greater_is_better=True,
        needs="probability",
        terms=_slope_terms,
        formula=ratio,
        undefined="the probabilities are all equal, or part the classes without a mistake",
        scale="real",
        compared=False,
    ),
)
