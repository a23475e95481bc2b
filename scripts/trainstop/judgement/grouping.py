"""Which column's rows hang together: the guess that is made when the configuration names no cluster.

Wide intervals are the safer mistake: among columns that chance does not explain, the one with the largest design effect
is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.dependence import INDEPENDENT, Dependence, Groups, Signal, measure
from trainstop.judgement.metrics import Metric
from trainstop.judgement.samples import Floats, Rows, Sample

LEVEL = 0.05
"""Probability of any guess at all where rows are independent, over all columns and numbers looked at (Bonferroni)."""
SMALLEST_EFFECT = 1.1
"""A smaller design effect leaves 95% intervals true 93.5 times in 100."""
FINER = 0.25
"""A finer column is taken for the one it lies in unless its groups are alike there by this level: pooling on a pretest
wants a lenient one (Bancroft 1964)."""
MOST_MISSING = 0.05
"""Larger share of rows without a value: the column says too little."""
TELLS = 0.98
"""A number that orders the truth this well is the truth in other words, and no cluster."""
STEP = 1e-30
"""Step into the complex plane; the derivative is exact to the last digit for any step this small."""


class Column(Protocol):
    """A column that may group the rows."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def codes(self) -> Rows:
        """Each row's value, numbered from 0, numbers in their order; -1 where missing; shape (rows,)."""

    @property
    def number(self) -> bool:
        """Whether its values are numbers."""

    @property
    def day(self) -> bool:
        """Whether its values are days."""


@dataclass(frozen=True)
class _Looked:
    """A column that was looked at, by what hangs together most in it."""

    column: Column
    groups: Groups
    found: Dependence
    signal: str


@dataclass(frozen=True)
class Guess:
    """What the guess came to.

    Attributes:
        looked_at: number of columns.
        column: the one to cluster by; None where no column stands out.
        found: how its rows hang together.
        codes: each row's cluster, numbered from 0 without gaps; rows without a value are one of their own.

    """

    looked_at: int
    column: Column | None = None
    found: Dependence = INDEPENDENT
    codes: Rows | None = None

    @property
    def unit(self) -> str:
        """The independent units, in words."""
        return f"clusters of `{self.column.name}` (guessed)" if self.column else "rows"

    def note(self, minimum: int) -> str:
        """Say what was found and what follows, for a reader of the numbers."""
        if self.column is None:
            looked = f"no column of {self.looked_at} stands out" if self.looked_at else "there was no column to look at"
            return (
                f"rows are taken as independent of one another, since {looked} in which their errors hang together; "
                "where rows of one day, customer or route are alike, the intervals are too narrow: set `data.cluster`"
            )
        told = (
            f"`data.cluster` is not set, and errors hang together within `{self.column.name}` (design effect "
            f"{self.found.effect:.3g}, intraclass correlation {self.found.correlation:.2g})"
        )
        few = self.found.clusters < minimum
        follows = (
            f"; its {self.found.clusters} clusters are too few for intervals, and rows within them are not independent"
            if few
            else f", so every interval rests on its {self.found.clusters:,} clusters"
        )
        column = "a column with the day" if "(" in self.column.name else "this column"
        return f"{told}{follows}: set `data.cluster` to {column} or another, or `evaluate.guess-cluster = false`"


def guess(
    columns: Sequence[Column],
    candidate: Sample,
    champion: Sample | None,
    metrics: Sequence[Metric],
    minimum: int,
) -> Guess:
    """Look for the column within which errors hang together most.

    Args:
        columns: of the same rows as the samples.
        candidate: its answers.
        champion: the champion's answers to the same rows.
        metrics: whose contributions are looked at, of the candidate and of the difference.
        minimum: fewer groups give no interval; only days are looked at then, since rows of few days are dependent
            whatever else there is, while few airports or plans are mostly kinds of rows.

    """
    numbers = {name: Signal.of(values) for name, values in signals(candidate, champion, metrics).items()}
    chosen = [column for column in columns if _may_group(column, candidate, minimum)]
    if not chosen or not numbers:
        return Guess(len(chosen))
    level = LEVEL / (len(chosen) * len(numbers))
    looked = [item for column in chosen if (item := _look(column, numbers, level))]
    if not looked:
        return Guess(len(chosen))
    looked.sort(key=lambda item: -item.found.effect)
    best = _finest(looked, numbers, minimum)
    return Guess(len(chosen), best.column, best.found, best.groups.codes)


