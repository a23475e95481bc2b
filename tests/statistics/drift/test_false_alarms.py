"""What the promise about false alarms is worth, in simulated years; each figure with its Monte-Carlo error."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.statistics.drift.worlds import columns

from trainstop.drift.decision import Rule, calibrate
from trainstop.drift.null import reference
from trainstop.watching.budget import Budget

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

COLUMNS, WINDOWS, ALLOWED = 20, 52, 0.05
SPLIT = Budget(total=ALLOWED, drift_columns=COLUMNS, metrics=1, shares=1, windows_a_year=WINDOWS)
RULE = Rule(
    false_alarms=SPLIT.per_column,
    effect_floor=0.10,
    alarm=(3, 4),
    minimum_rows=200,
    season=365 / 7,
    windows_a_year=WINDOWS,
    seed=0,
)


@dataclass(frozen=True)
class World:
    name: str
    reference: int = 26
    rows: int = 2000
    autocorrelation: float = 0.0
    wander: float = 0.0
    season: float = 0.0
    days: int = 7


INDEPENDENT = World("independent")
SMALL = World("independent, 500 rows", rows=500)
WANDERING = World("wandering", autocorrelation=0.5, wander=0.1)
SEASONAL = World("seasonal", reference=53, autocorrelation=0.5, wander=0.1, season=0.5)
BATCH = World("one day of each week", wander=0.1, days=1)


def alarms(world: World, seed: int, *, count: int, shift: float = 0.0) -> NDArray[np.bool_]:
    """Say for each column of one year whether it ever stood out."""
    random = np.random.default_rng([seed, sum(map(ord, world.name))])
    made = columns(
        random,
        count=count,
        reference=world.reference,
        windows=WINDOWS,
        rows=world.rows,
        autocorrelation=world.autocorrelation,
        wander=world.wander,
        season=world.season,
        shift=shift,
        wider=math.sqrt(7 / world.days),
    )
    return np.array([_stood_out(counts, world, f"column {number}") for number, counts in enumerate(made)])


def _stood_out(counts: NDArray[np.float64], world: World, name: str) -> bool:
    """Judge every window of a year as `decision.judge` does with the last four, with limits that stay the same."""
    known = reference(counts[: world.reference], RULE.minimum_rows)
    rule = replace(RULE, spread=math.sqrt(7 / world.days))
    limits = calibrate(known, world.rows, rule, name=name)
    away = known.distance(counts[world.reference :])
    out = np.convolve(away > limits.sustained, np.ones(RULE.alarm[1]), "valid")
    return bool((out >= RULE.alarm[0]).any() or (away > limits.single).any())


def upper(hits: int, worlds: int) -> float:
    """Upper end of a one-sided 95% interval of a share (Wilson)."""
    share, z = hits / worlds, 1.645
    spread = z * math.sqrt(share * (1 - share) / worlds + z * z / (4 * worlds**2))
    return (share + z * z / (2 * worlds) + spread) / (1 + z * z / worlds)


@pytest.mark.parametrize("world", [INDEPENDENT, SMALL, WANDERING, SEASONAL, BATCH], ids=lambda world: world.name)
def test_few_uneventful_years_have_any_alarm(world: World, record_property: object) -> None:
    worlds = 50
    hits = sum(bool(alarms(world, seed, count=COLUMNS).any()) for seed in range(worlds))
    error = math.sqrt(max(hits, 1) / worlds * (1 - hits / worlds) / worlds)
    print(f"{world.name}: {hits} of {worlds} years with a false alarm, Monte-Carlo error {error:.3f}")
    assert hits / worlds <= ALLOWED + 2 * error


@pytest.mark.parametrize(
    ("world", "least"), [(INDEPENDENT, 0.95), (SMALL, 0.95), (WANDERING, 0.75), (SEASONAL, 0.75)], ids=str
)
def test_a_shift_of_half_a_standard_deviation_is_seen_within_the_year(world: World, least: float) -> None:
    worlds = 50
    hits = sum(bool(alarms(world, seed, count=1, shift=0.5)[0]) for seed in range(worlds))
    print(f"{world.name}: seen in {hits} of {worlds} years")
    assert upper(hits, worlds) >= least
