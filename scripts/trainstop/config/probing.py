"""Configuration of what `model-test` does with a model: performance, robustness, behaviour."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from trainstop.config.base import Seconds, Section

UNITS = {"": 1, "B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000}
MOST_BYTES = 1 << 60
"""An exbibyte: a number beyond is a slip of the pen."""
Scalar = str | float | bool
Kind = Literal["noise", "missing", "units", "swapped", "range", "unseen"]
"""Ways of spoiling rows."""
Share = Annotated[float, Field(ge=0, le=1)]


def size(value: object) -> object:
    """Turn `"512MB"` into bytes, of a million to the megabyte; numbers are bytes already."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?B?)\s*", value.upper())
        unit = match[2] if match and match[2].endswith("B") else ""
        if not match or match[2] not in ("", unit):
            raise ValueError('an amount of memory is a number with a unit, like "512MB" or "2GB"')
        amount = float(match[1]) * UNITS[unit]
        if amount > MOST_BYTES:
            raise ValueError("no machine has so much memory")
        return round(amount)
    return value


Bytes = Annotated[int, BeforeValidator(size, json_schema_input_type=str | int), Field(gt=0)]
"""An amount of memory or disk, written like `"512MB"`."""


class PerformanceSection(Section):
    """How fast and how large the model may be. Without a limit a number is shown and nothing is judged."""

    latency_p95: Seconds | None = None
    """Longest time for one row that 95 of 100 calls may take."""
    latency_p99: Seconds | None = None
    """Longest time for one row that 99 of 100 calls may take."""
    load_time: Seconds | None = None
    """Longest time that loading the model may take."""
    throughput: float | None = Field(default=None, gt=0)
    """Fewest rows a second, asked in batches."""
    peak_memory: Bytes | None = None
    """Most memory that the process which loads and asks the model may take, like `"512MB"`."""
    size: Bytes | None = None
    """Largest size of the model's folder on disk."""
    slower_than_champion: float | None = Field(default=None, gt=1)
    """How many times as long as the champion's one row may take, like `1.5`. Both are asked in turns in one run; slower
    beyond doubt fails, perhaps slower warns. Needs the champion's model: `trainstop baseline --model always`."""
    mode: Literal["block", "warn"] = "block"
    """Whether a miss stops the line."""


class RobustnessSection(Section):
    """What becomes of the answers when the evaluation rows are spoiled, one column at a time."""

    mode: Literal["block", "warn", "off"] = "warn"
    """Whether a miss stops the line. A model that raises or answers NaN to spoiled rows misses, limits or not."""
    kinds: tuple[Kind, ...] = ("noise", "missing", "units", "swapped", "range", "unseen")
    """How rows are spoiled: noise on numbers · a column missing that may be · another unit · values swapped between
    rows · beyond smallest and largest value · a category never seen."""
    noise: float = Field(default=0.1, gt=0)
    """Noise, in standard deviations of the column."""
    factors: tuple[float, ...] = (0.001, 10.0, 1000.0)
    """Slips of units: what a numeric column is multiplied by."""
    columns: int = Field(default=30, ge=1)
    """At most this many columns are spoiled in every way: those that matter most to the answers when swapped."""
    max_fall: dict[Kind, float] = {}
    """Largest fall that a way of spoiling may cause, like `{ noise = 0.02 }`, in the unit of the metric: the first one
    with a gate."""
    max_flips: dict[Kind, Share] = {}
    """Largest share of predictions that it may flip (numbers: move by a tenth of their standard deviation)."""
    time: Seconds = 60.0
    """No further column is spoiled after this time; the record says what was left out."""


class BehaviourSection(Section):
    """A rule that the model's answers must keep on the evaluation rows."""

    name: str = ""
    """What the rule is called in reports; made from its other keys when empty."""
    kind: Literal["invariance", "direction", "minimum"]
    """`invariance`: the answer stays when `columns` change · `direction`: the score goes `goes` when `columns` grow by
    `by` · `minimum`: the rows of `where` are predicted as `expect`, or reach a metric."""
    columns: tuple[str, ...] = ()
    """The input columns that are changed."""
    values: tuple[Scalar, ...] = ()
    """Invariance: every row is asked with each of these values; with those of other rows when empty."""
    tolerance: float | None = Field(default=None, ge=0)
    """Invariance: how far score or number may move; when left out, the predicted label (or number) must stay."""
    by: float | None = None
    """Direction: what is added to the columns."""
    goes: Literal["up", "down"] = "up"
    """Direction: where the score must go. It may stay where it is."""
    slack: float = Field(default=0.0, ge=0)
    """Direction: how far the other way is overlooked."""
    where: dict[str, Scalar] = {}
    """Only rows with these values count, like `{ origin = "JFK" }`."""
    expect: Scalar | None = None
    """Minimum: the label that must be predicted. Direction, several classes: the class whose score is watched."""
    metric: str = ""
    """Minimum: a metric on these rows, with `at-least` or `at-most`."""
    at_least: float | None = None
    """Smallest value of the metric."""
    at_most: float | None = None
    """Largest value of the metric."""
    minimum: Share = 1.0
    """Share of the rows for which the rule must hold."""
    mode: Literal["block", "warn", "off"] = "block"
    """Whether a broken rule stops the line."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse a rule that says nothing."""
        if self.kind == "invariance" and not self.columns:
            raise ValueError("an invariance needs `columns`")
        if self.kind == "direction" and (not self.columns or not self.by):
            raise ValueError("a direction needs `columns`, and `by` other than 0")
        if self.kind == "minimum":
            limited = self.at_least is not None or self.at_most is not None
            if bool(self.metric) != limited or bool(self.metric) == (self.expect is not None):
                raise ValueError("a minimum needs either `expect`, or `metric` with `at-least` or `at-most`")
        return self

    @property
    def title(self) -> str:
        """The rule's name, as given or in a few words."""
        if self.name:
            return self.name
        where = " and ".join(f"{name} = {value}" for name, value in self.where.items())
        return f"{self._wanted()} where {where}" if where else self._wanted()

    def _wanted(self) -> str:
        """Say what the rule wants."""
        changed = ", ".join(self.columns)
        if self.kind == "invariance":
            return f"{changed} changes nothing"
        if self.kind == "direction":
            return f"{changed} {self.by:+g} goes {self.goes}"
        limits = (("at least", self.at_least), ("at most", self.at_most))
        told = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        return f"{self.metric} {told}" if self.metric else f"{self.expect} expected"
