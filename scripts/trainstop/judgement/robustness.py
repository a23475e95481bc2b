"""What spoiled rows do to a model's answers: how far the metric falls, how many predictions flip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trainstop.config.probing import RobustnessSection
from trainstop.judgement import answers
from trainstop.judgement.metrics import Metric
from trainstop.judgement.samples import Rows
from trainstop.judgement.shares import share_interval
from trainstop.judgement.told import Told, flipped
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Interval, Perturbation, Robustness

SHOWN = 20
"""So many of the worst perturbations get intervals and are kept in the record."""
Limited = Literal["fall", "flips"]
LIMITED: tuple[Limited, ...] = ("fall", "flips")
Grade = Literal["held", "perhaps", "unknown", "beyond"]
GRADES: tuple[Grade, ...] = ("held", "perhaps", "unknown", "beyond")
WORDS = {
    "noise": "noise",
    "missing": "a missing column",
    "units": "a slip of units",
    "swapped": "swapped values",
    "range": "values out of range",
    "unseen": "a category never seen",
}


@dataclass(frozen=True)
class Spoiled:
    """Rows spoiled in one way, and what was said to them: `told` is None where the model raised."""

    kind: str
    column: str
    detail: str
    rows: int
    told: Told | None
    error: str = ""


@dataclass(frozen=True)
class Scope:
    """What the spoiled rows are compared with.

    Attributes:
        base: the answers to the rows as they are.
        metric: whose fall is looked at.
        clusters: each row's cluster, numbered from 0 without gaps; None takes rows as independent.
        rules: of intervals.

    """

    base: Told
    metric: Metric
    clusters: Rows | None
    rules: Rules


def judged(spoiled: Sequence[Spoiled], scope: Scope, *, left_out: int) -> Robustness:
    """Compare every way of spoiling with the rows as they are; the worst ones get intervals."""
    found = [(each, perturbation(each, scope)) for each in spoiled]
    found.sort(key=lambda pair: _badness(pair[1]))
    kept = _worth_showing([result for _, result in found])
    by_result = {id(result): each for each, result in found}
    columns = dict.fromkeys(result.column for _, result in found if result.column)
    missing = scope.metric.missing(scope.base.sample)
    value = np.nan if missing else scope.metric.value(scope.base.sample)
    return Robustness(
        metric=scope.metric.name,
        value=float(value) if np.isfinite(value) else None,
        tried=len(spoiled),
        left_out=left_out,
        columns=tuple(columns),
        perturbations=tuple(with_intervals(by_result[id(result)], result, scope) for result in kept),
    )


def perturbation(spoiled: Spoiled, scope: Scope) -> Perturbation:
    """Return how far the metric falls and how many predictions flip, without intervals."""
    given = {"kind": spoiled.kind, "column": spoiled.column, "detail": spoiled.detail, "rows": spoiled.rows}
    if spoiled.told is None:
        return Perturbation(**given, error=spoiled.error or "the model raised")
    finite = spoiled.told.finite
    flips = flipped(scope.base, spoiled.told)[finite]
    return Perturbation(
        **given,
        fall=_fall(spoiled.told, scope) if finite.all() else None,
        flips=float(flips.mean()) if len(flips) else None,
        not_finite=int((~finite).sum()),
    )


def with_intervals(spoiled: Spoiled, result: Perturbation, scope: Scope) -> Perturbation:
    """Add the paired interval of the fall, and the interval of the share of flips."""
    if spoiled.told is None:
        return result
    flips, rules = flipped(scope.base, spoiled.told), scope.rules
    share = share_interval(flips, scope.clusters, confidence=rules.confidence, minimum=rules.minimum)
    fall = None if result.fall is None else _fall_interval(spoiled.told, scope)
    return result.model_copy(update={"fall_interval": fall, "flips_interval": share})


def _fall_interval(told: Told, scope: Scope) -> Interval | None:
    """Return the paired interval of how much worse the metric becomes."""
    pair = Pair(
        candidate=answers.usable(told.sample), champion=answers.usable(scope.base.sample), clusters=scope.clusters
    )
    compared = judge(pair, (scope.metric,), replace(scope.rules, tolerances={}))[0].comparison
    return (-compared.interval[1], -compared.interval[0]) if compared and compared.interval else None


def checks(found: Robustness, section: RobustnessSection) -> list[Check]:
    """Judge each way of spoiling by its worst column."""
    by_kind: dict[str, list[Perturbation]] = {}
    for each in found.perturbations:
        by_kind.setdefault(each.kind, []).append(each)
    left_out = f"{found.left_out} columns were not tried: the time was over" if found.left_out else ""
    made = [_check(kind, by_kind[kind], found.metric, section, left_out) for kind in section.kinds if kind in by_kind]
    limited = section.max_fall.keys() | section.max_flips.keys()
    made += [_untried(kind, section, left_out) for kind in section.kinds if kind in limited and kind not in by_kind]
    if not made:
        reason = left_out or "no column could be spoiled"
        return [Check(name="robustness", status=CheckStatus.SKIPPED, reason=reason)]
    return made


def _untried(kind: str, section: RobustnessSection, left_out: str) -> Check:
    """Say of a limit that nothing was held against it."""
    reason = f"a limit is set, and nothing was tried: {left_out or 'no column could be spoiled in this way'}"
    status = CheckStatus.INCONCLUSIVE
    if section.mode == "warn":
        status, reason = CheckStatus.WARNED, f"{reason} (it only warns)"
    return Check(name=f"robust: {WORDS[kind]}", status=status, reason=reason)


def _check(kind: str, results: Sequence[Perturbation], metric: str, section: RobustnessSection, left_out: str) -> Check:
    """Judge one way of spoiling."""
    name = f"robust: {WORDS[kind]}"
    broken = [each for each in results if each.error or each.not_finite]
    limits = {"fall": section.max_fall.get(kind), "flips": section.max_flips.get(kind)}  # type: ignore[call-overload]
    limited: list[Limited] = [what for what in LIMITED if limits[what] is not None]
    standing = [(_grade(each, what, limits[what]), each, what) for each in results for what in limited]
    grade, worst, what = max(standing, key=lambda one: _order(*one), default=("held", results[0], LIMITED[0]))
    value, ends = _measured(worst, what)
    said, lacking = _words(worst, metric), "value" if value is None else "interval (too few rows or clusters)"
    status, reason = {
        "beyond": (CheckStatus.FAILED, said),
        "unknown": (CheckStatus.INCONCLUSIVE, f"{said}; what has no {lacking} cannot be held to a limit"),
        "perhaps": (CheckStatus.WARNED, f"{said}; these rows are too few to be sure"),
        "held": (CheckStatus.PASSED, "; ".join(filter(None, (said, left_out)))),
    }[grade]
    if broken:
        status, reason = CheckStatus.FAILED, "; ".join(_broken(each) for each in broken[:3])
    if status in (CheckStatus.FAILED, CheckStatus.INCONCLUSIVE) and section.mode == "warn":
        status, reason = CheckStatus.WARNED, f"{reason} (it only warns)"
    return Check(name=name, status=status, value=value, limit=limits[what], interval=ends, reason=reason)


def _measured(result: Perturbation, what: Limited) -> tuple[float | None, Interval | None]:
    """Return what a limit is held against, and its interval."""
    return (result.fall, result.fall_interval) if what == "fall" else (result.flips, result.flips_interval)


def _grade(result: Perturbation, what: Limited, limit: float | None) -> Grade:
    """Say whether a limit is missed: `beyond` doubt, `perhaps`, `unknown` without value or interval, or `held`."""
    value, ends = _measured(result, what)
    if limit is None:
        return "held"
    if value is None:
        return "unknown"
    if value <= limit:
        return "held"
    if ends is None:
        return "unknown"
    return "beyond" if ends[0] > limit else "perhaps"


def _order(grade: Grade, result: Perturbation, what: Limited) -> tuple[int, float]:
    """Order by grade, then by how much is measured."""
    value, _ = _measured(result, what)
    return GRADES.index(grade), value or 0.0


def _words(result: Perturbation, metric: str) -> str:
    """Say what the worst column does."""
    where = f"in `{result.column}`" if result.column else "in all numeric columns"
    detail = f", {result.detail}" if result.detail else ""
    fell = "has no value" if result.fall is None else f"falls by {result.fall:.3g}" if result.fall > 0 else "holds"
    flips = "" if result.flips is None else f", {100 * result.flips:.3g}% of the predictions flip"
    return f"worst {where}{detail}: {metric} {fell}{flips}"


def _broken(result: Perturbation) -> str:
    """Say how the model fails on spoiled rows."""
    where = f"in `{result.column}`" if result.column else "in all numeric columns"
    detail = f" ({result.detail})" if result.detail else ""
    if result.error:
        return f"{where}{detail} it raises: {result.error[:200]}"
    return f"{where}{detail} it answers NaN or infinity to {result.not_finite} of {result.rows} rows"


def _fall(told: Told, scope: Scope) -> float | None:
    """Return how much worse the metric becomes, more being worse."""
    metric, base = scope.metric, scope.base.sample
    if metric.missing(told.sample) or metric.missing(base):
        return None
    change = metric.value(base) - metric.value(told.sample)
    fall = change if metric.greater_is_better else -change
    return float(fall) if np.isfinite(fall) else None


def _badness(result: Perturbation) -> tuple[int, float, float]:
    """Order: raises, NaN, the largest fall, the most flips."""
    broken = 0 if result.error else 1 if result.not_finite else 2
    return broken, -(result.fall or 0.0), -(result.flips or 0.0)


def _worth_showing(results: Iterable[Perturbation]) -> list[Perturbation]:
    """Keep the worst, and of every kind the worst by fall and by flips, so that every limit is judged."""
    ordered = list(results)
    chosen = {id(each) for each in ordered[:SHOWN]}
    for kind in {each.kind for each in ordered}:
        of_kind = [each for each in ordered if each.kind == kind]
        chosen.add(id(of_kind[0]))
        chosen.add(id(max(of_kind, key=lambda each: each.flips or 0.0)))
    return [each for each in ordered if id(each) in chosen]
