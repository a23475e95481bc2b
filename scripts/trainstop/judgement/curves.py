"""ROC and precision-recall curves of any number of rows, thinned to points that keep their shape.

Every threshold that parts rows gives a point (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010; Davis and Goadrich 2006,
doi:10.1145/1143844.1143874), as in scikit-learn's `roc_curve` and `precision_recall_curve`; rows with equal scores pass
a threshold together.
"""

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats
from trainstop.records.charting import MOST_POINTS, Curve

COARSE = 2000
"""Points that are looked at one by one; of longer curves one in each step of equal length is."""
DIGITS = 6


def roc(target: NDArray[np.bool_], score: Floats) -> Curve:
    """Return the ROC curve: false positive rate, true positive rate; from (0, 0) to (1, 1).

    Args:
        target: whether each row is positive, shape (rows,).
        score: larger means more likely positive, shape (rows,).

    """
    if reason := unfit(target, score):
        return Curve(reason=reason)
    hits, passed = _above(target, score)
    negatives = passed[-1] - hits[-1]
    x, y = (passed - hits) / negatives, hits / hits[-1]
    return _curve(np.append(0.0, x), np.append(0.0, y))


def precision_recall(target: NDArray[np.bool_], score: Floats) -> Curve:
    """Return the precision-recall curve: recall, precision; from (0, 1) to (1, share of positive rows).

    Its area is the average precision, which does not connect the points (straight lines would flatter it).

    Args:
        target: whether each row is positive, shape (rows,).
        score: larger means more likely positive, shape (rows,).

    """
    if reason := unfit(target, score):
        return Curve(reason=reason)
    hits, passed = _above(target, score)
    recall, precision = hits / hits[-1], hits / passed
    area = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    return _curve(np.append(0.0, recall), np.append(1.0, precision), area)


def unfit(target: NDArray[np.bool_], score: Floats) -> str:
    """Say why no curve can be drawn; empty when one can."""
    if not len(target):
        return "there are no rows"
    if not np.isfinite(score).all():
        return "some scores are missing, NaN or infinite"
    positive = int(np.count_nonzero(target))
    if positive in (0, len(target)):
        return f"every row is {'positive' if positive else 'negative'}"
    if bool(np.all(score == score[0])):
        return "every row has the same score"
    return ""


def thinned(x: Floats, y: Floats, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Return which points of a curve to keep: the first, the last, and those without which its shape would change most.

    Of long curves one point in each step of equal length stays; then the point whose triangle with its neighbours is
    smallest goes, again and again (Visvalingam and Whyatt 1993, doi:10.1179/000870493786962263).

    Args:
        x: shape (points,).
        y: shape (points,).
        most: how many may stay, 2 or more.

    """
    kept = _every_step(x, y)
    return kept[_by_triangles(x[kept], y[kept], most)]


def _above(target: NDArray[np.bool_], score: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return how many positive rows, and how many rows, have each score or a higher one; highest score first."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return np.cumsum(target[order], dtype=np.int64)[ends], ends + 1


def _curve(x: Floats, y: Floats, area: float | None = None) -> Curve:
    """Thin a curve to what a record may hold."""
    whole = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)) if area is None else area
    kept = thinned(x, y)
    points = zip(np.round(x[kept], DIGITS).tolist(), np.round(y[kept], DIGITS).tolist(), strict=True)
    return Curve(points=tuple(points), area=min(1.0, max(0.0, whole)))


def _every_step(x: Floats, y: Floats) -> NDArray[np.intp]:
    """Return one point of each step of equal length along a curve, the first and the last among them."""
    if len(x) <= COARSE:
        return np.arange(len(x))
    length = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    steps = np.floor(length / length[-1] * (COARSE - 2)).astype(np.intp)
    firsts = np.flatnonzero(np.diff(steps, prepend=-1))
    return np.unique(np.append(firsts, len(x) - 1))


def _by_triangles(x: Floats, y: Floats, most: int) -> NDArray[np.intp]:
    """Return the points that are left when those with the smallest triangles have gone."""
    count = len(x)
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))
    current = [0.0] * count

    def triangle(point: int) -> float:
        left, right = before[point], after[point]
        twice = (x[left] - x[point]) * (y[right] - y[point]) - (x[right] - x[point]) * (y[left] - y[point])
        return float(abs(twice))

    for point in range(1, count - 1):
        current[point] = triangle(point)
    waiting = [(current[point], point) for point in range(1, count - 1)]
    heapq.heapify(waiting)
    gone = np.zeros(count, dtype=np.bool_)
    left = count
    while waiting and (left > most or waiting[0][0] == 0.0):
        size, point = heapq.heappop(waiting)
        if gone[point] or size != current[point]:
            continue
        gone[point], left = True, left - 1
        after[before[point]], before[after[point]] = after[point], before[point]
        for neighbour in (before[point], after[point]):
            if 0 < neighbour < count - 1:
                current[neighbour] = triangle(neighbour)
                heapq.heappush(waiting, (current[neighbour], neighbour))
    return np.flatnonzero(~gone)
