"""Certainty without resampling: DeLong and Obuchowski for the area under the ROC curve, Wilson, the delta method."""

import math
from dataclasses import dataclass

import numpy as np

from trainstop.judgement.samples import Floats
from trainstop.judgement.statistic import Formula, gradient


@dataclass(frozen=True)
class Area:
    """What units say about an area under the ROC curve.

    Attributes:
        placed: what each unit's positive rows add, less their share of the mean, shape (units,).
        opposed: the same of its negative rows.
        positives, negatives: how many rows there are.
        of_positive, of_negative: in how many units.

    """

    placed: Floats
    opposed: Floats
    positives: float
    negatives: float
    of_positive: int
    of_negative: int

    @classmethod
    def of(cls, sums: Floats) -> "Area":
        """Take it from the terms of the metric `auc`.

        Args:
            sums: of each unit, shape (units, 4): placements of positive rows, how many there are, placements of
                negative rows less the area, how many there are.

        """
        parts = []
        for values, counts in ((sums[:, 0], sums[:, 1]), (sums[:, 2], sums[:, 3])):
            total = float(counts.sum())
            parts.append((values - float(values.sum()) / total * counts, total, int(np.count_nonzero(counts))))
        (placed, positives, of_positive), (opposed, negatives, of_negative) = parts
        return cls(placed, opposed, positives, negatives, of_positive, of_negative)

    def covariance(self, other: "Area") -> float:
        """Return the covariance with another model's area on the same rows (with its own it is the variance).

        With rows as units this is the estimate of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44, 837-845);
        with clusters as units it is that of Obuchowski (1997, Biometrics 53, 567-578), in which positive and negative
        rows of a cluster may depend on one another. A class that lies in a single unit shows no spread: infinite.
        """
        units = len(self.placed)
        if min(units, self.of_positive, self.of_negative) < 2:
            return math.inf
        same = self.of_positive / (self.of_positive - 1) * (self.placed @ other.placed) / self.positives**2
        same += self.of_negative / (self.of_negative - 1) * (self.opposed @ other.opposed) / self.negatives**2
        crossed = self.placed @ other.opposed + (self.opposed @ other.placed)
        return float(same + units / (units - 1) * crossed / (self.positives * self.negatives))


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

    A single unit shows none: infinite. The delta method; over clusters, the sandwich of Liang and Zeger (1986,
    Biometrika 73, 13-22).
    """
    if len(moved) < 2:
        return math.inf
    return float(np.sqrt(len(moved) / (len(moved) - 1) * (moved @ moved)))
