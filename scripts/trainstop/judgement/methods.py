"""Which method makes an interval, and why, in words for the record."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from scipy.special import stdtrit

from trainstop.judgement import closed_forms
from trainstop.judgement.metrics import Metric
from trainstop.judgement.resampling import MAXIMUM_UNITS
from trainstop.records.judging import Interval

Method = Literal["auto", "bootstrap", "stratified", "rows", "closed-form"]
"""`auto`: the bootstrap-t, and Wilson's interval for a share of independent rows; `bootstrap`: always the bootstrap-t;
`stratified`: the bootstrap-t within the classes of the target; `rows`: every unit drawn, none added up; `closed-form`:
no resampling."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What intervals rest on.

    Attributes:
        units: independent units in the data.
        groups: units of the bootstrap; fewer than `units` when those were added up.
        unit: what they are, in words.
        clustered: whether a unit can have several rows.
        paired: whether there is a champion.
        stratified: whether units were drawn within classes.
        resamples: of the bootstrap.
        seed: of everything random.

    """

    units: int
    groups: int
    unit: str
    clustered: bool
    paired: bool
    stratified: bool
    resamples: int
    seed: int


def by_wilson(metric: Metric, method: Method, *, clustered: bool) -> bool:
    """Say whether a metric's own interval is Wilson's."""
    return metric.proportion and (method == "closed-form" or (method == "auto" and not clustered))


def wilson_interval(share: float, rows: float, line_error: float, *, units: int | None, confidence: float) -> Interval:
    """Return Wilson's interval of a share.

    Args:
        share: what was seen.
        rows: how many rows it was seen in.
        line_error: its standard error in log odds, which tells how many independent rows clustered ones are worth.
        units: clusters; None where rows are independent.
        confidence: share of intervals that shall hold the truth.

    """
    upper = 0.5 + confidence / 2
    if units is None:
        return closed_forms.wilson(share, rows, NormalDist().inv_cdf(upper))
    error = line_error * share * (1 - share)
    # Clusters that all say the same show no spread to tell what their rows are worth; each counts for one, at least.
    trials = closed_forms.effective_trials(share, rows, error) if 0 < error < math.inf else units
    return closed_forms.wilson(share, trials, float(stdtrit(units - 1, upper)))


def words(metric: Metric, method: Method, basis: Basis) -> str:
    """Say how the intervals of a metric and of its difference were made, and why so."""
    made = {"closed-form": _closed, "rows": _drawn_singly}.get(method, _resampled)(metric, method, basis)
    if not by_wilson(metric, method, clustered=basis.clustered):
        return made
    own = "Wilson score interval, which holds for shares near 0 and 1 too"
    if basis.clustered:
        own += f", with as many rows as the {basis.units:,} {basis.unit} are worth"
    return f"{own}; of the difference: {made}" if basis.paired else own


def _closed(metric: Metric, _method: Method, basis: Basis) -> str:
    """Name the closed form."""
    over = f"over {basis.units:,} {basis.unit}"
    student = f"Student's t with {basis.groups - 1:,} degrees of freedom, no resampling"
    if metric.name == "auc":
        return f"{'Obuchowski' if basis.clustered else 'DeLong'} {over}, ties counted one half; {student}"
    return f"delta method {over}{', rows of one together (sandwich)' if basis.clustered else ''}; {student}"


def _drawn_singly(_metric: Metric, _method: Method, basis: Basis) -> str:
    """Name the bootstrap of single units."""
    return (
        f"{'paired ' if basis.paired else ''}bootstrap over every single one of {basis.units:,} {basis.unit}, "
        f"by two-point weights, {basis.resamples:,} resamples, seed {basis.seed}; no end nearer than Student's t with "
        f"{basis.groups - 1:,} degrees of freedom"
    )


def _resampled(_metric: Metric, method: Method, basis: Basis) -> str:
    """Name the bootstrap."""
    pooled = f", added up at random into {basis.groups:,} groups" if basis.units > MAXIMUM_UNITS else ""
    errors = "standard errors from all of them" if pooled else "jackknife standard errors"
    strata = " within classes" if basis.stratified else ""
    if method == "stratified" and not basis.stratified:
        strata = " (not within classes: clusters hold rows of several, or there are none)"
    return (
        f"{'paired ' if basis.paired else ''}bootstrap-t over {basis.units:,} {basis.unit}{strata}{pooled}, "
        f"{basis.resamples:,} resamples, seed {basis.seed}; {errors}; no end nearer than Student's t with "
        f"{basis.groups - 1:,} degrees of freedom, since resampling alone is too sure of few or unequal units"
    )
