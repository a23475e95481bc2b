"""Scores, residuals and classes counted into few bins: what charts of any number of rows are drawn from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.curves import unfit
from trainstop.judgement.samples import Floats, Rows
from trainstop.judgement.shares import share_interval
from trainstop.records.charting import (
    LONGEST_NAME,
    MOST_CLASSES,
    Calibration,
    CalibrationBin,
    Confusion,
    Histogram,
    ResidualBin,
    Series,
)

BINS = 20
FEW_BINS = 10
TAIL = 0.005
"""Share of rows at either end that does not widen a histogram; a single far row would leave all others in one bin."""
DIGITS = 6


def calibration(
    hits: NDArray[np.bool_],
    said: Floats,
    clusters: Rows | None,
    *,
    of: str,
    confidence: float,
    minimum: int,
) -> Calibration:
    """Return a reliability diagram (Niculescu-Mizil and Caruana 2005, doi:10.1145/1102351.1102430) of even bins.

    Bins hold about as many rows each, so that none rests on a handful; rows with equal scores stay together.

    Args:
        hits: whether what was said came true, shape (rows,).
        said: its probability, shape (rows,).
        clusters: each row's cluster, shape (rows,); None takes rows as independent.
        of: whose probability it is, in words.
        confidence: share of intervals that shall hold the truth.
        minimum: fewer independent units in a bin give no interval.

    """
    if reason := unfit(hits, said):
        return Calibration(of=of, reason=reason)
    bins = []
    for rows in _even(said, FEW_BINS):
        chosen = None if clusters is None else clusters[rows]
        interval = share_interval(hits[rows], chosen, confidence=confidence, minimum=minimum)
        bins.append(
            CalibrationBin(
                rows=len(rows),
                said=_round(said[rows].mean()),
                seen=_round(hits[rows].mean()),
                interval=interval and (_round(interval[0]), _round(interval[1])),
            )
        )
    return Calibration(bins=tuple(bins), of=of)


def edges(values: Sequence[Floats], bins: int = BINS) -> Floats | None:
    """Return edges of equal bins that hold all but the outermost values of all arrays; None when all are equal."""
    finite = [each[np.isfinite(each)] for each in values]
    known = np.concatenate(finite) if finite else np.array([])
    if not len(known):
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
        low, high = np.quantile(known, [TAIL, 1 - TAIL])
        if not low < high:
            low, high = known.min(), known.max()
        found = np.linspace(low, high, bins + 1)
    return found if np.isfinite(found).all() and bool(np.all(np.diff(found) > 0)) else None


def histogram(values: dict[str, Floats], between: Floats | None) -> Histogram:
    """Count each array's values into the bins between `between`."""
    if any(not np.isfinite(each).all() for each in values.values()):
        return Histogram(reason="some values are missing, NaN or infinite")
    if between is None:
        return Histogram(reason="every row has the same value")
    beyond = sum(int(np.count_nonzero((each < between[0]) | (each > between[-1]))) for each in values.values())
    series = (
        Series(
            name=name[:LONGEST_NAME],
            counts=tuple(np.histogram(np.clip(each, between[0], between[-1]), between)[0].tolist()),
        )
        for name, each in values.items()
    )
    return Histogram(edges=tuple(float(f"{edge:.8g}") for edge in between), series=tuple(series), beyond=beyond)


def confusion(
    target: NDArray[np.intp], prediction: NDArray[np.intp], classes: Sequence[str], most: int = MOST_CLASSES
) -> Confusion:
    """Count rows by true and given class; of too many classes the biggest, and all others as one.

    Args:
        target: index into `classes`, shape (rows,); -1 where unknown, which does not count.
        prediction: the same of what was given.
        classes: their names.
        most: how many classes are shown, 2 or more.

    """
    known = (target >= 0) & (prediction >= 0)
    if not known.any():
        return Confusion(reason="no row has both a true class and a given one")
    target, prediction = target[known], prediction[known]
    sizes = np.bincount(target, minlength=len(classes))
    place = np.arange(len(classes))
    shown, left_out = [name[:LONGEST_NAME] for name in classes], 0
    if len(classes) > most:
        biggest = np.sort(np.argsort(-sizes, kind="stable")[: most - 1])
        left_out = len(classes) - len(biggest)
        place = np.full(len(classes), most - 1)
        place[biggest] = np.arange(len(biggest))
        shown = [*(shown[index] for index in biggest), f"{left_out} other classes"]
    counts = np.bincount(place[target] * len(shown) + place[prediction], minlength=len(shown) ** 2)
    table = counts.reshape(len(shown), len(shown)).tolist()
    return Confusion(classes=tuple(shown), counts=tuple(tuple(row) for row in table), left_out=left_out)


def residual_bins(target: Floats, prediction: Floats) -> tuple[ResidualBin, ...]:
    """Return how far off (truth less prediction) rows are by what was predicted, in bins of about as many rows each."""
    known = np.isfinite(target) & np.isfinite(prediction)
    target, prediction = target[known], prediction[known]
    if not len(target) or bool(np.all(prediction == prediction[0])):
        return ()
    bins = []
    for rows in _even(prediction, BINS):
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is left out below
            low, middle, high = np.quantile(target[rows] - prediction[rows], [0.1, 0.5, 0.9])
            values = (float(prediction[rows].mean()), float(low), float(middle), float(high))
        if np.isfinite(values).all():
            said, low, middle, high = values
            bins.append(ResidualBin(rows=len(rows), prediction=said, low=low, middle=middle, high=high))
    return tuple(bins)


def _even(values: Floats, bins: int) -> list[Rows]:
    """Part rows by value into bins of about as many rows each; equal values stay together, and empty bins go."""
    order = np.argsort(values, kind="stable")
    inside = np.unique(values[order][[len(values) * number // bins for number in range(1, bins)]])
    cuts = np.searchsorted(values[order], inside, side="left")
    return [rows for rows in np.split(order, cuts) if len(rows)]


def _round(share: float) -> float:
    """Round a share, kept within 0 and 1."""
    return min(1.0, max(0.0, round(float(share), DIGITS)))
