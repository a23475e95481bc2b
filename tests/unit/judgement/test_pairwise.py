"""The farthest pair: its interval holds all pairs at once, and few or constant groups do not make it too sure."""

import numpy as np
import pytest
from scipy.special import stdtrit

from trainstop.judgement.pairwise import Member, farthest, least_error

RANDOM = np.random.default_rng(5)


def share(hits: np.ndarray, where: np.ndarray, least: float = 0.0) -> Member:
    return Member(np.column_stack([hits & where, where]).astype(float), least)


def groups(count: int, rows: int = 1200) -> list[Member]:
    group, hits = np.arange(rows) % count, RANDOM.random(rows) < 0.4
    return [share(hits, group == each) for each in range(count)]


def spread(family: list[Member], scale: str = "difference") -> tuple[float, float]:
    found = farthest([family], scale, confidence=0.95, resamples=1000, seed=0)
    assert found is not None
    return found.lower, found.upper


def test_two_groups_have_the_textbook_interval() -> None:
    pair = groups(2, 4000)
    error = np.sqrt(sum(member.value * (1 - member.value) / 2000 for member in pair))
    apart = abs(pair[0].value - pair[1].value)
    assert spread(pair) == (
        pytest.approx(max(0, apart - 1.96 * error), abs=0.1 * error),
        pytest.approx(apart + 1.96 * error, rel=0.1),
    )


def test_more_groups_reach_further() -> None:
    family = groups(6, 6000)
    lower, upper = spread(family)
    values = [member.value for member in family]
    error = np.sqrt(2 * 0.24 / 1000)
    reach = (upper - (max(values) - min(values))) / error
    assert 2.5 < reach < 3.3, "Tukey's range of six is 2.85"
    assert lower == 0


def test_a_ratio_is_a_difference_of_logarithms() -> None:
    pair = [
        share(np.arange(2000) % 10 < 3, np.arange(2000) < 1000),
        share(np.arange(2000) % 10 < 6, np.arange(2000) >= 1000),
    ]
    lower, upper = spread(pair, "ratio")
    assert lower < np.log(2) < upper
    error = np.sqrt(0.7 / 0.3 / 1000 + 0.4 / 0.6 / 1000)
    assert upper - lower == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_units_that_groups_share_keep_them_paired() -> None:
    level = RANDOM.normal(size=60)
    both = [Member(np.column_stack([level + shift, np.ones(60)])) for shift in (3, 3.5)]
    assert spread(both) == (pytest.approx(0.5), pytest.approx(0.5))


def test_a_group_without_hits_is_not_known_for_sure() -> None:
    group = np.arange(90) % 3
    none = [share(np.zeros(90, dtype=bool), group == each, least_error(0.0, 30)) for each in range(3)]
    lower, upper = spread(none)
    assert lower == 0
    assert upper > float(stdtrit(29, 0.975)) * least_error(0.0, 30)


def test_a_group_that_resamples_lose_gives_no_interval() -> None:
    hits = RANDOM.random(400) < 0.5
    family = [share(hits, np.arange(400) < 2), share(hits, np.arange(400) >= 2)]
    assert farthest([family], "difference", confidence=0.95, resamples=400, seed=0) is None
