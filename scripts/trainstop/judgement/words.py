"""The words of a comparison, and what it would take to find them."""

import math

from trainstop.records.judging import Interval, Word


def word(interval: Interval, tolerance: float) -> Word:
    """Say what an interval of a difference (candidate less champion, more is better) shows.

    Args:
        interval: lower and upper end.
        tolerance: greater than 0; how much worse is still no loss.

    """
    lower, upper = interval
    if lower > 0:
        return "better"
    if lower > -tolerance:
        return "no worse"
    if upper < -tolerance:
        return "worse"
    return "cannot tell"


def smallest_visible(error: float, quantile: float, power_quantile: float) -> float:
    """Return the smallest true difference whose interval excludes zero with the wanted power.

    Args:
        error: standard error of the difference.
        quantile: of Student's t at the interval's upper end.
        power_quantile: of Student's t at the power (0.8).

    """
    return error * (quantile + power_quantile)


def needed(units: int, visible: float, tolerance: float) -> int:
    """Return the units with which `visible` would shrink to `tolerance`, as errors do with the root of their number.

    With so many, a candidate that is truly as good as the champion is shown to be no worse with the power of `visible`.
    """
    return math.ceil(units * (visible / tolerance) ** 2)
