"""What a metric is: sums over rows, and a formula of the sums.

This one shape serves every metric and every interval: a bootstrap resample is a weighting of the rows, so its metric
is the formula of weighted sums, and clusters need only their own sums. Metrics that are not sums (ranking ones) are
given as sums of their first-order contributions, which add up to the metric itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats, Sample, Task

Needs = Literal["score", "probability", "prediction", "quantiles", "median"]
Scale = Literal["share", "loss", "gain", "real", "correlation"]
"""Values from 0 to 1 · from 0 up · up to 1 · any · -1 to 1. Decides on which scale an interval is symmetric at first
order."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one task.

    Attributes:
        name: as in the configuration and in records.
        task: the task it is for.
        greater_is_better: its direction.
        needs: what of a model's answer it looks at.
        terms: from a sample to what is summed, shape (rows, terms). The second term is the denominator: units in
            which it adds up to zero say nothing about the metric.
        formula: from sums, shape (..., terms), to the metric, shape (...); made of analytic operations only, since it
            is also asked with complex numbers for its derivatives. NaN or infinite where the metric is not defined.
        undefined: why there may be no value, in words.
        scale: the values it can take.
        compared: whether a difference between two models means anything.
        by_class: whether it rests on every class, so that a class with a few rows spoils its interval.
        primary: whether it is shown for slices when no gate says otherwise.
        proportion: whether it is a share of rows: every row adds 0 or 1 to the first term, and 0 or 1 to the second.
        optional: whether it is left out, and not said to be lacking, where it is not defined and no gate asks for it.
        by_row: whether each row's terms depend on that row alone, so that many slices need one pass over the rows.
        of_halves: from the scores of positive and of negative rows, each ascending, to the metric: a short cut for
            many slices of a binary classifier.

    """

    name: str
    task: Task
    greater_is_better: bool
    needs: Needs
    terms: Callable[[Sample], Floats]
    formula: Callable[[NDArray[np.inexact]], NDArray[np.inexact]]
    undefined: str = "it is not defined on these rows"
    scale: Scale = "share"
    compared: bool = True
    by_class: bool = True
    primary: bool = False
    proportion: bool = False
    optional: bool = False
    by_row: bool = False
    of_halves: Callable[[Floats, Floats], float] | None = None

    def missing(self, sample: Sample) -> str:
        """Say why the sample cannot give this metric, or return an empty text."""
        if self.needs == "prediction":
            return "" if sample.prediction is not None else sample.lacking or "there are no predictions, only scores"
        if self.needs == "quantiles":
            return "" if sample.score is not None else sample.lacking or "there are no quantiles, only one number a row"
        if self.needs == "median":
            return "" if sample.prediction is not None else sample.lacking or "the quantiles lack the median (0.5)"
        if sample.score is None:
            return sample.lacking or "there are no scores, only predictions"
        if self.needs == "probability" and not sample.probability:
            return "the scores are not probabilities"
        return ""

    def value(self, sample: Sample) -> float:
        """Return the metric of a sample; NaN where it is not defined. Ask `missing` first."""
        return self.of_terms(self.terms(sample))

    def of_terms(self, terms: Floats) -> float:
        """Return the metric of a sample's terms; NaN or infinite where it is not defined."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(self.formula(terms.sum(axis=0)))


def ratio(sums: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """First sum over second: means, shares, and F1."""
    return np.asarray(sums[..., 0] / sums[..., 1])


def around(value: float, changes: Floats) -> Floats:
    """Terms whose `ratio` is `value`, spread over rows by their first-order changes of it (influence function).

    Args:
        value: the metric; NaN where it is not defined.
        changes: how much the metric moves with a row's weight, times the number of rows; add up to zero. Shape (rows,).

    """
    return mean_of(value + changes)


def mean_of(values: NDArray[np.generic]) -> Floats:
    """Terms whose `ratio` is the mean of `values`."""
    return columns(values, np.ones(len(values)))


def columns(*values: NDArray[np.generic]) -> Floats:
    """Terms side by side, shape (rows, terms), each in one piece of memory: they are added up one by one, and often."""
    held = np.empty((len(values[0]), len(values)), order="F")
    for place, each in enumerate(values):
        held[:, place] = each
    return held
