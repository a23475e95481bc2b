"""How sure each of many intervals must be for all of them to hold together: max-t over joint resamples."""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from trainstop.judgement.resampling import Studentised
from trainstop.judgement.samples import Floats

SIMULATIONS = 10_000
"""Of the normal family; 500 of them lie beyond its critical value, which is then known to 5% of its share."""
STEP = 2_000
FAR = 8.0


def confidence_of_each(drawn: Sequence[Studentised], degrees: Sequence[int], confidence: float, seed: int) -> float:
    """Return the confidence of single intervals with which all of them hold together.

    Single-step max-t (Westfall and Young 1993; Romano and Wolf 2005): the quantile, over joint resamples, of the one
    draw that lies furthest out. Draws of different numbers of units are compared by their own Student's t. The answer
    is never less strict than Student's t for a family of normal numbers with the draws' correlation (Hothorn, Bretz and
    Westfall 2008), since resampling alone is too sure of few clusters, and never stricter than Bonferroni's bound.

    Args:
        drawn: numbers that were resampled together.
        degrees: of freedom of each one's standard error.
        confidence: share of samples in which every interval shall hold its truth.
        seed: of the simulation.

    """
    spread = [(each.draws, degree) for each, degree in zip(drawn, degrees, strict=True) if np.ptp(_kept(each.draws))]
    miss, size = 1 - confidence, max(1, len(drawn))
    if len(spread) < 2:
        return 1 - miss / size
    draws = np.array([_kept(each) for each, _ in spread])
    freedom = np.array([degree for _, degree in spread], dtype=np.float64)[:, None]
    tails = 2 * stdtr(freedom, -np.abs(draws))
    resampled = float(np.quantile(tails.min(axis=0), miss, method="inverted_cdf"))
    normal = _normal_family(ndtri(stdtr(freedom, np.clip(draws, -FAR, FAR))), miss, seed)
    return 1 - max(min(resampled, normal), miss / size)


def _kept(draws: Floats) -> Floats:
    """Take resamples without a number as showing no distance."""
    return np.nan_to_num(draws, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _normal_family(scores: Floats, miss: float, seed: int) -> float:
    """Return the two-sided tail beyond which the furthest of a family of normal numbers lies with share `miss`.

    Args:
        scores: draws as normal scores, shape (numbers, resamples); give the correlation.
        miss: the share.
        seed: of the simulation.

    """
    values, vectors = np.linalg.eigh(np.corrcoef(scores))
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    random = np.random.default_rng(seed)
    furthest = [
        np.abs(random.normal(size=(STEP, len(scores))) @ root.T).max(axis=1) for _ in range(SIMULATIONS // STEP)
    ]
    return float(2 * ndtr(-np.quantile(np.concatenate(furthest), 1 - miss)))
