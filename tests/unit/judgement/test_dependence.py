"""How alike rows of a group are, and what chance says to it."""

import numpy as np
import pytest
from scipy.stats import f_oneway

from trainstop.judgement.dependence import INDEPENDENT, Groups, Signal, measure, share_variance


def codes_of(random: np.random.Generator, rows: int, groups: int) -> np.ndarray:
    """Groups of unequal size."""
    weights = random.gamma(3, size=groups)
    return np.unique(random.choice(groups, rows, p=weights / weights.sum()), return_inverse=True)[1]


@pytest.mark.parametrize("correlation", [0.02, 0.1, 0.5])
def test_the_intraclass_correlation_of_a_planted_world_is_found(correlation: float) -> None:
    random = np.random.default_rng(1)
    codes = codes_of(random, 20_000, 200)
    shared = np.sqrt(correlation) * random.normal(size=200)[codes]
    found = measure(Signal.of(shared + np.sqrt(1 - correlation) * random.normal(size=20_000)), Groups.of(codes))
    assert found.clusters == 200
    assert found.correlation == pytest.approx(correlation, rel=0.25)
    assert found.effect == pytest.approx(1 + 99 * found.correlation, rel=0.05)  # groups of about 100 rows
    assert found.chance < 1e-6


def test_it_is_the_estimator_of_the_analysis_of_variance() -> None:
    values = np.array([1.0, 2, 4, 4, 5, 9, 7, 8])
    codes = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    ratio = f_oneway(*(values[codes == group] for group in range(3))).statistic
    size = (8 - (9 + 4 + 9) / 8) / 2
    correlation = (ratio - 1) / (ratio + size - 1)
    found = measure(Signal.of(values), Groups.of(codes))
    assert found.correlation == pytest.approx(correlation)
    assert found.effect == pytest.approx(1 + (size - 1) * correlation)


@pytest.mark.parametrize(("rows", "groups"), [(12, 4), (60, 25)])
def test_chance_has_the_variance_of_all_deals_of_the_rows(rows: int, groups: int) -> None:
    random = np.random.default_rng(2)
    codes = codes_of(random, rows, groups)
    sizes = Groups.of(codes).sizes
    values = random.exponential(size=rows) ** 2
    values -= values.mean()
    deals = [np.bincount(codes, weights=random.permutation(values)) for _ in range(20_000)]
    shares = [float((deal**2 / sizes).sum() / (values @ values)) for deal in deals]
    assert share_variance(rows, Signal.of(values).kurtosis, sizes) == pytest.approx(float(np.var(shares)), rel=0.05)


@pytest.mark.parametrize("kind", ["normal", "skewed", "rare"])
def test_chance_is_right_for_values_that_are_far_from_normal(kind: str) -> None:
    """Of 1,000 worlds without groups 5% have a chance below 5%: the Monte-Carlo error is 0.7 points, three are let."""
    random = np.random.default_rng(3)
    draw = {
        "normal": lambda: random.normal(size=600),
        "skewed": lambda: random.exponential(size=600) ** 2,
        "rare": lambda: (random.random(600) < 0.03).astype(float),
    }[kind]
    chances = [measure(Signal.of(draw()), Groups.of(codes_of(random, 600, 40))).chance for _ in range(1000)]
    assert 0.029 <= np.mean(np.array(chances) < 0.05) <= 0.071


def test_values_that_are_all_the_same_hang_together_nowhere() -> None:
    codes = np.arange(100) // 5
    assert measure(Signal.of(np.full(100, 0.3)), Groups.of(codes)) == INDEPENDENT
    assert measure(Signal.of(np.zeros(100)), Groups.of(codes)) == INDEPENDENT


@pytest.mark.parametrize("codes", [np.zeros(50, dtype=np.intp), np.arange(50)])
def test_one_group_or_a_group_a_row_says_nothing(codes: np.ndarray) -> None:
    assert measure(Signal.of(np.random.default_rng(0).normal(size=50)), Groups.of(codes)) == INDEPENDENT


def test_groups_that_are_more_alike_across_than_within_have_no_design_effect() -> None:
    found = measure(Signal.of(np.tile([1.0, -1.0], 50)), Groups.of(np.arange(100) // 2))
    assert (found.correlation, found.effect, found.chance) == (0.0, 1.0, pytest.approx(1.0))


def test_a_row_without_a_group_is_one_of_its_own() -> None:
    groups = Groups.of(np.array([0, -1, 1, 0, -1]))
    assert groups.codes.tolist() == [0, 2, 1, 0, 3]
    assert groups.sizes.tolist() == [2, 1, 1, 1]


def test_codes_that_no_row_has_are_closed_up() -> None:
    groups = Groups.of(np.array([0, 5, 2, 5, -1]))
    assert groups.codes.tolist() == [0, 2, 1, 2, 3]
    assert groups.sizes.tolist() == [1, 1, 2, 1]
