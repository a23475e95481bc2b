"""How sure each of many intervals must be."""

import numpy as np
import pytest

from trainstop.judgement.resampling import Studentised
from trainstop.judgement.simultaneous import confidence_of_each


def drawn(draws: np.ndarray) -> Studentised:
    return Studentised(value=0.0, error=1.0, alike=False, draws=draws)


def independent(count: int, seed: int = 0) -> list[Studentised]:
    random = np.random.default_rng(seed)
    return [drawn(random.normal(size=4000)) for _ in range(count)]


def test_one_interval_alone_needs_no_more_than_itself() -> None:
    assert confidence_of_each(independent(1), [1000], 0.95, 0) == pytest.approx(0.95)
    assert confidence_of_each([], [], 0.95, 0) == pytest.approx(0.95)


def test_independent_numbers_need_what_sidak_says() -> None:
    found = confidence_of_each(independent(20), [10**6] * 20, 0.95, 0)
    assert 1 - found == pytest.approx(1 - 0.95 ** (1 / 20), rel=0.12)


def test_numbers_that_move_as_one_need_no_more_than_one() -> None:
    (one,) = independent(1)
    assert 1 - confidence_of_each([one] * 20, [10**6] * 20, 0.95, 0) == pytest.approx(0.05, rel=0.12)


def test_it_is_never_stricter_than_bonferroni_though_a_number_has_no_spread_in_some_resamples() -> None:
    wild = np.where(np.random.default_rng(1).random(4000) < 0.2, np.inf, 0.5)
    found = confidence_of_each([*independent(9), drawn(wild)], [1000] * 10, 0.95, 0)
    assert 1 - found == pytest.approx(0.005)


def test_draws_that_are_too_sure_are_overruled_by_their_own_correlation() -> None:
    timid = [drawn(0.1 * each.draws) for each in independent(20)]
    assert 1 - confidence_of_each(timid, [10**6] * 20, 0.95, 0) < 0.05 / 2


def test_numbers_without_any_spread_count_and_break_nothing() -> None:
    still = drawn(np.zeros(4000))
    found = confidence_of_each([*independent(3), still, still], [50] * 5, 0.95, 0)
    assert 0.95 < found <= 0.99


def test_the_same_seed_gives_the_same_digits() -> None:
    many = independent(5)
    assert confidence_of_each(many, [30] * 5, 0.95, 7) == confidence_of_each(many, [30] * 5, 0.95, 7)
