"""How labels are spelled, in the project's interpreter and in ours alike. Standard library only."""

from __future__ import annotations


def spelling(value: object) -> str:
    """Return a label as text such that 1, 1.0, True and "1" are one: files disagree about types."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return {"True": "1", "False": "0"}.get(str(value), str(value))
