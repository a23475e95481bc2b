"""Metrics of many slices at once: rows ordered by slice one time, then each slice is a stretch of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import unit_sums
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.judgement.verdicts import Pair

BLOCK = 1 << 17
"""Rows whose terms are held at a time; they stay in the processor's cache."""
SHORT = (np.uint8, np.uint16)
"""Whole numbers of so few bits are sorted by counting, in time linear in the rows."""


@dataclass(frozen=True)
class Segments:
    """Rows in the order of their slices.

    Attributes:
        rows: positions of the rows that are in a slice, those of one slice together and in their own order.
        starts: where each slice begins in `rows`, and the end, shape (slices + 1,).

    """

    rows: Rows
    starts: Rows

    def of(self, number: int) -> Rows:
        """Return the positions of one slice's rows."""
        return self.rows[self.starts[number] : self.starts[number + 1]]


def segments(codes: Rows, count: int) -> Segments:
    """Order rows by slice.

    Args:
        codes: each row's slice, -1 where it is in none, shape (rows,).
        count: number of slices; slices without rows are fine.

    """
    kind: type[np.integer[Any]] = next((short for short in SHORT if count <= np.iinfo(short).max), np.int64)
    shifted = (codes + 1).astype(kind)
    starts = np.cumsum(np.bincount(shifted, minlength=count + 1))
    return Segments(np.argsort(shifted, kind="stable")[starts[0] :], starts - starts[0])


def slice_points(pair: Pair, codes: Rows, count: int, metrics: Sequence[Metric]) -> dict[str, Floats]:
    """Compute metrics of every slice, without intervals.

    A metric of single rows is one weighted count of blocks of rows; a ranking one is two sorts within each slice; any
    other one is asked slice by slice.

    Args:
        pair: candidate, and champion if any.
        codes: each row's slice, -1 where it is in none, shape (rows,).
        count: number of slices.
        metrics: what is computed.

    Returns:
        By metric, shape (models, slices), the candidate first; NaN where it is not defined or the model cannot give it.

    """
    models = [model for model in (pair.candidate, pair.champion) if model is not None]
    found = {metric.name: np.full((len(models), count), np.nan) for metric in metrics}
    ranked = [metric for metric in metrics if metric.of_halves]
    others = [metric for metric in metrics if not metric.of_halves and not metric.by_row]
    apart = _classes_apart(pair.candidate, codes, count) if ranked else None
    ordered = segments(codes, count) if others else None
    for place, model in enumerate(models):
        for metric in metrics:
            if metric.by_row and not metric.missing(model):
                found[metric.name][place] = _of_rows(metric, model, codes, count)
        for metric in others:
            if ordered is not None and not metric.missing(model):
                found[metric.name][place] = _one_by_one(metric, model, pair.candidate, ordered, count)
        if apart is not None and not any(metric.missing(model) for metric in ranked):
            values = _of_halves(ranked, model, apart, count)
            for metric, row in zip(ranked, values, strict=True):
                found[metric.name][place] = row
    return found


def _of_rows(metric: Metric, model: Sample, codes: Rows, count: int) -> Floats:
    """Add up a metric of single rows by slice, a block of rows at a time."""
    sums: NDArray[np.float64] | None = None
    for start in range(0, len(model), BLOCK):
        terms = metric.terms(_stretch(model, start, start + BLOCK))
        shifted = codes[start : start + BLOCK] + 1
        added = unit_sums(terms, shifted, count + 1)[1:]
        sums = added if sums is None else sums + added
    if sums is None:
        return np.full(count, np.nan)
    return _defined(metric.formula, sums)


def _classes_apart(model: Sample, codes: Rows, count: int) -> Segments:
    """Order rows by slice, and within it the negative before the positive; the truth is one for both models."""
    positive = np.asarray(model.target, dtype=bool)
    return segments(np.where(codes < 0, -1, 2 * codes + positive), 2 * count)


def _of_halves(metrics: Sequence[Metric], model: Sample, apart: Segments, count: int) -> Floats:
    """Compute ranking metrics within each slice, shape (metrics, slices)."""
    values = np.full((len(metrics), count), np.nan)
    score = np.asarray(model.score, dtype=np.float64)[apart.rows]
    for number in np.flatnonzero(np.diff(apart.starts[::2])):
        low, middle, high = apart.starts[2 * number : 2 * number + 3]
        negative, positive = np.sort(score[low:middle]), np.sort(score[middle:high])
        for place, metric in enumerate(metrics):
            if metric.of_halves:
                values[place, number] = metric.of_halves(positive, negative)
    return values


def _one_by_one(metric: Metric, model: Sample, candidate: Sample, ordered: Segments, count: int) -> Floats:
    """Ask a metric for each slice that has rows; of a champion, over the classes of the candidate."""
    filled = np.flatnonzero(np.diff(ordered.starts))
    values = np.full(count, np.nan)
    with np.errstate(all="ignore"):
        for number in filled:
            rows = ordered.of(int(number))
            part = model.take(rows)
            values[number] = metric.value(part if model is candidate else part.beside(candidate.take(rows)))
    return np.where(np.isfinite(values), values, np.nan)


def _stretch(model: Sample, start: int, end: int) -> Sample:
    """Return consecutive rows without copying them."""
    return replace(
        model,
        target=model.target[start:end],
        prediction=None if model.prediction is None else model.prediction[start:end],
        score=None if model.score is None else model.score[start:end],
    )


def _defined(formula: Callable[[NDArray[np.inexact]], NDArray[np.inexact]], sums: Floats) -> Floats:
    """Return a formula of sums, NaN where it is not defined."""
    with np.errstate(all="ignore"):
        values = np.asarray(formula(sums), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
