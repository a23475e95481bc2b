"""A chart as data: what it shows in a sentence, its specification, and the table that says the same in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trainstop.report.escape import visible

CANDIDATE, CHAMPION = "candidate", "champion"
LABEL = 40
"""Characters of a name as a label."""
Cell = str | float | int | None | tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a table; the first cell of each is its heading."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One chart.

    Attributes:
        key: letters, digits and hyphens; names it in the page.
        title: of it.
        says: what it shows, in a sentence.
        table: the same in numbers.
        spec: Vega-Lite's specification; empty where there is nothing to draw.
        steps: what each mark says, in words, by its field `n`.
        note: how to read it.

    """

    key: str
    title: str
    says: str
    table: Table
    spec: dict[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    note: str = ""


def short(name: str, limit: int = LABEL) -> str:
    """Return a name as a label: everything unseen shown, and cut."""
    return visible(name, limit)


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels of which no two are equal, since a chart would take those for one."""
    seen: set[str] = set()
    result = []
    for label in labels:
        number, own = 1, label
        while own in seen:
            number += 1
            own = f"{label} ({number})"
        seen.add(own)
        result.append(own)
    return result


def numbered(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return data whose rows have their number `n`, by which a reader steps to them; a field that is None is left out.

    A mark without a value is no mark: to Vega null would be 0.
    """
    return [{"n": n, **{name: value for name, value in row.items() if value is not None}} for n, row in enumerate(rows)]
