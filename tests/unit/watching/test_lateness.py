"""Labels that come later for one class than for another are told from a model that fell."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.watching.lateness import unlike

FIRST, DAYS, BINS = date(2026, 3, 2), 28, 20


def by_day(place: NDArray[np.intp], day: NDArray[np.intp]) -> Profile:
    """Count scores, in bins from 0 on, by day."""
    counts = np.zeros((DAYS, BINS + 2), dtype=int)
    np.add.at(counts, (day, place + 1), 1)
    zero = (0,) * DAYS
    column = ColumnProfile(
        name="score",
        type="DOUBLE",
        kind="numeric",
        edges=tuple(float(edge) for edge in range(BINS + 1)),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        nulls=zero,
        nans=zero,
        infinities=zero,
        mistyped=zero,
    )
    starts = tuple(FIRST + timedelta(number) for number in range(DAYS))
    return Profile(time="t", period="day", starts=starts, rows=tuple(map(int, counts.sum(axis=1))), columns=(column,))


def found(
    seed: int,
    *,
    labelled: tuple[float, float],
    rows: int = 60,
    sharp: float = 2.0,
    since: date = FIRST,
    late: bool = False,
    open_days: int = DAYS,
) -> str:
    """Judge a month; a share of its last days' rows has labels, by class (negative, positive), and all rows before."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), rows)
    logit = sharp * random.normal(size=day.size) + np.repeat(0.5 * random.normal(size=DAYS), rows)
    score = 1 / (1 + np.exp(-logit))
    truth = random.random(day.size) < score
    share = np.where(truth, labelled[1], labelled[0]) * (np.where(day > DAYS // 2, 0.5, 1.0) if late else 1.0)
    known = (random.random(day.size) < share) | (day < DAYS - open_days)
    place = np.minimum((score * BINS).astype(np.intp), BINS - 1)
    return unlike(by_day(place, day), by_day(place[known], day[known]), since, 0.1)


@pytest.mark.parametrize("labelled", [(1.0, 0.25), (0.25, 1.0), (0.6, 0.2)])
def test_labels_that_come_later_for_one_class_are_seen(labelled: tuple[float, float]) -> None:
    assert "labels seem to come later" in found(1, labelled=labelled)


def test_labels_that_come_later_for_newer_days_are_nothing_odd() -> None:
    assert found(1, labelled=(0.8, 0.8), late=True) == ""


def test_with_all_labels_or_a_few_days_nothing_can_be_compared() -> None:
    assert found(1, labelled=(1.0, 1.0)) == ""
    assert found(1, labelled=(1.0, 0.25), since=FIRST + timedelta(DAYS - 3)) == ""


def test_a_few_newest_days_do_not_spoil_a_month_of_labels() -> None:
    assert found(1, labelled=(1.0, 0.25), open_days=6, since=FIRST + timedelta(DAYS - 6), rows=300)
    assert found(1, labelled=(1.0, 0.25), open_days=6, rows=300) == ""


def test_a_model_that_answers_by_chance_looks_the_same_with_and_without_labels() -> None:
    assert found(1, labelled=(1.0, 0.25), sharp=0.0) == ""


@pytest.mark.slow
def test_labels_that_are_missing_by_chance_are_rarely_said_to_be_chosen() -> None:
    worlds = 400
    hits = sum(bool(found(seed, labelled=(0.5, 0.5), rows=rows)) for rows in (10, 60) for seed in range(worlds))
    share = hits / (2 * worlds)
    print(f"{share:.4f} where 0.01 are allowed")
    assert share <= 0.01 + 2 * (0.01 / (2 * worlds)) ** 0.5
