"""What an uneventful year would look like, simulated from the reference itself.

The square roots of a column's shares (which make sampling noise equal in all bins) wander around their mean, or around
the season's curve, as the reference's own periods do. Their spread and their lag-one autocorrelation are taken from the
reference, less what the finite number of rows explains, and drawn anew for every simulated world from what the few
periods leave open. Each world has a reference and a year of windows of its own, so that a lucky one is allowed for.
"""

from dataclasses import dataclass

import numpy as np

from trainstop.drift.distances import Floats, nearest_distance, shares

MINIMUM_PERIODS = 8
"""Fewer periods say too little about how much they differ."""
HARMONICS = 2
"""Of the season's curve: the season itself and its half."""
LARGEST_AUTOCORRELATION = 0.97


@dataclass(frozen=True)
class Wander:
    """How a column's histogram wanders from period to period.

    Attributes:
        coefficients: of the curve that the square roots of the shares wander around, shape (waves, bins): their mean,
            then cosine and sine of each harmonic of the season.
        season: length of the season in periods; 0 when the curve is the mean alone.
        factor: spread of the wandering; factor @ factor.T is its covariance, shape (bins, directions).
        autocorrelation: of the wandering, from one period to the next.
        free: periods of the reference less the numbers fitted per bin: what all this rests on.

    """

    coefficients: Floats
    season: float
    factor: Floats
    autocorrelation: float
    free: int

    def centres(self, periods: int) -> Floats:
        """Return the curve at the first so many periods; shape (periods, bins)."""
        return _waves(periods, self.season, (len(self.coefficients) - 1) // 2) @ self.coefficients


@dataclass(frozen=True, kw_only=True)
class Years:
    """Simulated uneventful years, and how far their windows get.

    Attributes:
        sustained: for each world, the largest value that k of n windows in a row reached within the year, as a
            multiple of the reference's largest own distance; shape (worlds,).
        single: the same for one window alone.

    """

    sustained: Floats
    single: Floats


def fit(counts: Floats, *, season: float = 0.0) -> Wander:
    """Fit the wandering of a reference.

    Each direction of the deviations keeps the variance that the rows' number does not explain (what is left of the
    singular values), and is widened by what the fitted curve and a slow wander take from a short series.

    Args:
        counts: histograms of its periods in order, shape (periods, bins); `MINIMUM_PERIODS` or more, none empty.
        season: length of the season in periods. A reference that covers it wanders around a curve of its harmonics.

    """
    periods = len(counts)
    roots = np.sqrt(shares(counts))
    harmonics = min(HARMONICS, int(season - 1) // 2) if 0 < season <= periods else 0
    waves = _waves(periods, season, harmonics)
    coefficients = np.asarray(np.linalg.pinv(waves) @ roots, dtype=np.float64)
    free = periods - waves.shape[1]
    deviations = roots - waves @ coefficients
    _, lengths, directions = np.linalg.svd(deviations, full_matrices=False)
    wandering = np.maximum(lengths**2 / free - _noise(counts), 0.0)
    steps = deviations @ directions.T
    lagged = (steps[1:] * steps[:-1]).sum(axis=0) / free
    strength = float((wandering**2).sum())
    autocorrelation = _corrected(float(lagged @ wandering) / strength, free) if strength else 0.0
    taken = (1 + autocorrelation) / (1 - autocorrelation) / free
    factor = directions.T * np.sqrt(wandering / max(1 - taken, 0.3))
    return Wander(coefficients, season if harmonics else 0.0, factor, autocorrelation, free)


def _waves(periods: int, season: float, harmonics: int) -> Floats:
    """Return a constant, then cosine and sine of each harmonic; shape (periods, 1 + 2 * harmonics)."""
    waves = [np.ones(periods)]
    for number in range(1, harmonics + 1):
        angle = 2 * np.pi * number * np.arange(periods) / season
        waves += [np.cos(angle), np.sin(angle)]
    return np.column_stack(waves)


def _noise(counts: Floats) -> float:
    """Variance that the finite number of rows gives the square roots in each direction, the mean over directions."""
    mean = shares(counts.sum(axis=0))
    bins = max(int(np.count_nonzero(mean)) - 1, 1)
    return float(np.mean([np.minimum(mean, (1 - mean) / (4 * rows)).sum() for rows in counts.sum(axis=1)])) / bins


def _corrected(autocorrelation: float, periods: int) -> float:
    """Undo what a short series takes from its autocorrelation (Kendall 1954)."""
    corrected = (periods * autocorrelation + 1) / (periods - 3) if periods > 4 else autocorrelation
    return float(np.clip(corrected, 0.0, LARGEST_AUTOCORRELATION))


def simulate(
    wander: Wander,
    *,
    reference_rows: Floats,
    window_rows: int,
    windows_a_year: int,
    alarm: tuple[int, int],
    worlds: int,
    random: np.random.Generator,
    spread: float = 1.0,
) -> Years:
    """Simulate uneventful years.

    Args:
        wander: the reference's ordinary life.
        reference_rows: rows of each reference period, shape (periods,).
        window_rows: rows of a window.
        windows_a_year: how many windows a year has.
        alarm: k and n: k of n windows in a row must stand out.
        worlds: how many years.
        random: where chance comes from.
        spread: how many times as much the windows wander as the reference's periods.

    """
    rows = np.concatenate([reference_rows, np.full(windows_a_year, window_rows)]).astype(np.int64)
    wider = np.concatenate([np.ones(len(reference_rows)), np.full(windows_a_year, spread)])
    drawn = _histograms(wander, rows, wider, worlds, random)
    reference, windows = drawn[:, : len(reference_rows)], drawn[:, len(reference_rows) :]
    null = nearest_distance(reference, reference, same=True).max(axis=-1)
    ratio = nearest_distance(windows, reference) / np.maximum(null, 1e-12)[:, None]
    return Years(sustained=sustained(ratio, alarm).max(axis=-1), single=ratio.max(axis=-1))


def sustained(values: Floats, alarm: tuple[int, int]) -> Floats:
    """Return the largest level that k of each n neighbours reach; shape (..., windows) to (..., windows - n + 1)."""
    k, n = alarm
    if values.shape[-1] < n:
        return np.zeros((*values.shape[:-1], 1))
    runs = np.lib.stride_tricks.sliding_window_view(values, n, axis=-1)
    return np.asarray(np.sort(runs, axis=-1)[..., n - k], dtype=np.float64)


def _histograms(
    wander: Wander, rows: "np.typing.NDArray[np.int64]", wider: Floats, worlds: int, random: np.random.Generator
) -> Floats:
    """Draw histograms that wander, `wider` times as much each, with their rows' noise; shape (worlds, periods, bins).

    Poisson counts are a multinomial draw whose number of rows is not fixed: the shares are the same, at a third of the
    time.
    """
    length = len(rows)
    correlation, spread = _uncertain(wander, worlds, random)
    spreads = wider[:, None, None] * spread
    path = random.standard_normal((length, worlds, wander.factor.shape[1]))
    fresh = np.sqrt(1 - correlation**2)
    for step in range(1, length):
        path[step] = correlation * path[step - 1] + fresh * path[step]
    roots = np.clip(wander.centres(length)[:, None] + (path * spreads) @ wander.factor.T, 0.0, None)
    drawn = shares(np.swapaxes(roots, 0, 1) ** 2)
    return shares(random.poisson(drawn * rows[None, :, None]).astype(np.float64))


def _uncertain(wander: Wander, worlds: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw autocorrelation and spread as the reference's few periods leave them open; shapes (worlds, 1)."""
    periods, middle = wander.free, wander.autocorrelation
    error = np.sqrt((1 - middle**2) / periods)
    correlation = np.clip(random.normal(middle, error, (worlds, 1)), 0.0, LARGEST_AUTOCORRELATION)
    independent = max(periods * (1 - middle**2) / (1 + middle**2), 3.0)
    spread = np.sqrt(independent / random.chisquare(independent, (worlds, 1)))
    return correlation, spread
