"""Numbers, times and outcomes as people read them; the same in Markdown and in a terminal."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

DIGITS, DIFFERENCE_DIGITS = 4, 3
"""Significant digits of a measured number, and of a difference; the intervals say how many of them mean something."""
FEW = 4
"""So many of a list are said before the others are counted."""


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number with four significant digits, never with an exponent unless it is very large or very small.

    Whole numbers keep all their digits, and no number gets zeros at its end.
    """
    if not math.isfinite(value):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:.0f}" if value else "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 <= magnitude < 15:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return f"{_trimmed(mantissa)}e{exponent}"
    return _trimmed(f"{value:.{max(0, digits - 1 - magnitude)}f}")


def _trimmed(text: str) -> str:
    """Return a decimal number without the zeros at its end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float) -> str:
    """Return a difference with its sign."""
    text = number(value, DIFFERENCE_DIGITS)
    return text if text.startswith("-") or value == 0 else f"+{text}"


def interval(ends: tuple[float, float], *, sign: bool = False) -> str:
    """Return an interval, both ends with the decimals that the larger one needs, less zeros that both could lack."""
    digits = DIFFERENCE_DIGITS if sign else DIGITS
    decimals = _decimals(max(map(abs, ends)), digits)
    if decimals is None:
        low, high = (signed(end) if sign else number(end) for end in ends)
    else:
        low, high = (f"{end:{'+' if sign else ''}.{decimals}f}" for end in ends)
        while "." in low and low[-1] == high[-1] and low[-1] in "0.":
            low, high = low[:-1], high[:-1]
    return f"[{low}, {high}]"


def _decimals(value: float, digits: int) -> int | None:
    """Return how many decimals show so many digits of a number; None where it would be written otherwise."""
    if not math.isfinite(value) or not 1e-5 <= value < 10**digits or value.is_integer():
        return None
    return max(0, digits - 1 - math.floor(math.log10(value)))


def count(value: int, thing: str = "") -> str:
    """Return how many there are, and of what: `1 row`, `12,000 rows`."""
    plural = thing if value == 1 or not thing else f"{thing}s"
    return f"{value:,} {plural}".strip()


def few(items: Sequence[str], thing: str, where: str = "") -> list[str]:
    """Return the first few, and how many more of a thing there are: `2 more metrics`, and where."""
    more = len(items) - FEW
    return [*items[:FEW], *([f"{count(more, f'more {thing}')}{where}"] if more > 0 else [])]


def duration(seconds: float) -> str:
    """Return a time span in the unit that fits: `4 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 0.1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(in_bytes: int) -> str:
    """Return an amount of memory: `312 MB`, of a million bytes each."""
    return f"{in_bytes / 1e6:,.0f} MB" if in_bytes < 1e10 else f"{in_bytes / 1e9:,.1f} GB"


def percent(share: float) -> str:
    """Return a share as percent: `87.5%`."""
    return f"{100 * share:.4g}%"


def listed(things: Iterable[str]) -> str:
    """Return things as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = list(things) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def quoted(name: str, limit: int = 120) -> str:
    """Return a name between backticks, as our own sentences write names, on one line and without its own backticks."""
    text = " ".join(name.replace("`", "'").split())
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"


def value(of_check: float | str | None) -> str:
    """Return a check's value or limit, which may be words."""
    if of_check is None:
        return ""
    return of_check if isinstance(of_check, str) else number(of_check)


def written(value: object) -> str | None:
    """Return a value of ours as every report writes it: nothing, yes or no, a number, a time, an interval.

    None for anything else, which is foreign text and has to pass an escaping door.
    """
    if value is None:
        text: str | None = ""
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | float):
        text = number(value)
    elif isinstance(value, datetime):
        text = f"{value:%Y-%m-%d %H:%M} UTC"
    elif isinstance(value, tuple) and len(value) == 2:
        text = interval(value)
    else:
        text = None
    return text
