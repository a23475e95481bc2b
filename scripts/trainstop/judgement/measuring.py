"""One metric of candidate and champion measured: points, what each unit adds, and how sure that makes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import closed_forms, intervals
from trainstop.judgement.closed_forms import Area
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import unit_sums
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.judgement.statistic import Formula, Statistic, gradient
from trainstop.records.judging import Estimate

AREA = "auc"
"""The metric whose terms `closed_forms.Area` understands."""


@dataclass(frozen=True)
class Units:
    """What is independent, and how it is added up.

    Attributes:
        fine: each row's independent unit, numbered from 0 without gaps, shape (rows,); None where rows are independent.
        count: how many there are.
        groups: each unit's group, shape (count,); None where every unit is a group of its own.
        group_count: how many groups there are.

    """

    fine: Rows | None
    count: int
    groups: Rows | None
    group_count: int

    def fine_sums(self, terms: Floats) -> Floats:
        """Add up rows' terms, shape (rows, terms), within independent units: shape (count, terms)."""
        return terms if self.fine is None else unit_sums(terms, self.fine, self.count)

    def group_sums(self, sums: Floats) -> Floats:
        """Add up units' sums, shape (count, terms), within groups: shape (group_count, terms)."""
        return sums if self.groups is None else unit_sums(sums, self.groups, self.group_count)


@dataclass(frozen=True)
class Model:
    """One metric of one model.

    Attributes:
        estimate: the value, without an interval.
        sums: what each group adds, shape (groups, terms); None where there is no value. One row with all of it, where
            a closed form has no use for groups.
        carrying: how many units, or groups of them, say anything about it.
        error: standard error from the finest units, on the scale of the metric's interval; None takes the groups'.
        moved: influence of each of the finest units on the value, shape (units,); None where it is not needed.
        area: what the closed form of the area under the curve is made of, where it is wanted.

    """

    estimate: Estimate
    sums: Floats | None = None
    carrying: int = 0
    error: float | None = None
    moved: Floats | None = None
    area: Area | None = None


@dataclass(frozen=True)
class Measured:
    """One metric of both models, and why there can be no interval (empty when there can)."""

    metric: Metric
    candidate: Model
    champion: Model | None
    too_few: str

    def statistics(self) -> dict[str, Statistic]:
        """Return what an interval is to be made of: `candidate`, `champion`, `difference`."""
        if self.too_few:
            return {}
        own, found = intervals.on_scale(self.metric), {}
        for name, model in (("candidate", self.candidate), ("champion", self.champion)):
            if model is not None and model.sums is not None:
                found[name] = Statistic(model.sums, own, error=model.error)
        if self.champion is not None and len(found) == 2 and self.metric.compared:
            found["difference"] = difference(
                self.metric,
                _held(self.candidate.sums),
                _held(self.champion.sums),
                _apart_error(self.candidate, self.champion),
            )
        return found


def measure(metric: Metric, sample: Sample, units: Units, *, closed: bool, drawn: bool = True) -> Model:
    """Compute a metric's value and what its certainty rests on.

    Args:
        metric: what is computed.
        sample: the rows.
        units: what is independent.
        closed: whether the closed forms are wanted; else the finest units are only looked at where they were added up.
        drawn: whether units will be drawn; else what all of them add up to is enough.

    """
    missing = metric.missing(sample)
    if missing:
        return Model(Estimate(value=None, reason=missing))
    with np.errstate(invalid="ignore", divide="ignore"):
        fine = units.fine_sums(metric.terms(sample))
        sums = units.group_sums(fine) if drawn else fine.sum(axis=0)[None, :]
        total = sums.sum(axis=0)
        value = float(metric.formula(total))
    carrying = int(np.count_nonzero((sums if drawn else fine)[:, 1]))
    if not np.isfinite(value):
        return Model(Estimate(value=None, reason=metric.undefined))
    if not closed and units.groups is None:
        return Model(Estimate(value=value), sums, carrying)
    if closed and metric.name == AREA:
        with np.errstate(invalid="ignore", divide="ignore"):
            area = Area.of(fine)
            raw = _root(area.covariance(area))
        return Model(Estimate(value=value), sums, carrying, raw * _slope(metric, value), area=area)
    moved = closed_forms.influence(metric.formula, fine, total)
    return Model(
        Estimate(value=value), sums, carrying, closed_forms.influence_error(moved) * _slope(metric, value), moved
    )


def _slope(metric: Metric, value: float) -> float:
    """Return the derivative of a metric's interval scale at a value."""
    line: Formula = intervals.TO_LINE[metric.scale]
    with np.errstate(all="ignore"):
        return float(gradient(lambda at: line(at[..., 0]), np.array([[value]]))[0, 0])


def _root(variance: float) -> float:
    """Return the standard error of a variance that rounding may have put below zero."""
    return float(np.sqrt(np.maximum(0.0, variance)))  # of what is not known, the root is not known either


def difference(metric: Metric, sums: Floats, champion_sums: Floats, error: float | None = None) -> Statistic:
    """Return candidate less champion, signed so that more is better.

    Args:
        metric: gives formula and direction.
        sums: what each group adds of the candidate, shape (groups, terms).
        champion_sums: of the champion, shape (groups, terms).
        error: standard error from finer units, where there is one.

    """
    width, sign = sums.shape[1], 1.0 if metric.greater_is_better else -1.0

    def formula(both: NDArray[np.inexact]) -> NDArray[np.inexact]:
        return np.asarray(sign * (metric.formula(both[..., :width]) - metric.formula(both[..., width:])))

    size = max(abs(float(metric.formula(held.sum(axis=0)))) for held in (sums, champion_sums))
    floor = _unseen_flips(metric, sums)
    return Statistic(np.hstack([sums, champion_sums]), formula, size or 1.0, floor, error, paired=True)


def _apart_error(candidate: Model, champion: Model) -> float | None:
    """Return the standard error of the difference from the finest units, or None where the groups are those."""
    if candidate.area is not None and champion.area is not None:
        own, other = candidate.area, champion.area
        with np.errstate(invalid="ignore", divide="ignore"):
            return _root(own.covariance(own) + other.covariance(other) - 2 * own.covariance(other))
    if candidate.moved is None or champion.moved is None:
        return None
    return closed_forms.influence_error(candidate.moved - champion.moved)


def _held(sums: Floats | None) -> Floats:
    """Return sums that are there."""
    if sums is None:
        raise ValueError("a metric without a value has no sums")
    return sums


def _unseen_flips(metric: Metric, sums: Floats) -> float:
    """Return the standard error of two more rows that only one of the models gets right, one each way.

    Where two classifiers decide differently on a handful of rows, or on none, those rows alone are too sure: intervals
    of paired shares hold once such pairs are added (Agresti and Min 2005). Among many rows it is next to nothing.
    """
    decides = metric.needs == "prediction" and metric.task != "regression"
    return float(np.sqrt(2) / sums[:, 1].sum()) if decides else 0.0
