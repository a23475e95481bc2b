"""Rules that a model's answers must keep: invariance, direction, minimum.

The three kinds of tests are those of CheckList (Ribeiro, Wu, Guestrin and Singh 2020), carried over from text to
tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.config.probing import BehaviourSection
from trainstop.judgement import answers
from trainstop.judgement.metrics import Metric
from trainstop.judgement.robustness import Scope
from trainstop.judgement.shares import share_interval
from trainstop.judgement.told import Told
from trainstop.labels import spelling
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Behaviour

SHOWN = 10
ROUNDING = 1e-9
NO_ROW = "no row is there to try it on: no data is never a pass"


@dataclass(frozen=True)
class Question:
    """Changed rows and what was said to them: `told` is None where the model raised."""

    told: Told | None
    error: str = ""


def judge_rule(
    rule: BehaviourSection,
    questions: Sequence[Question],
    scope: Scope,
    metrics: Mapping[str, Metric],
    ids: Sequence[str],
    positive: str,
) -> tuple[Behaviour, Check]:
    """Say for how many rows a rule holds. A row asked several times keeps it when every answer does.

    Args:
        rule: of the configuration.
        questions: what was asked for it.
        scope: the answers to the rows as they are, their clusters, and how intervals are made.
        metrics: by name, for a rule about one.
        ids: names of all rows.
        positive: label of the positive class (binary).

    """
    name = f"behaviour: {rule.title}"
    error = next((question.error for question in questions if question.told is None), "")
    if error:
        found = Behaviour(name=rule.title, kind=rule.kind)
        return found, _check(name, rule, CheckStatus.FAILED, reason=f"the model raises: {error}")
    told = [question.told for question in questions if question.told is not None]
    places = np.unique(np.concatenate([each.places for each in told])) if told else np.array([], dtype=np.intp)
    if not len(places):
        return Behaviour(name=rule.title, kind=rule.kind), _check(name, rule, CheckStatus.INCONCLUSIVE, reason=NO_ROW)
    if rule.metric:
        return _metric_rule(name, rule, told[0], metrics)
    broken = np.zeros(len(ids), dtype=bool)
    for each in told:
        broken[each.places] |= ~_keeps(rule, scope.base, each, positive)
    return _shared(name, rule, broken, places, scope, ids)


def _shared(
    name: str,
    rule: BehaviourSection,
    broken: NDArray[np.bool_],
    places: NDArray[np.intp],
    scope: Scope,
    ids: Sequence[str],
) -> tuple[Behaviour, Check]:
    """Compare the share of rows that keep a rule with what is wanted."""
    kept = ~broken[places]
    share = float(kept.mean())
    clusters = None if scope.clusters is None else scope.clusters[places]
    ends = share_interval(kept, clusters, confidence=scope.rules.confidence, minimum=scope.rules.minimum)
    failing = tuple(ids[place][:100] for place in places[~kept][:SHOWN])
    found = Behaviour(
        name=rule.title,
        kind=rule.kind,
        rows=len(places),
        broken=int((~kept).sum()),
        share=share,
        interval=ends,
        failing=failing,
    )
    status = CheckStatus.PASSED if share >= rule.minimum else CheckStatus.FAILED
    reason = f"{found.broken} of {found.rows} rows break it"
    if failing:
        reason += f", the first are {', '.join(failing[:3])}"
    return found, _check(name, rule, status, value=share, limit=rule.minimum, interval=ends, reason=reason)


def _keeps(rule: BehaviourSection, base: Told, now: Told, positive: str) -> NDArray[np.bool_]:
    """Say which rows keep a rule, in the order of `now`. An answer that is NaN keeps none."""
    before = Told(now.places, base.sample.take(now.places))
    expected = "" if rule.expect is None else spelling(rule.expect)
    if rule.kind == "minimum":
        return np.asarray(_is(now, expected, positive) & now.finite)
    if rule.kind == "direction":
        moved = now.scores(expected) - before.scores(expected)
        with np.errstate(invalid="ignore"):
            held = (moved if rule.goes == "up" else -moved) >= -rule.slack - ROUNDING
        return np.asarray(held & now.finite)
    if rule.tolerance is None:
        return np.asarray((before.labels == now.labels) & now.finite)
    return np.asarray(_apart(before, now) <= rule.tolerance + ROUNDING)


def _apart(before: Told, now: Told) -> NDArray[np.float64]:
    """Return how far answers moved, the largest of a row's scores."""
    first, second = before.sample.score, now.sample.score
    if first is None or second is None:
        first, second = before.scores(), now.scores()
    moved = np.abs(second - first).reshape(len(first), -1).max(axis=1)
    return np.asarray(np.where(np.isfinite(moved), moved, np.inf))


def _is(told: Told, expected: str, positive: str) -> NDArray[np.bool_]:
    """Say which rows are predicted as expected."""
    labels, sample = told.labels, told.sample
    if sample.task == "binary":
        return np.asarray(labels.astype(bool) == (expected == positive))
    if sample.task == "multiclass":
        place = sample.classes.index(expected) if expected in sample.classes else -1
        return np.asarray(labels == place)
    return np.asarray(np.isclose(labels.astype(np.float64), float(expected)))


def _metric_rule(
    name: str, rule: BehaviourSection, told: Told, metrics: Mapping[str, Metric]
) -> tuple[Behaviour, Check]:
    """Compare a metric of the rule's rows with its limits."""
    metric, sample = metrics[rule.metric], answers.usable(told.sample)
    found = Behaviour(name=rule.title, kind=rule.kind, rows=len(told))
    missing = metric.missing(sample)
    value = np.nan if missing else metric.value(sample)
    if not np.isfinite(value):
        reason = f"{rule.metric} has no value on {len(told)} rows: {missing or metric.undefined}"
        return found, _check(name, rule, CheckStatus.INCONCLUSIVE, reason=reason)
    low = rule.at_least is None or value >= rule.at_least
    high = rule.at_most is None or value <= rule.at_most
    limit = rule.at_most if low and rule.at_most is not None else rule.at_least
    status = CheckStatus.PASSED if low and high else CheckStatus.FAILED
    reason = f"{rule.metric} is {value:.4g} on {len(told)} rows"
    return found, _check(name, rule, status, value=float(value), limit=limit, reason=reason)


def _check(
    name: str,
    rule: BehaviourSection,
    status: CheckStatus,
    *,
    reason: str,
    value: float | None = None,
    limit: float | None = None,
    interval: tuple[float, float] | None = None,
) -> Check:
    """Build a check; with `mode = "warn"` whatever would stop the line only warns."""
    if rule.mode == "warn" and status in (CheckStatus.FAILED, CheckStatus.INCONCLUSIVE):
        status, reason = CheckStatus.WARNED, f"{reason} (the rule only warns)"
    return Check(name=name, status=status, value=value, limit=limit, interval=interval, reason=reason)
