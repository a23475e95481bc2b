"""Certainty without resampling: DeLong and Obuchowski for the area under the ROC curve, Wilson, the delta method."""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.resampling import Formula, gradient
from trainstop.judgement.samples import Floats


def area_covariance(models: list[Floats]) -> NDArray[np.float64]:
    """Return the covariance of several models' areas under the ROC curve on the same rows, shape (models, models).

    With rows as units this is the estimate of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44, 837-845); with
    clusters as units it is that of Obuchowski (1997, Biometrics 53, 567-578), in which positive and negative rows of a
    cluster may depend on one another.

    Args:
        models: for each, what its units add up to, shape (units, 4): placements of positive rows, how many there are,
            placements of negative rows less the area, how many there are (the terms of the metric `auc`).

    """
    positives, negatives = models[0][:, 1], models[0][:, 3]
    placed = np.array([model[:, 0] - model[:, 0].sum() / positives.sum() * positives for model in models])
    opposed = np.array([model[:, 2] - model[:, 2].sum() / negatives.sum() * negatives for model in models])
    of_positive, of_negative, units = np.count_nonzero(positives), np.count_nonzero(negatives), len(positives)
    within = of_positive / (of_positive - 1) * (placed @ placed.T) / positives.sum() ** 2
    within = within + of_negative / (of_negative - 1) * (opposed @ opposed.T) / negatives.sum() ** 2
    crossed = units / (units - 1) * (placed @ opposed.T) / (positives.sum() * negatives.sum())
    return np.asarray(within + crossed + crossed.T, dtype=np.float64)


def wilson(share: float, trials: float, quantile: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212).

    Args:
        share: what was seen, from 0 to 1.
        trials: independent rows it was seen in; the effective number where rows are not independent.
        quantile: of the normal distribution at the upper end; of Student's t where units are few.

    """
    square = quantile**2 / trials
    middle = (share + square / 2) / (1 + square)
    reach = quantile * np.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    lower, upper = middle - reach, middle + reach
    return (0.0 if share == 0 else float(max(0.0, lower))), (1.0 if share == 1 else float(min(1.0, upper)))


def effective_trials(share: float, rows: float, error: float) -> float:
    """Return how many independent rows would make a share as sure as its clustered rows do (Kish 1965).

    Never more than there are rows; as many as there are where the share shows no spread.
    """
    return min(rows, share * (1 - share) / error**2) if error > 0 and 0 < share < 1 else rows


def influence(formula: Formula, sums: Floats, total: Floats) -> Floats:
    """Return how much each unit moves a number at first order, shape (units,): its infinitesimal jackknife.

    Args:
        formula: from sums over units to the number.
        sums: what each unit adds, shape (units, terms).
        total: what all of them add up to, shape (terms,).

    """
    return np.asarray(sums @ gradient(formula, total[None, :])[0], dtype=np.float64)


def influence_error(moved: Floats) -> float:
    """Return the standard error that units' influences show, with the correction units / (units - 1).

    The delta method; over clusters, the sandwich of Liang and Zeger (1986, Biometrika 73, 13-22).
    """
    return float(np.sqrt(len(moved) / (len(moved) - 1) * np.square(moved).sum()))
