"""Simulated years of a table: rows in quantile bins, a period a row of counts."""

import numpy as np
from numpy.typing import NDArray

BINS = 20


def columns(
    random: np.random.Generator,
    *,
    count: int,
    reference: int,
    windows: int,
    rows: int,
    autocorrelation: float = 0.0,
    wander: float = 0.0,
    season: float = 0.0,
    shift: float = 0.0,
    wider: float = 1.0,
) -> NDArray[np.float64]:
    """Return histograms of shape (columns, periods, bins).

    Normal rows around means that wander, AR(1), from period to period with standard deviation `wander` (`wider` times
    that in windows), plus a yearly wave of `season`, plus `shift` in every window.
    """
    periods = reference + windows
    means = random.standard_normal((periods, count))
    for step in range(1, periods):
        means[step] = autocorrelation * means[step - 1] + np.sqrt(1 - autocorrelation**2) * means[step]
    means[reference:] *= wider
    means = wander * means + season * np.sin(2 * np.pi * np.arange(periods) / 52 + random.uniform(0, 6.3))[:, None]
    means[reference:] += shift
    found = np.empty((count, periods, BINS))
    for column in range(count):
        values = random.standard_normal((periods, rows)) + means[:, column, None]
        cuts = np.quantile(values[:reference], np.arange(1, BINS) / BINS)
        places = np.searchsorted(cuts, values) + BINS * np.arange(periods)[:, None]
        found[column] = np.bincount(places.ravel(), minlength=periods * BINS).reshape(periods, BINS)
    return found
