"""Whether the last windows of a column stand out from the ordinary life of its reference."""

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainstop.drift import simulation
from trainstop.drift.distances import Floats
from trainstop.drift.null import Reference, Shift, reference, visible_shift

Level = Literal["quiet", "look", "not enough data"]

EULER = 0.5772156649015329
SINGLE_SHARE = 0.2
"""Part of a column's false alarms that is given to one window alone past a stricter limit."""
SINGLE_FLOOR = 2.0
"""How many effect floors one window alone must pass."""
SIMULATED_WINDOWS = 40_000
"""Windows simulated a column: the worlds are fewer when the periods are days."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What an alarm takes.

    Attributes:
        false_alarms: share of uneventful years in which this column may stand out.
        effect_floor: Jensen-Shannon distance below which a shift matters to nobody.
        alarm: k and n: k of the last n windows must stand out.
        minimum_rows: fewer in a window, or in a reference period, are not enough data.
        season: length of the season in periods.
        windows_a_year: how many windows a year has.
        seed: of the simulation.
        spread: how many times as much windows wander as the reference's periods; more than 1 where they hold fewer
            days, over which less averages out.

    """

    false_alarms: float
    effect_floor: float
    alarm: tuple[int, int]
    minimum_rows: int
    season: float
    windows_a_year: int
    seed: int
    spread: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From which distance windows stand out.

    Attributes:
        sustained: for k of n windows.
        single: for one window alone.
        multiplier: how many times the reference's largest own distance `sustained` is, before the effect floor.
        expected: share of uneventful years in which they are passed, by the simulation.

    """

    sustained: float
    single: float
    multiplier: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was decided about one column, and why.

    Attributes:
        level: `look` when it stands out; `not enough data` when nothing can be said.
        distances: of each window to its nearest reference period; None where the window has too few rows.
        limits: None when there is not enough data to set any.
        visible: smallest shift that would stand out; None when there are no limits, or nothing would.
        reason: in words.

    """

    level: Level
    distances: tuple[float | None, ...]
    limits: Limits | None = None
    visible: Shift | None = None
    reason: str


def judge(counts: Floats, windows: Floats, rule: Rule, *, name: str, numeric: bool) -> Verdict:
    """Judge the last windows of one column.

    Args:
        counts: histograms of the reference's periods, oldest first, shape (periods, bins).
        windows: histograms of the windows on the same bins, oldest first, shape (windows, bins); empty ones included.
        rule: what an alarm takes.
        name: of the column; decides, with the seed, the draws of its simulation.
        numeric: whether the bins are ordered.

    """
    known = reference(counts, rule.minimum_rows)
    enough = windows.sum(axis=1) >= rule.minimum_rows
    distances = _distances(known, windows, enough)
    periods = len(known.counts)
    if periods < simulation.MINIMUM_PERIODS:
        reason = (
            f"the reference has {periods} periods of {rule.minimum_rows} rows or more; "
            f"{simulation.MINIMUM_PERIODS} are needed to know how much they differ"
        )
        return Verdict(level="not enough data", distances=distances, reason=reason)
    if not enough.any():
        return Verdict(
            level="not enough data", distances=distances, reason=f"no whole window has {rule.minimum_rows} rows or more"
        )
    limits = calibrate(known, int(np.median(windows.sum(axis=1)[enough])), rule, name=name)
    visible = visible_shift(known, limits.sustained, numeric=numeric)
    level: Level
    if visible is None:
        level, reason = "not enough data", "the reference's own periods differ so much that no shift would stand out"
    else:
        level, reason = _decide(distances, limits, rule)
    return Verdict(level=level, distances=distances, limits=limits, visible=visible, reason=reason)


