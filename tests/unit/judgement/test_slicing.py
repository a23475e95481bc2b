"""Rows divided by columns, bins and pairs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trainstop.judgement.slicing import MANY_NUMBERS, MISSING, Division, cross, divide, divisions, largest


@dataclass
class Column:
    codes: Any
    texts: tuple[str, ...] = ()
    numbers: Any = None

    @property
    def count(self) -> int:
        return len(self.texts) if self.numbers is None else len(self.numbers)

    def spelled(self, code: int) -> str:
        return self.texts[code] if self.texts else f"{self.numbers[code]:g}"


def numbers(values: list[float]) -> Column:
    known = np.array(values)
    distinct, codes = np.unique(known[~np.isnan(known)], return_inverse=True)
    all_codes = np.full(len(known), -1)
    all_codes[~np.isnan(known)] = codes
    return Column(all_codes, numbers=distinct)


def shown(division: Division) -> dict[str, int]:
    return {division.label(place).name: int(rows) for place, rows in enumerate(division.counts) if rows}


def test_each_value_is_a_slice_and_so_are_the_missing() -> None:
    found = divide("origin", Column(np.array([0, 1, 1, -1]), ("EWR", "JFK")), 5)
    assert shown(found) == {"origin = EWR": 1, "origin = JFK": 2, "origin is missing": 1}
    assert found.label(2).value == MISSING


def test_many_numbers_are_cut_into_bins_of_about_equal_size_with_their_edges_in_the_name() -> None:
    found = divide("dep_hour", numbers([*range(1, 101), np.nan]), 4)
    assert shown(found) == {
        "dep_hour <= 25": 25,
        "25 < dep_hour <= 50": 25,
        "50 < dep_hour <= 75": 25,
        "dep_hour > 75": 25,
        "dep_hour is missing": 1,
    }
    assert [found.label(place).value for place in range(4)] == ["<= 25", "> 25, <= 50", "> 50, <= 75", "> 75"]


def test_a_number_on_an_edge_lies_below_it() -> None:
    found = divide("x", numbers([float(value) for value in range(20)]), 2)
    assert found.label(0).name == "x <= 9"
    assert found.codes.tolist() == [0] * 10 + [1] * 10


def test_a_few_numbers_stay_as_they_are() -> None:
    found = divide("month", numbers([float(value) for value in range(MANY_NUMBERS)]), 5)
    assert set(shown(found)) == {f"month = {value}" for value in range(MANY_NUMBERS)}


def test_equal_numbers_are_never_parted() -> None:
    found = divide("x", numbers([0.0] * 900 + [float(value) for value in range(1, 31)]), 5)
    assert shown(found) == {"x <= 0": 900, "x > 0": 30}


def test_edges_are_told_apart_however_close_they_are_and_infinity_is_a_number() -> None:
    found = divide("x", numbers([1 + value * 1e-7 for value in range(20)] + [np.inf, -np.inf]), 3)
    assert len(shown(found)) == 3
    assert len({found.label(place).name for place in range(3)}) == 3


def test_a_pair_has_a_slice_for_each_two_values_that_occur() -> None:
    one = divide("carrier", Column(np.array([0, 0, 1, -1]), ("UA", "F9")), 5)
    other = divide("origin", Column(np.array([0, 1, 1, 1]), ("EWR", "JFK")), 5)
    found = cross(one, other)
    assert shown(found) == {
        "carrier = UA, origin = EWR": 1,
        "carrier = UA, origin = JFK": 1,
        "carrier = F9, origin = JFK": 1,
        "carrier is missing, origin = JFK": 1,
    }
    assert [found.parts(place) for place in range(4)] == [(0, 0), (0, 1), (1, 1), (2, 1)]
    assert found.title == "carrier × origin"  # noqa: RUF001


def test_each_column_is_read_once_and_an_entry_twice_counts_once() -> None:
    asked = []

    def read(name: str) -> Column:
        asked.append(name)
        return Column(np.array([0]), ("a",))

    found = divisions([("x",), ("x",), ("x", "y")], read, 5)
    assert [each.columns for each in found] == [("x",), ("x", "y")]
    assert asked == ["x", "y"]


def test_the_largest_slices_of_all_divisions_are_chosen_and_the_rest_counted() -> None:
    one = divide("x", Column(np.array([0, 0, 0, 0, 1, 2]), ("a", "b", "c")), 5)
    other = divide("y", Column(np.array([0, 0, 0, 1, 1, 2]), ("d", "e", "f")), 5)
    chosen, others, biggest = largest([one, other], 3)
    assert [division.label(place).name for division, place in chosen] == ["x = a", "y = d", "y = e"]
    assert (others, biggest) == (3, 1)
    assert largest([], 3) == ([], 0, 0)


@pytest.mark.parametrize("text", ["<script>" + "x" * 500, "", "a\n| b"])
def test_a_hostile_value_is_kept_as_data_and_cut(text: str) -> None:
    label = divide("x", Column(np.array([0]), (text,)), 5).label(0)
    assert label.value == text[:100]
    assert label.name == f"x = {text[:100] or '(empty)'}"
