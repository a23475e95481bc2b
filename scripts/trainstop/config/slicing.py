"""Configuration of slices: which columns divide the rows, and what follows when one part got worse."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trainstop.config.base import Section


def _columns(value: object) -> object:
    """Turn a column into a tuple of one, and refuse what is neither a column nor a pair of different ones."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise ValueError('an entry is a column, or a pair of columns like ["carrier", "origin"]')
    if len(names) not in (1, 2) or len(set(names)) < len(names):
        raise ValueError("slices are made of one column, or of two different ones")
    return tuple(names)


SliceColumns = Annotated[tuple[str, ...], BeforeValidator(_columns, json_schema_input_type=str | tuple[str, str])]
"""One column, or a pair, by whose values rows are divided."""


class SlicesSection(Section):
    """How the slices of `data.slices` are made and judged. What they show is never hidden, whatever the mode."""

    mode: Literal["block", "warn", "off"] = "warn"
    """What follows when the candidate is worse than the champion in a slice: the line stops, a warning, or nothing."""
    tolerance: dict[str, Annotated[float, Field(gt=0)]] = {}
    """By metric, how much worse than the champion's a slice's may be; the others have their gates' tolerances."""
    bins: int = Field(default=5, ge=2, le=20)
    """A column of numbers with more than 12 different ones is cut into so many bins of about equal size."""
    most: int = Field(default=50, ge=1, le=500)
    """How many slices are judged, those with most rows first; the others are counted in a note."""
    search: bool = True
    """Whether the weakest value or pair of values is looked for on one half of the data and confirmed on the other."""
