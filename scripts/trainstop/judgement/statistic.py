"""A number made from sums over independent units, and its derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats

Formula = Callable[[NDArray[np.inexact]], NDArray[np.inexact]]

STEP = 1e-30
"""Step into the complex plane; the derivative is exact to the last digit for any step this small."""
ROUNDING = 1e-12
"""Differences this small, relative to a statistic's size, are rounding."""


@dataclass(frozen=True)
class Statistic:
    """A number made from sums over units.

    Attributes:
        sums: what each unit adds, shape (units, terms).
        formula: from sums, shape (..., terms), to the number, shape (...); analytic.
        size: of the numbers the formula adds and subtracts; tells a difference from rounding.
        floor: standard error that is added to the measured one (in squares).
        error: standard error from finer units than these, where many were added up; None takes these units' own.
        paired: whether the terms are those of two models side by side, whose difference it is.

    """

    sums: Floats
    formula: Formula
    size: float = 1.0
    floor: float = 0.0
    error: float | None = None
    paired: bool = False


def gradient(formula: Formula, sums: Floats) -> Floats:
    """Return the derivative by each sum, shape like `sums`, by a complex step (Squire and Trapp 1998)."""
    found = np.empty_like(sums)
    for term in range(sums.shape[-1]):
        stepped = sums.astype(np.complex128)
        stepped[..., term] += 1j * STEP
        found[..., term] = formula(stepped).imag / STEP
    return found
