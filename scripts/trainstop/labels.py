"""How labels are spelled, in the project's interpreter and in ours alike. Standard library only."""

from __future__ import annotations

import re

WHOLE = re.compile(r"(-?[0-9]+)\.0+")
TRUTH = {"true": "1", "false": "0"}


def spelling(value: object) -> str:
    """Return a label as text such that 1, 1.0, True, "1", "1.0" and "true" are one: files disagree about types."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    whole = WHOLE.fullmatch(text)
    return whole[1] if whole else TRUTH.get(text.lower(), text)
