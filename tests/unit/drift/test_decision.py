"""Whether windows stand out, and why they are said to."""

import numpy as np
import pytest
from numpy.typing import NDArray

from trainstop.drift.decision import Gumbel, Rule, Verdict, calibrate, judge
from trainstop.drift.null import reference, visible_shift

RULE = Rule(false_alarms=0.002, effect_floor=0.1, alarm=(3, 4), minimum_rows=100, season=52, windows_a_year=52, seed=0)
EVEN = np.full(10, 0.1)
MOVED = np.array([0.02, 0.02, 0.02, 0.04, 0.1, 0.1, 0.1, 0.1, 0.25, 0.25])


def counts(share: NDArray[np.float64], periods: int, *, rows: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).multinomial(rows, share, periods).astype(np.float64)


def verdict(windows: NDArray[np.float64], known: NDArray[np.float64] | None = None, rule: Rule = RULE) -> Verdict:
    return judge(counts(EVEN, 26) if known is None else known, windows, rule, name="v", numeric=True)


def test_ordinary_windows_are_quiet() -> None:
    found = verdict(counts(EVEN, 4, seed=1))
    assert found.level == "quiet"
    assert found.limits is not None
    assert found.limits.expected <= RULE.false_alarms


def test_three_of_four_windows_that_moved_a_little_stand_out() -> None:
    limits = verdict(counts(EVEN, 4, rows=10**6)).limits
    assert limits is not None
    known = reference(counts(EVEN, 26), 100)
    mixtures = [(1 - part) * EVEN + part * MOVED for part in np.linspace(0, 1, 101)]
    between = [mix for mix in mixtures if limits.sustained * 1.05 < known.distance(mix[None] * 1e6)[0] < limits.single]
    quiet, moved = counts(EVEN, 2, rows=10**6), counts(between[0], 3, rows=10**6)
    three, two = verdict(np.vstack([quiet[:1], moved])), verdict(np.vstack([quiet, moved[:2]]))
    assert (three.level, three.reason.startswith("3 of 4 windows")) == ("look", True)
    assert (two.level, two.reason.startswith("2 of 4 windows")) == ("quiet", True)


def test_one_window_far_beyond_everything_stands_out_by_itself() -> None:
    alone = np.zeros(10)
    alone[9] = 1.0
    found = verdict(np.vstack([counts(EVEN, 3, seed=1), counts(alone, 1)]))
    assert (found.level, "a window is farther" in found.reason) == ("look", True)


def test_what_is_real_and_trivial_is_below_the_effect_floor() -> None:
    slightly = EVEN + np.array([0.01, -0.01] * 5)
    known, windows = counts(EVEN, 26, rows=10**6), counts(slightly, 4, rows=10**6)
    assert verdict(windows, known).level == "quiet"
    assert verdict(windows, known, Rule(**vars(RULE) | {"effect_floor": 0.01})).level == "look"


def test_a_window_with_too_few_rows_has_no_distance() -> None:
    windows = counts(EVEN, 4, seed=1)
    windows[0] = 0
    windows[1] *= 0.05
    found = verdict(windows)
    assert found.distances[:2] == (None, None)
    assert (found.level, "2 of 3" in found.reason) == ("not enough data", True)


def test_no_window_with_rows_is_not_enough_data() -> None:
    assert verdict(np.zeros((4, 10))).level == "not enough data"


def test_a_short_reference_is_not_enough_data() -> None:
    found = verdict(counts(MOVED, 4), counts(EVEN, 7))
    assert (found.level, found.limits, "7 periods" in found.reason) == ("not enough data", None, True)


def test_thin_periods_of_the_reference_do_not_count() -> None:
    known = np.vstack([counts(EVEN, 26), counts(MOVED, 1, rows=50)])
    assert verdict(counts(EVEN, 4, seed=1), known).limits == verdict(counts(EVEN, 4, seed=1)).limits


def test_an_empty_reference_is_not_enough_data() -> None:
    assert verdict(counts(EVEN, 4), np.zeros((0, 10))).level == "not enough data"


def test_a_reference_that_wanders_everywhere_is_blind_and_says_so() -> None:
    drifting = np.array([counts(np.roll(MOVED, step // 3), 1, seed=step)[0] for step in range(26)])
    found = verdict(counts(EVEN, 4), drifting)
    assert (found.level, found.visible) == ("not enough data", None)
    assert "no shift would stand out" in found.reason


def test_a_constant_column_stands_out_when_it_is_constant_no_more() -> None:
    known = np.tile([0.0, 500.0, 0.0], (26, 1))
    changed = np.tile([0.0, 0.0, 500.0], (4, 1))
    assert verdict(known[:4], known).level == "quiet"
    assert verdict(changed, known).level == "look"


def test_the_same_data_and_seed_give_the_same_verdict() -> None:
    windows = counts(EVEN, 4, seed=1)
    assert verdict(windows) == verdict(windows)
    assert verdict(windows, rule=Rule(**vars(RULE) | {"seed": 1})).limits != verdict(windows).limits


def test_fewer_false_alarms_cost_a_farther_limit() -> None:
    known = reference(counts(EVEN, 26), 100)
    limits = [
        calibrate(known, 1000, Rule(**vars(RULE) | {"false_alarms": share, "effect_floor": 1e-9}), name="v").sustained
        for share in (0.1, 0.001)
    ]
    assert limits[0] < limits[1]


def test_fewer_rows_a_window_push_the_limit_out() -> None:
    known = reference(counts(EVEN, 26), 100)
    assert calibrate(known, 200, RULE, name="v").multiplier > calibrate(known, 5000, RULE, name="v").multiplier


def test_a_gumbel_is_fitted_to_the_logarithms() -> None:
    sample = np.exp(np.random.default_rng(0).gumbel(0.5, 0.2, 20_000))
    found = Gumbel.of(sample)
    assert (found.place, found.scale) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.2, abs=0.01))
    assert (sample > found.above(0.01)).mean() == pytest.approx(0.01, abs=0.003)
    assert found.share_above(found.above(0.01)) == pytest.approx(0.01)


def test_the_visible_shift_is_one_that_is_then_seen() -> None:
    random = np.random.default_rng(0)
    values = random.standard_normal((26, 4000))
    cuts = np.quantile(values, np.arange(1, 20) / 20)
    made = [
        np.array([np.bincount(np.searchsorted(cuts, row + by), minlength=20) for row in values], dtype=np.float64)
        for by in (0.0, 0.5)
    ]
    known = reference(made[0], 100)
    limit = float(np.quantile(known.distance(made[1]), 0.2))
    found = visible_shift(known, limit, numeric=True)
    assert found is not None
    assert found.size == pytest.approx(0.5, abs=0.06)
    assert str(found).endswith(" sd")


def test_the_visible_share_of_a_category_is_one_that_is_then_seen() -> None:
    known = reference(np.tile([500.0, 500.0, 0.0], (10, 1)), 100)
    limit = float(known.distance(np.array([[400.0, 400.0, 200.0]]))[0])
    found = visible_shift(known, limit, numeric=False)
    assert found is not None
    assert found.size == pytest.approx(0.2, abs=0.011)
    assert str(found).endswith("of the rows moving to a new value")
    assert visible_shift(known, 1.1, numeric=False) is None