def signals(candidate: Sample, champion: Sample | None, metrics: Sequence[Metric]) -> dict[str, Floats]:
    """Return what may hang together, a number a row each, by name.

    The residual where there is one, and what each row adds to each metric at first order (its influence), of the
    candidate and of the difference between both models: the variance of a metric is that of the sum of these.
    """
    found: dict[str, Floats] = {}
    residual = _residual(candidate)
    if residual is not None:
        found["residual"] = residual
    for metric in metrics:
        own = influence(metric, candidate)
        other = influence(metric, champion) if champion is not None else None
        if own is not None:
            found[metric.name] = own
        if own is not None and other is not None and metric.compared:
            found[f"{metric.name} vs champion"] = own - other
    return {name: values for name, values in found.items() if np.isfinite(values).all()}


def influence(metric: Metric, sample: Sample) -> Floats | None:
    """Return what each row adds to a metric at first order, shape (rows,); None where the metric has no value."""
    if metric.missing(sample):
        return None
    terms = metric.terms(sample)
    if len(terms) != len(sample):
        return None
    sums = terms.sum(axis=0)
    with np.errstate(all="ignore"):
        gradient = np.array([metric.formula(sums + 1j * STEP * unit).imag / STEP for unit in np.eye(len(sums))])
    values: Floats = terms @ gradient
    return values if np.isfinite(values).all() else None


def _residual(sample: Sample) -> Floats | None:
    """Return the truth less the answer, where both are numbers on one scale."""
    answer = sample.prediction if sample.task == "regression" else sample.score
    if answer is None or sample.task not in ("binary", "regression"):
        return None
    if sample.task == "binary" and not sample.probability:
        return None
    return np.asarray(sample.target.astype(np.float64) - answer, dtype=np.float64)


def _may_group(column: Column, sample: Sample, minimum: int) -> bool:
    """Say whether a column is looked at: groups enough, more than one row each, and not the truth in other words."""
    codes, rows = column.codes, len(sample)
    groups = int(np.count_nonzero(np.bincount(codes[codes >= 0])))
    if not (2 if column.day else minimum) <= groups <= rows / 2:
        return False
    if np.count_nonzero(codes < 0) > MOST_MISSING * rows:
        return False
    return not (column.number and _tells(column, sample))


def _tells(column: Column, sample: Sample) -> bool:
    """Say whether a number orders the truth, as the minutes of delay order what is late."""
    seen = column.codes >= 0
    codes, target = column.codes[seen], sample.target[seen]
    if sample.task == "binary":
        ordered = _midranks(codes)[codes]
        positive = target.astype(bool)
        count = int(positive.sum())
        if not 0 < count < len(target):
            return False
        area = (ordered[positive].mean() - (count + 1) / 2) / (len(target) - count)
        return bool(abs(area - 0.5) >= TELLS - 0.5)
    if sample.task == "regression":
        truth = np.unique(target, return_inverse=True)[1]
        ranks, of_truth = _midranks(codes)[codes], _midranks(truth)[truth]
        return bool(np.ptp(of_truth) and np.ptp(ranks) and abs(np.corrcoef(ranks, of_truth)[0, 1]) >= TELLS)
    return False


def _midranks(codes: NDArray[np.intp]) -> Floats:
    """Return the mean rank, from 1, of the rows of each code."""
    counts = np.bincount(codes)
    return np.asarray(np.cumsum(counts) - (counts - 1) / 2, dtype=np.float64)


def _look(column: Column, numbers: Mapping[str, Signal], level: float) -> _Looked | None:
    """Return what hangs together most within a column, or None where chance explains it, or it hardly matters."""
    groups = Groups.of(column.codes)
    measured = {name: measure(values, groups) for name, values in numbers.items()}
    shown = {
        name: found for name, found in measured.items() if found.chance <= level and found.effect >= SMALLEST_EFFECT
    }
    if not shown:
        return None
    signal = max(shown, key=lambda name: shown[name].effect)
    return _Looked(column, groups, shown[signal], signal)


def _finest(looked: Sequence[_Looked], numbers: Mapping[str, Signal], minimum: int) -> _Looked:
    """Return the first column, or a finer one within it that explains as much: the day rather than the week of days.

    Rows of a week are alike already because those of a day are; only weeks that differ by more than their days do are
    clusters.
    """
    best = looked[0]
    for finer in looked[1:]:
        more = len(finer.groups.sizes) > len(best.groups.sizes) >= minimum
        if more and _explains(finer, best, numbers[best.signal]):
            best = finer
    return best


def _explains(finer: _Looked, coarser: _Looked, signal: Signal) -> bool:
    """Say whether the groups of one column lie within those of another and are no more alike there than by chance."""
    inside, outside = finer.groups, coarser.groups
    owner = np.zeros(len(inside.sizes), dtype=np.intp)
    owner[inside.codes] = outside.codes
    if not np.array_equal(owner[inside.codes], outside.codes):
        return False
    means = np.bincount(inside.codes, weights=signal.centred, minlength=len(inside.sizes)) / inside.sizes
    return measure(Signal.of(means), Groups.of(owner)).chance > FINER
