"""The reference profile: what the training data looked like, period by period, without any of its rows."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat

from trainstop import files
from trainstop.errors import InputError

SCHEMA_VERSION = 1
BINS = 20
"""Bins of a numeric column, between quantiles of the whole reference."""
TOP_VALUES = 100
"""Values of a categorical column that are counted one by one."""

Kind = Literal["numeric", "categorical", "uncounted"]


class Frozen(BaseModel):
    """Base of the profile's parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ColumnProfile(Frozen):
    """One column, counted per period.

    `counts[p]` of a numeric column holds len(edges) + 1 bins: up to edges[0], up to edges[1], ..., above the last;
    the first edge lies below the reference's smallest value and the last is its largest, so that the two outer bins
    hold what is out of range. Of a categorical column it holds one count a value of `values`, then all others.
    A column that is `uncounted` (dates, nested values, nothing but missing) has no bins, only its missing values.
    """

    name: str
    type: str
    kind: Kind
    edges: tuple[FiniteFloat, ...] = ()
    values: tuple[str, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()
    nulls: tuple[int, ...] = ()
    nans: tuple[int, ...] = ()
    infinities: tuple[int, ...] = ()
    mistyped: tuple[int, ...] = ()
    """Values that could not be read as a number; only a window can have some."""

    @property
    def bins(self) -> int:
        """How many bins each period has."""
        if self.kind == "numeric":
            return len(self.edges) + 1
        return len(self.values) + 1 if self.kind == "categorical" else 0

    @property
    def complete(self) -> bool:
        """Whether every value of the reference is counted by itself, so that any other value is a new one."""
        return self.kind == "categorical" and all(counts[-1] == 0 for counts in self.counts)

    def missing(self, period: int) -> int:
        """Return how many values of a period are missing (NULL or NaN)."""
        return self.nulls[period] + self.nans[period]


class Profile(Frozen):
    """Counts of every column of a table, per period. The rows themselves are not in it; categories are."""

    schema_version: Literal[1] = 1
    time: str
    """Column that the periods are cut by; empty when the whole table is one period."""
    period: Literal["day", "week"]
    starts: tuple[date | None, ...]
    """First day of each period (UTC; Mondays for weeks), oldest first; one None when there is no time column."""
    rows: tuple[int, ...]
    """Rows of each period."""
    days: tuple[int, ...] = ()
    """On how many days each period has rows; empty without a time column."""
    untimed: int = 0
    """Rows left out because their time is missing or unreadable."""
    columns: tuple[ColumnProfile, ...]

    @property
    def total(self) -> int:
        """Rows of all periods."""
        return sum(self.rows)

    @property
    def period_days(self) -> int:
        """Length of a period."""
        return 7 if self.period == "week" else 1

    @property
    def covered_days(self) -> int:
        """Days from the first period's start to the last one's end; 0 without a time column."""
        first, last = self.starts[0], self.starts[-1]
        return (last - first).days + self.period_days if first and last else 0

    @property
    def usual_days(self) -> int:
        """On how many days a period usually has rows; 0 without a time column."""
        return int(median(self.days)) if self.days else 0

    def whole(self, usual_days: int) -> tuple[bool, ...]:
        """Say of each period whether it has rows on as many days as usual.

        A period that was cut off, at an end or where rows are missing, is no example of ordinary life: half a week has
        no weekend.
        """
        return tuple(days >= usual_days for days in self.days) or (True,) * len(self.rows)

    def by_name(self) -> Mapping[str, ColumnProfile]:
        """Return the columns by their names."""
        return {column.name: column for column in self.columns}

    def write(self, path: Path) -> None:
        """Write the profile as JSON, all of it or nothing."""
        files.write_text(path, self.model_dump_json() + "\n")

    @classmethod
    def read(cls, path: Path) -> "Profile":
        """Read a profile.

        Raises:
            InputError: there is none, or it is broken.

        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(
                "the reference profile cannot be read", where=str(path), fix="train and register the model again"
            ) from error
