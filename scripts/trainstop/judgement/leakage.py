"""What was found of training in the evaluation data, judged: checks with their reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trainstop.config.leakage import LeakageSection
from trainstop.judgement.gates import number
from trainstop.records import Check, CheckStatus

Mode = Literal["block", "warn", "off"]
STRONG = 0.8
"""A feature below this is no suspect however weak the model is: many a weak model leans on one column."""
NEARLY_ALL = 0.98
"""Share of what the model does that one feature alone may reach."""
SHOWN = 5


@dataclass(frozen=True)
class Repeats:
    """Evaluation rows that equal others in features and target.

    Attributes:
        rows: of the evaluation data.
        within: evaluation rows that equal another evaluation row.
        shared: evaluation rows that equal a training row.
        training_rows: of the training data.
        identical: evaluation rows that equal a training row in `data.id` as well; None without ids.
        same_id: evaluation rows whose `data.id` is in training, whatever else they hold; None without ids.

    """

    rows: int
    within: int
    shared: int
    training_rows: int
    identical: int | None = None
    same_id: int | None = None

    @property
    def expected(self) -> float:
        """Most shared rows, as a share, that chance explains: as often as evaluation rows equal one another.

        Rows drawn alike meet an equal one among n others as often in training as within evaluation; in N rows at most
        N / n times as often.
        """
        others = max(self.rows - 1, 1)
        return min(1.0, self.within / self.rows * max(1.0, self.training_rows / others))


@dataclass(frozen=True)
class Overlap:
    """Evaluation rows that have something in common with training.

    Attributes:
        rows: of the evaluation data, those without the column left out.
        shared: of them, those not later than the last training row, or of a cluster that training has.
        first: first moment of evaluation, or None.
        last: last moment of training, or None.
        clusters: how many clusters are in both.

    """

    rows: int
    shared: int
    first: datetime | None = None
    last: datetime | None = None
    clusters: int = 0


def shared_rows(repeats: Repeats, section: LeakageSection) -> Check:
    """Judge rows that are in training and in evaluation."""
    name, share = "shared-rows", repeats.shared / repeats.rows
    allowed = min(1.0, repeats.expected + section.duplicates)
    among = f"{repeats.shared:,} of {repeats.rows:,} evaluation rows equal a training row in features and target"
    chance = (
        f"{repeats.within:,} equal another evaluation row, so that up to {100 * repeats.expected:.3g}% may be chance"
        if repeats.within
        else "no two evaluation rows are equal"
    )
    if repeats.identical:
        reason = f"{repeats.identical:,} of {repeats.rows:,} evaluation rows are training rows: same id, same content"
        return _check(name, section.mode, reason, value=repeats.identical / repeats.rows, limit=0.0)
    if share > allowed:
        reason = f"{among}; {chance}"
        return _check(name, "warn", reason, value=share, limit=allowed)
    ids = (
        f"; {repeats.same_id:,} have the id of a training row with other content"
        if repeats.same_id
        else "; no id is in both"
        if repeats.same_id is not None
        else ""
    )
    reason = f"{among}; {chance}{ids}"
    return Check(name=name, status=CheckStatus.PASSED, value=share, limit=allowed, reason=reason)


def target_among_features(same: tuple[str, ...], looked_at: int, rows: int, section: LeakageSection) -> Check:
    """Judge features that are the target in other words."""
    name = "target-among-features"
    if same:
        which = _listed(same)
        reason = f"{which}: the target itself, or a one-to-one function of it, on all {rows:,} rows looked at"
        return _check(name, section.mode, reason, value=which)
    reason = f"none of {looked_at} features is the target in other words, on {rows:,} rows"
    return Check(name=name, status=CheckStatus.PASSED, value=0.0, limit=0.0, reason=reason)


def too_good(strengths: Mapping[str, float], model: float | None, nothing: float, section: LeakageSection) -> Check:
    """Judge what single features reach.

    Args:
        strengths: by feature: area under the ROC curve, or rank correlation.
        model: the same of the model's own answers; None where they are not known.
        nothing: what a feature that says nothing has: 0.5 or 0.
        section: gives the limit.

    """
    name, what = "too-good-feature", "area under the ROC curve" if nothing else "rank correlation"
    best = max(strengths, key=lambda feature: strengths[feature])
    limit, reached = section.too_good, strengths[best]
    beyond = {feature: value for feature, value in strengths.items() if value > limit}
    beside = "" if model is None else f"; the model reaches {number(model)}"
    if beyond:
        order = sorted(beyond, key=lambda feature: -beyond[feature])
        said = _listed(tuple(f"{feature}` ({number(beyond[feature], limit)})" for feature in order), closed=True)
        reason = f"alone too good to be known beforehand, by {what}: {said}{beside}"
        return _check(name, "warn", reason, value=reached, limit=limit)
    if model is not None and len(strengths) > 1 and reached > STRONG and _share(reached, model, nothing) > NEARLY_ALL:
        reason = f"`{best}` alone has {number(reached)} ({what}), nearly all that the model has{beside}"
        return _check(name, "warn", reason, value=reached, limit=limit)
    reason = f"the best feature alone is `{best}` with {number(reached)} ({what}){beside}"
    return Check(name=name, status=CheckStatus.PASSED, value=reached, limit=limit, reason=reason)


def time_order(overlap: Overlap, section: LeakageSection) -> Check:
    """Judge evaluation rows that are not later than all training rows."""
    if overlap.first is None or overlap.last is None:
        return Check(name="time-order", status=CheckStatus.SKIPPED, reason="no row has a readable time")
    span = f"training ends {overlap.last:%Y-%m-%d %H:%M}, evaluation begins {overlap.first:%Y-%m-%d %H:%M}"
    reason = f"{overlap.shared:,} of {overlap.rows:,} evaluation rows are not later than the last training row: {span}"
    return _overlapping("time-order", overlap, reason, span, section.time_order)


def cluster_overlap(overlap: Overlap, cluster: str, section: LeakageSection) -> Check:
    """Judge evaluation rows of clusters that training has too."""
    reason = (
        f"{overlap.shared:,} of {overlap.rows:,} evaluation rows belong to {overlap.clusters:,} values of `{cluster}` "
        "that training has too: their rows are alike, so the model is judged on what it half knows"
    )
    return _overlapping(
        "cluster-overlap", overlap, reason, f"no value of `{cluster}` is in both", section.cluster_overlap
    )


def _overlapping(name: str, overlap: Overlap, reason: str, well: str, mode: Mode) -> Check:
    """Judge by whether there is any overlap."""
    share = overlap.shared / overlap.rows if overlap.rows else 0.0
    if mode == "off":
        return Check(name=name, status=CheckStatus.SKIPPED, value=share, reason="the check is off")
    if not overlap.shared:
        return Check(name=name, status=CheckStatus.PASSED, value=0.0, limit=0.0, reason=well)
    return _check(name, mode, reason, value=share, limit=0.0)


def _share(reached: float, model: float, nothing: float) -> float:
    """Return what part of the model's gain over nothing a feature has."""
    return (reached - nothing) / (model - nothing) if model > nothing else float("inf")


def _listed(names: tuple[str, ...], *, closed: bool = False) -> str:
    """Write the first names, in code."""
    shown = ", ".join(f"`{name}" if closed else f"`{name}`" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _check(name: str, mode: Mode, reason: str, *, value: float | str, limit: float | None = None) -> Check:
    """Build the check of something found."""
    status = CheckStatus.FAILED if mode == "block" else CheckStatus.WARNED
    return Check(name=name, status=status, value=value, limit=limit, reason=reason)
