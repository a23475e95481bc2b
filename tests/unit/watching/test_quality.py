"""Broken data, told from what was always so."""

from datetime import date, timedelta
from typing import Any

import pytest

from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.records.watching import Signal
from trainstop.watching.quality import signals
from trainstop.watching.shares import lower_bound, surely_above

FIRST = date(2025, 1, 6)


def number(**fields: Any) -> ColumnProfile:
    basis = {"counts": ((0, 500, 500, 0),), "nulls": (0,), "nans": (0,), "infinities": (0,), "mistyped": (0,)}
    return ColumnProfile(name="v", type="DOUBLE", kind="numeric", edges=(0.0, 1.0, 2.0), **(basis | fields))


def category(*counts: int, other: int = 0) -> ColumnProfile:
    values = tuple(f"c{place}" for place in range(len(counts)))
    zero = {"nulls": (0,), "nans": (0,), "infinities": (0,), "mistyped": (0,)}
    return ColumnProfile(
        name="v", type="VARCHAR", kind="categorical", values=values, counts=((*counts, other),), **zero
    )


def judged(reference: ColumnProfile, seen: ColumnProfile | None, rows: int = 1000) -> Signal:
    before = Profile(time="", period="week", starts=(None,), rows=(1000,), columns=(reference,))
    return beside(before, seen, rows)


def beside(reference: Profile, seen: ColumnProfile | None, rows: int = 1000) -> Signal:
    recent = Profile(time="", period="week", starts=(None,), rows=(rows,), columns=(seen,) if seen else ())
    found = signals(reference, recent, rows=rows, minimum_rows=200, limit=0.05, tail=1e-5)
    assert len(found) == 1
    return found[0]


def test_sound_data_is_quiet() -> None:
    assert judged(number(), number()).level == "quiet"


def test_a_missing_column_is_broken() -> None:
    assert (judged(number(), None).name, judged(number(), None).level) == ("quality:v", "act")


@pytest.mark.parametrize("what", ["nulls", "nans", "mistyped", "infinities"])
def test_unusable_values_are_broken_whatever_they_are(what: str) -> None:
    found = judged(number(), number(counts=((0, 400, 400, 0),), **{what: (200,)}))
    assert (found.level, found.value, found.limit) == ("act", 0.2, 0.05)


def test_what_was_always_missing_is_no_news() -> None:
    often = number(counts=((0, 400, 400, 0),), nulls=(200,))
    assert judged(often, often).level == "quiet"


@pytest.mark.parametrize("missing", [500, 1000])
def test_what_is_always_missing_in_a_column_that_is_not_counted_is_no_news(missing: int) -> None:
    zero = {"nans": (0,), "infinities": (0,), "mistyped": (0,)}
    dates = ColumnProfile(name="v", type="TIMESTAMP", kind="uncounted", nulls=(missing,), **zero)
    assert judged(dates, dates).level == "quiet"
    gone = dates.model_copy(update={"nulls": (1000,)})
    assert judged(dates, gone).level == ("act" if missing < 1000 else "quiet")


def test_the_references_worst_period_counts() -> None:
    column = number(
        counts=((0, 500, 500, 0), (0, 350, 350, 0)),
        nulls=(0, 300),
        nans=(0, 0),
        infinities=(0, 0),
        mistyped=(0, 0),
    )
    reference = Profile(
        time="t", period="week", starts=(FIRST, FIRST + timedelta(7)), rows=(1000, 1000), columns=(column,)
    )
    assert beside(reference, number(counts=((0, 350, 350, 0),), nulls=(300,))).level == "quiet"


def test_a_share_just_above_the_limit_is_not_sure_enough() -> None:
    assert judged(number(), number(counts=((0, 470, 470, 0),), nulls=(60,))).level == "quiet"


def test_values_beyond_the_references_extremes_are_to_be_looked_at() -> None:
    found = judged(number(), number(counts=((100, 300, 500, 100),)))
    assert (found.level, found.value) == ("look", 0.2)


def test_new_categories_are_to_be_looked_at_where_the_reference_lists_them_all() -> None:
    assert judged(category(900, 100), category(700, 100, other=200)).level == "look"
    assert judged(category(900, 50, other=50), category(700, 100, other=200)).level == "quiet"


def test_too_few_rows_are_not_enough_data() -> None:
    assert judged(number(), number(), rows=199).level == "not enough data"
    whole = Profile(time="", period="week", starts=(None,), rows=(1000,), columns=(number(),))
    nothing = signals(whole, None, rows=0, minimum_rows=200, limit=0.05, tail=1e-5)
    assert [signal.level for signal in nothing] == ["not enough data"]


def test_the_lower_bound_is_wilsons() -> None:
    assert lower_bound(5, 10, 0.025) == pytest.approx(0.2366, abs=1e-4)
    assert lower_bound(0, 10, 0.025) == 0
    assert not surely_above(0, 0, 0.1, 0.05)