def calibrate(known: Reference, window_rows: int, rule: Rule, *, name: str) -> Limits:
    """Choose a column's limits by simulating uneventful years from its own reference.

    The largest of a year follows a Gumbel distribution on the logarithmic scale, fitted by probability-weighted
    moments (Hosking, Wallis and Wood 1985): the budget of one of many columns lies farther out than any year simulated.

    Args:
        known: the reference, with `MINIMUM_PERIODS` periods or more.
        window_rows: rows of a window.
        rule: what an alarm takes.
        name: of the column.

    """
    if known.largest == 0:
        single = min(SINGLE_FLOOR * rule.effect_floor, 1.0)
        return Limits(sustained=rule.effect_floor, single=single, multiplier=1.0, expected=0.0)
    periods = len(known.counts)
    years = simulation.simulate(
        simulation.fit(known.counts, season=rule.season),
        reference_rows=known.counts.sum(axis=1),
        window_rows=window_rows,
        windows_a_year=rule.windows_a_year,
        alarm=rule.alarm,
        spread=rule.spread,
        worlds=int(np.clip(SIMULATED_WINDOWS // (periods + rule.windows_a_year), 100, 400)),
        random=np.random.default_rng([rule.seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))]),
    )
    often, once = Gumbel.of(years.sustained), Gumbel.of(years.single)
    multiplier = max(often.above(rule.false_alarms * (1 - SINGLE_SHARE)), 1.0)
    strict = max(once.above(rule.false_alarms * SINGLE_SHARE), multiplier)
    sustained = min(max(multiplier * known.largest, rule.effect_floor), 1.0)
    single = min(max(strict * known.largest, SINGLE_FLOOR * rule.effect_floor), 1.0)
    expected = sum(
        distribution.share_above(limit / known.largest)
        for distribution, limit in ((often, sustained), (once, single))
        if limit < 1  # nothing is farther than 1
    )
    return Limits(sustained=sustained, single=single, multiplier=multiplier, expected=expected)


@dataclass(frozen=True)
class Gumbel:
    """The distribution of a year's largest value, on the logarithmic scale."""

    place: float
    scale: float

    @classmethod
    def of(cls, largest: Floats) -> "Gumbel":
        """Fit to the largest values of years, shape (years,)."""
        ordered = np.sort(np.log(np.maximum(largest, 1e-9)))
        rank = np.arange(len(ordered)) / (len(ordered) - 1)
        first, second = float(ordered.mean()), float((ordered * rank).mean())
        scale = max((2 * second - first) / np.log(2), 1e-9)
        return cls(first - EULER * scale, float(scale))

    def above(self, share: float) -> float:
        """Return the value that a year passes with this probability."""
        return float(np.exp(self.place - self.scale * np.log(-np.log1p(-share))))

    def share_above(self, value: float) -> float:
        """Return the probability that a year passes this value."""
        return float(-np.expm1(-np.exp(-(np.log(value) - self.place) / self.scale)))


def _distances(known: Reference, windows: Floats, enough: "np.typing.NDArray[np.bool_]") -> tuple[float | None, ...]:
    """Return the windows' distances, None where there are too few rows."""
    if not len(known.counts):
        return (None,) * len(windows)
    away = known.distance(windows)
    return tuple(round(float(distance), 4) if judged else None for distance, judged in zip(away, enough, strict=True))


def _decide(distances: tuple[float | None, ...], limits: Limits, rule: Rule) -> tuple[Level, str]:
    """Count the windows that stand out."""
    k, n = rule.alarm
    judged = [distance for distance in distances[-n:] if distance is not None]
    out = sum(distance > limits.sustained for distance in judged)
    if any(distance > limits.single for distance in judged):
        return "look", f"a window is farther than {limits.single:.2f} from every ordinary period"
    if out >= k:
        return (
            "look",
            f"{out} of {len(judged)} windows are farther than {limits.sustained:.2f} from every ordinary period",
        )
    if len(judged) < k:
        return (
            "not enough data",
            f"{len(judged)} of {k} whole windows that are needed have {rule.minimum_rows} rows or more",
        )
    return "quiet", f"{out} of {len(judged)} windows stand out; {k} would be an alarm"
