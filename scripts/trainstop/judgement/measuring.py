"""One metric of candidate and champion measured: points, what each unit adds, and how sure that makes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import closed_forms, intervals
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import Formula, Statistic, gradient, unit_sums
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.records.judging import Estimate

AREA = "auc"
"""The metric whose terms `closed_forms.area_covariance` understands."""


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
        sums: what each group adds, shape (groups, terms); None where there is no value.
        errors: standard error from the finest units, on the scale of the metric's interval; None takes the groups'.
        moved: influence of each of the finest units on the value, shape (units,); None where it is not needed.
        areas: sums over the finest units, where the closed form of the area under the curve wants them.

    """

    estimate: Estimate
    sums: Floats | None = None
    error: float | None = None
    moved: Floats | None = None
    areas: Floats | None = None


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


def measure(metric: Metric, sample: Sample, units: Units, *, closed: bool) -> Model:
    """Compute a metric's value and what its certainty rests on.

    Args:
        metric: what is computed.
        sample: the rows.
        units: what is independent.
        closed: whether the closed forms are wanted; else the finest units are only looked at where they were added up.

    """
    missing = metric.missing(sample)
    if missing:
        return Model(Estimate(value=None, reason=missing))
    with np.errstate(invalid="ignore", divide="ignore"):
        fine = units.fine_sums(metric.terms(sample))
        sums = units.group_sums(fine)
        total = sums.sum(axis=0)
        value = float(metric.formula(total))
    if not np.isfinite(value):
        return Model(Estimate(value=None, reason=metric.undefined))
    if not closed and units.groups is None:
        return Model(Estimate(value=value), sums)
    moved = closed_forms.influence(metric.formula, fine, total)
    areas = fine if closed and metric.name == AREA else None
    raw = closed_forms.influence_error(moved) if areas is None else _area_error([areas])
    return Model(Estimate(value=value), sums, raw * _slope(metric, value), moved, areas)


def _slope(metric: Metric, value: float) -> float:
    """Return the derivative of a metric's interval scale at a value."""
    line: Formula = intervals.TO_LINE[metric.scale]
    with np.errstate(all="ignore"):
        return float(gradient(lambda at: line(at[..., 0]), np.array([[value]]))[0, 0])


def _area_error(models: list[Floats]) -> float:
    """Return the closed form's standard error of one area, or of the difference of two."""
    weights = np.array([1.0, -1.0])[: len(models)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.sqrt(max(0.0, weights @ closed_forms.area_covariance(models) @ weights)))


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
    return Statistic(np.hstack([sums, champion_sums]), formula, size or 1.0, floor, error)


def _apart_error(candidate: Model, champion: Model) -> float | None:
    """Return the standard error of the difference from the finest units, or None where the groups are those."""
    if candidate.areas is not None and champion.areas is not None:
        return _area_error([candidate.areas, champion.areas])
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
