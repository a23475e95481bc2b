"""Drift put into signals, and what a reference covers."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from trainstop.drift.decision import Rule
from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.watching.features import covered, drift, fewer_days

RULE = Rule(false_alarms=0.01, effect_floor=0.1, alarm=(3, 4), minimum_rows=50, season=52, windows_a_year=52, seed=0)
FIRST = date(2025, 1, 6)


def profile(weeks: list[int], counts: Any, **fields: Any) -> Profile:
    zeros = (0,) * len(weeks)
    basis = {"name": "v", "type": "VARCHAR", "kind": "categorical", "values": ("a", "b"), "counts": counts}
    zero = {"nulls": zeros, "nans": zeros, "infinities": zeros, "mistyped": zeros}
    return Profile(
        time="t",
        period="week",
        starts=tuple(FIRST + timedelta(weeks=week) for week in weeks),
        rows=tuple(sum(row) for row in counts),
        columns=(ColumnProfile.model_validate(basis | zero | fields),),
    )


def ordinary(weeks: list[int]) -> Profile:
    drawn = np.random.default_rng(0).multinomial(500, [0.5, 0.5, 0], len(weeks))
    return profile(weeks, tuple(tuple(int(count) for count in row) for row in drawn))


REFERENCE = ordinary(list(range(20)))
STARTS = [FIRST + timedelta(weeks=week) for week in range(30, 34)]


def test_each_window_has_its_place_even_without_rows() -> None:
    found = drift(REFERENCE, ordinary([31, 32, 33]), STARTS, RULE, prefix="feature")
    signal = found.signals[0]
    assert (signal.name, signal.level, signal.windows[0]) == ("feature:v", "quiet", None)
    assert signal.value == signal.windows[3]
    assert "smallest shift seen" in signal.reason
    assert 0 <= found.expected <= 0.01


def test_without_any_row_nothing_is_quiet() -> None:
    found = drift(REFERENCE, None, STARTS, RULE, prefix="feature")
    assert [signal.level for signal in found.signals] == ["not enough data"]


def test_columns_that_are_missing_or_uncounted_are_passed_over() -> None:
    uncounted = REFERENCE.columns[0].model_copy(update={"kind": "uncounted"})
    gone = REFERENCE.columns[0].model_copy(update={"name": "gone"})
    reference = REFERENCE.model_copy(update={"columns": (uncounted, gone)})
    found = drift(reference, ordinary([31]), STARTS, RULE, prefix="feature")
    assert found.signals == ()


def test_weeks_that_were_cut_off_do_not_count() -> None:
    def halved(made: Profile, place: int) -> Profile:
        return made.model_copy(update={"days": (7,) * place + (3,) + (7,) * (len(made.rows) - place - 1)})

    reference, windows = halved(REFERENCE, 0), halved(ordinary([30, 31, 32, 33]), 0)
    signal = drift(reference, windows, STARTS, RULE, prefix="prediction").signals[0]
    assert (signal.name, signal.windows[0]) == ("prediction", None)
    without = drift(ordinary_without_first(), windows, STARTS, RULE, prefix="prediction").signals[0]
    assert (signal.limit, signal.windows) == (without.limit, without.windows)


def ordinary_without_first() -> Profile:
    counts = REFERENCE.columns[0].counts[1:]
    return profile(list(range(1, 20)), counts).model_copy(update={"days": (7,) * 19})


def on_days(made: Profile, *days: int) -> Profile:
    return made.model_copy(update={"days": days})


def stark(weeks: list[int]) -> Profile:
    return profile(weeks, tuple((0, 500, 0) for _ in weeks))


WHOLE = on_days(REFERENCE, *[7] * 20)


def test_weeks_without_sundays_are_judged_where_that_is_their_ordinary_life() -> None:
    weeks = [30, 31, 32, 33]
    quiet, moved = (
        drift(WHOLE, on_days(made, 6, 6, 5, 6), STARTS, RULE, prefix="feature").signals[0]
        for made in (ordinary(weeks), stark(weeks))
    )
    assert (quiet.level, moved.level, moved.windows[2]) == ("quiet", "look", None)
    assert "on 6 of the 7 days a week" in fewer_days(WHOLE, on_days(stark(weeks), 6, 6, 5, 6), RULE)
    assert fewer_days(WHOLE, on_days(stark(weeks), 7, 7, 5, 7), RULE) == ""


def test_a_log_that_begins_in_the_middle_of_a_week_makes_half_weeks_no_ordinary_life() -> None:
    signal = drift(WHOLE, on_days(ordinary([31, 32, 33]), 4, 7, 7), STARTS, RULE, prefix="feature").signals[0]
    assert (signal.level, signal.windows[1]) == ("not enough data", None)
    assert fewer_days(WHOLE, on_days(ordinary([31, 32, 33]), 4, 7, 7), RULE) == ""


def test_a_batch_a_week_is_judged_by_a_wider_limit() -> None:
    weeks = [30, 31, 32, 33]
    wandering = np.random.default_rng(1).normal(0.5, 0.08, 20)
    reference = on_days(
        profile(list(range(20)), [(int(9000 * p), int(9000 * (1 - p)), 0) for p in wandering]), *[7] * 20
    )
    limits = [
        drift(reference, on_days(stark(weeks), *[days] * 4), STARTS, RULE, prefix="feature").signals[0].limit
        for days in (7, 1)
    ]
    assert limits[0] is not None
    assert limits[1] is not None
    assert limits[1] > 1.5 * limits[0]


def test_windows_that_were_cut_off_are_said_to_be() -> None:
    windows = on_days(stark([32, 33]), 3, 2)
    signal = drift(WHOLE, windows, STARTS, RULE, prefix="feature").signals[0]
    assert (signal.level, "3 of 7 usual days" in signal.reason) == ("not enough data", True)


def test_rows_without_any_score_are_not_called_too_few() -> None:
    numeric = {"kind": "numeric", "edges": (0.0, 1.0), "values": ()}
    counts = ((0, 500, 0),) * 20
    reference = profile(list(range(20)), counts, **numeric)
    windows = profile([30, 31, 32, 33], ((0, 0, 0),) * 4, **numeric | {"nulls": (500,) * 4})
    assert "no scores" in drift(reference, windows, STARTS, RULE, prefix="prediction").signals[0].reason
    assert "no value" in drift(reference, windows, STARTS, RULE, prefix="feature").signals[0].reason


def test_a_reference_says_how_much_of_the_season_it_covers() -> None:
    assert "covers 20 of 52 weeks" in covered(REFERENCE, 365)
    assert covered(REFERENCE, 140) == ""
