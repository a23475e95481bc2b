"""The words of a comparison."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trainstop.judgement.words import needed, smallest_visible, word

NUMBERS = st.floats(-1, 1)
TOLERANCES = st.floats(1e-6, 1)


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((0.001, 0.02), "better"),
        ((0.0, 0.02), "no worse"),
        ((-0.009, 0.02), "no worse"),
        ((-0.009, -0.001), "no worse"),
        ((-0.01, 0.02), "cannot tell"),
        ((-0.03, -0.01), "cannot tell"),
        ((-0.03, -0.011), "worse"),
        ((-0.03, 0.02), "cannot tell"),
    ],
)
def test_the_words_are_those_of_the_agreement(interval: tuple[float, float], said: str) -> None:
    assert word(interval, 0.01) == said


@given(NUMBERS, NUMBERS, TOLERANCES)
def test_a_better_interval_never_gets_a_worse_word(first: float, second: float, tolerance: float) -> None:
    order = ["worse", "cannot tell", "no worse", "better"]
    lower, upper = sorted((first, second))
    lifted = word((lower + 0.1, upper + 0.1), tolerance)
    assert order.index(lifted) >= order.index(word((lower, upper), tolerance))


@given(NUMBERS, NUMBERS, TOLERANCES)
def test_worse_is_never_said_of_an_interval_that_reaches_the_tolerance(
    first: float, second: float, tolerance: float
) -> None:
    lower, upper = sorted((first, second))
    assume(upper >= -tolerance)
    assert word((lower, upper), tolerance) != "worse"


@given(TOLERANCES)
def test_equal_models_are_no_worse_whatever_the_tolerance(tolerance: float) -> None:
    assert word((0.0, 0.0), tolerance) == "no worse"


def test_four_times_the_units_show_half_the_difference() -> None:
    visible = smallest_visible(0.01, 2.0, 0.85)
    assert visible == pytest.approx(0.0285)
    assert needed(100, visible, visible / 2) == 400
