"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.report import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.71234, "0.7123"),
        (0.61, "0.61"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (12000.0, "12000"),
        (0.99996, "1"),
        (123.456, "123.5"),
        (0.0000123, "0.0000123"),
        (1e-9, "1e-09"),
        (1.5e20, "1.5e+20"),
        (math.inf, "inf"),
    ],
)
def test_a_number_has_four_digits_that_mean_something(value: float, text: str) -> None:
    assert words.number(value) == text


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_a_number_is_read_back_within_its_digits(value: float) -> None:
    assert math.isclose(float(words.number(value)), value, rel_tol=6e-4, abs_tol=1e-300)


def test_a_difference_says_its_direction() -> None:
    assert [words.signed(value) for value in (0.00123456, -0.5, 0.0)] == ["+0.00123", "-0.5", "0"]
    assert words.interval((-0.00123456, 0.01), sign=True) == "[-0.0012, +0.0100]"
    assert words.interval((0.6134, 0.699)) == "[0.6134, 0.6990]"
    assert words.interval((0.67, 0.69)) == "[0.67, 0.69]"
    assert words.interval((-1e9, 1e-9)) == "[-1000000000, 1e-09]"
    assert words.interval((-0.2, 0.0), sign=True) == "[-0.2, +0.0]"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0041, "4.1 ms"), (0.25, "0.2 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_things_are_counted_and_listed() -> None:
    assert (words.count(1, "row"), words.count(12000, "row"), words.count(0)) == ("1 row", "12,000 rows", "0")
    assert [words.listed(list(letters)) for letters in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert (words.percent(0.875), words.size(312_000_000), words.size(24 * 10**9)) == ("87.5%", "312 MB", "24.0 GB")
