"""Rows divided by the values of a column or of a pair of columns: which slice each row is in, and what it is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

import numpy as np

from trainstop.judgement.samples import Floats, Rows

MANY_NUMBERS = 12
"""A column of numbers with more different ones is cut into bins; months and weekdays stay as they are."""
LONGEST_TEXT = 100
MISSING = "(missing)"
PAIRED = " \N{MULTIPLICATION SIGN} "


class Values(Protocol):
    """The distinct values of a column."""

    @property
    def codes(self) -> Rows:
        """Number of each row's value, -1 where it is missing, shape (rows,)."""

    @property
    def count(self) -> int:
        """How many different values there are."""

    @property
    def numbers(self) -> Floats | None:
        """The values as numbers, where they are such, shape (count,)."""

    def spelled(self, code: int) -> str:
        """Return a value as text."""


@dataclass(frozen=True)
class Label:
    """What a slice is called: the value alone (`UA`, `<= 9`), and the condition in words (`carrier = UA`)."""

    value: str
    name: str


@dataclass(frozen=True)
class Division:
    """Every row in one slice.

    Attributes:
        columns: the columns it is made of, one or two.
        codes: each row's slice, shape (rows,).
        counts: rows of each slice; may be zero, shape (slices,).
        label: from a slice's number to what it is called.
        parts: from a slice's number to its number in the division by each of its columns.

    """

    columns: tuple[str, ...]
    codes: Rows
    counts: Rows
    label: Callable[[int], Label]
    parts: Callable[[int], tuple[int, ...]] = lambda code: (code,)

    @property
    def title(self) -> str:
        """The columns in words."""
        return PAIRED.join(_cut(name) for name in self.columns)

    def take(self, rows: Rows) -> "Division":
        """Return the rows at these positions, slices numbered as before."""
        codes = self.codes[rows]
        return replace(self, codes=codes, counts=np.bincount(codes, minlength=len(self.counts)))


def divide(column: str, values: Values, bins: int) -> Division:
    """Divide rows by one column: a slice for each value, or for each bin of many numbers, and one for the missing.

    Bins are cut at quantiles of the rows, so that they are of about equal size; equal numbers are never parted.
    """
    numbers = values.numbers
    if numbers is None or values.count <= MANY_NUMBERS:
        codes = np.where(values.codes < 0, values.count, values.codes)
        return _division((column,), codes, values.count + 1, _of_value(column, values))
    edges = _edges(numbers, np.bincount(values.codes[values.codes >= 0], minlength=values.count), bins)
    places = np.append(np.searchsorted(edges, numbers, side="left"), len(edges) + 1)
    return _division((column,), places[values.codes], len(edges) + 2, _of_bin(column, edges))


def cross(first: Division, second: Division) -> Division:
    """Divide rows by two columns at once: a slice for each pair of values that occurs."""
    width = len(second.counts)
    both = first.codes.astype(np.int64) * width + second.codes
    seen, codes = np.unique(both, return_inverse=True)

    def parts(code: int) -> tuple[int, ...]:
        return int(seen[code]) // width, int(seen[code]) % width

    def label(code: int) -> Label:
        one, other = (each.label(at) for each, at in zip((first, second), parts(code), strict=True))
        return Label(f"{one.value}{PAIRED}{other.value}", f"{one.name}, {other.name}")

    both_columns = _division((*first.columns, *second.columns), codes, len(seen), label)
    return replace(both_columns, parts=parts)


def divisions(columns: Sequence[tuple[str, ...]], values: Callable[[str], Values], bins: int) -> list[Division]:
    """Divide rows by every column and pair of columns, reading each column once."""
    single = {
        name: divide(name, values(name), bins) for name in dict.fromkeys(name for each in columns for name in each)
    }
    return [
        single[each[0]] if len(each) == 1 else cross(single[each[0]], single[each[1]])
        for each in dict.fromkeys(columns)
    ]


def largest(found: Sequence[Division], most: int) -> tuple[list[tuple[Division, int]], int, int]:
    """Choose the slices with most rows.

    Returns:
        Division and number of each of the first `most`, in the order of the divisions, most rows first; how many
        slices with rows are left out; and how many rows the largest of those has.

    """
    counts = np.concatenate([np.zeros(0, dtype=np.intp), *(each.counts for each in found)])
    order = np.argsort(-counts, kind="stable")
    filled = int(np.count_nonzero(counts))
    starts = np.cumsum([0, *(len(each.counts) for each in found)])
    taken = order[: min(most, filled)]
    places = sorted((int(np.searchsorted(starts, at, side="right")) - 1, rank) for rank, at in enumerate(taken))
    chosen = [(found[place], int(taken[rank] - starts[place])) for place, rank in places]
    return chosen, filled - len(taken), int(counts[order[len(taken)]]) if filled > len(taken) else 0


def crossed(singles: Sequence[Division]) -> list[Division]:
    """Return these divisions, and every pair of them."""
    pairs = [(one, other) for one, other in product(singles, singles) if one.columns < other.columns]
    return [*singles, *(cross(one, other) for one, other in pairs)]


def _division(columns: tuple[str, ...], codes: Rows, count: int, label: Callable[[int], Label]) -> Division:
    """Count the rows of each slice."""
    codes = codes.astype(np.intp)
    return Division(columns, codes, np.bincount(codes, minlength=count), label)


def _edges(numbers: Floats, counts: Rows, bins: int) -> Floats:
    """Return the upper ends of all bins but the last: numbers that occur, none of them the largest."""
    order = np.argsort(numbers)
    order = order[counts[order] > 0]
    below = np.cumsum(counts[order])
    wanted = below[-1] * np.arange(1, bins) / bins
    edges = np.unique(numbers[order][np.searchsorted(below, wanted, side="left")])
    return np.asarray(edges[edges < numbers[order[-1]]], dtype=np.float64)


def _of_value(column: str, values: Values) -> Callable[[int], Label]:
    """Return how the slices of single values are called."""

    def label(code: int) -> Label:
        if code == values.count:
            return Label(MISSING, f"{_cut(column)} is missing")
        text = _cut(values.spelled(code))
        return Label(text, f"{_cut(column)} = {text or '(empty)'}")

    return label


def _of_bin(column: str, edges: Floats) -> Callable[[int], Label]:
    """Return how bins are called."""
    name, texts = _cut(column), _told_apart(edges)

    def label(code: int) -> Label:
        if code > len(edges):
            return Label(MISSING, f"{name} is missing")
        if code == 0:
            return Label(f"<= {texts[0]}", f"{name} <= {texts[0]}")
        low = texts[code - 1]
        if code == len(edges):
            return Label(f"> {low}", f"{name} > {low}")
        return Label(f"> {low}, <= {texts[code]}", f"{low} < {name} <= {texts[code]}")

    return label


def _told_apart(edges: Floats) -> list[str]:
    """Write numbers with as few digits as tell them from one another, four at least."""
    for digits in range(4, 17):
        texts = [f"{edge + 0.0:.{digits}g}" for edge in edges]
        if len(set(texts)) == len(texts):
            return texts
    return [repr(float(edge)) for edge in edges]


def _cut(text: str) -> str:
    """Keep a name or value short."""
    return text[:LONGEST_TEXT]
