"""Rows spoiled the way data are spoiled in life, seeded, a column at a time. Runs in the model's interpreter."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any

UNSEEN = "trainstop: never seen"
TEXT_KINDS = "OUS"


class Spoiling:
    """Makes spoiled copies of a table."""

    def __init__(self, model: Any, inputs: Any, rules: dict[str, Any], seed: int) -> None:
        """Keep the rows, and how they are to be spoiled (`rules`)."""
        self._inputs = inputs
        self._rules = rules
        self._seed = seed
        self._required = set(model.required)
        self._until = time.perf_counter() + rules["time"]
        self.columns = [str(name) for name in inputs.columns]

    def late(self) -> bool:
        """Say whether the time for it is over."""
        return bool(time.perf_counter() > self._until)

    def ways(self, name: str) -> Iterator[tuple[str, str, Any]]:
        """Yield kind, detail and rows of every way to spoil a column; one that changes nothing is left out."""
        column = self._inputs[name]
        made: list[tuple[str, str, Any]] = [("missing", "", self._missing(name, column))]
        if is_number(column):
            values = column.to_numpy(dtype=float, na_value=float("nan"))
            made += [("noise", self._noise_words(), self._noisy(name, values))]
            made += [("units", f"times {factor:g}", values * factor) for factor in self._rules["factors"]]
            made += beyond(values)
        elif is_text(column):
            made.append(("unseen", "", [UNSEEN] * len(column)))
        for kind, detail, values in made:
            changed = None if values is None or kind not in self._rules["kinds"] else self._with({name: values})
            if changed is not None:
                yield kind, detail, changed
        if "swapped" in self._rules["kinds"] and (changed := self.swapped(name)) is not None:
            yield "swapped", "", changed

    def together(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the ways that spoil all columns at once."""
        if "noise" not in self._rules["kinds"]:
            return
        numbers = [name for name in self.columns if is_number(self._inputs[name])]
        noisy = {
            name: self._noisy(name, self._inputs[name].to_numpy(dtype=float, na_value=float("nan"))) for name in numbers
        }
        changed = self._with({name: values for name, values in noisy.items() if values is not None})
        if len(numbers) > 1 and changed is not None:
            yield "noise", self._noise_words(), changed

    def swapped(self, name: str) -> Any:
        """Return the rows with one column's values permuted among them, or None when all are the same."""
        column = self._inputs[name]
        if len(set(map(str, column.tolist()))) < 2:  # lists and the like can be written, not compared
            return None
        values = column.iloc[self._random(name, "swapped").permutation(len(column))]
        return self._inputs.assign(**{name: values.set_axis(self._inputs.index)})

    def _random(self, name: str, kind: str) -> Any:
        """Return numbers at random that depend on seed, column and kind alone."""
        import numpy as np

        return np.random.default_rng([self._seed, zlib.crc32(f"{kind} {name}".encode())])

    def _noise_words(self) -> str:
        return f"{self._rules['noise']:g} standard deviations"

    def _noisy(self, name: str, values: Any) -> Any:
        """Return numbers with normal noise, or None when they do not differ."""
        import numpy as np

        finite = values[np.isfinite(values)]
        spread = float(finite.std()) if len(finite) else 0.0
        if not spread:
            return None
        return values + self._rules["noise"] * spread * self._random(name, "noise").standard_normal(len(values))

    def _missing(self, name: str, column: Any) -> Any:
        """Return a column without any value, or None where it may not be missing.

        It may where the signature says so, or where it is missing in some of the rows.
        """
        import numpy as np

        if name in self._required and not bool(column.isna().any()):
            return None
        if is_number(column):
            return np.full(len(column), np.nan)
        return [None] * len(column) if is_text(column) else None

    def _with(self, changed: dict[str, Any]) -> Any:
        """Return the rows with other columns, of the types they had; None where a type cannot hold them."""
        fitting = {name: as_column(self._inputs[name], values) for name, values in changed.items()}
        if not fitting or any(column is None for column in fitting.values()):
            return None
        return self._inputs.assign(**fitting)


def as_column(old: Any, values: Any) -> Any:
    """Return values as a column like another one, or None where its type cannot hold them."""
    import numpy as np
    import pandas as pd

    if not is_number(old):
        return pd.Series(values, index=old.index, dtype=object)
    if old.dtype.kind == "f":
        return pd.Series(values, index=old.index).astype(old.dtype)
    whole = np.rint(values)
    limits = np.iinfo(getattr(old.dtype, "numpy_dtype", old.dtype))  # pandas' and Arrow's types stand for one of numpy
    with np.errstate(invalid="ignore"):
        outside = bool(((whole < limits.min) | (whole > limits.max)).any())
    gaps = not bool(np.isfinite(whole).all())
    if outside or (gaps and isinstance(old.dtype, np.dtype)):  # numpy's whole numbers know no gap, pandas' do
        return None
    return pd.Series(whole, index=old.index).astype(old.dtype)


def is_number(column: Any) -> bool:
    """Say whether a column holds numbers (truth values are none)."""
    return getattr(column.dtype, "kind", "O") in "iuf"


def is_text(column: Any) -> bool:
    """Say whether a column holds text, and nothing else beside gaps."""
    kind = getattr(column.dtype, "kind", "O")
    return kind in TEXT_KINDS and all(isinstance(value, str) for value in column[column.notna()].tolist())


def beyond(values: Any) -> list[tuple[str, str, Any]]:
    """Return numbers as far beyond largest and smallest as these are apart."""
    import numpy as np

    finite = values[np.isfinite(values)]
    span = float(finite.max() - finite.min()) if len(finite) else 0.0
    if not span:
        return []
    ends = (("above the largest", finite.max() + span), ("below the smallest", finite.min() - span))
    return [("range", detail, np.full(len(values), end)) for detail, end in ends]


def sensitivity(base: dict[str, Any], said: Any) -> float:
    """Return how far answers moved on the mean, the farthest column; infinitely where the model raised.

    Scores are looked at where there are any, the quantiles of a forecast (the median may not be among them), else the
    predicted numbers.
    """
    import numpy as np

    if said is None:
        return float("inf")
    names = [name for name in base if name.startswith(("score", "q_"))] or ["prediction"]
    with np.errstate(invalid="ignore"):
        moved = max(float(np.abs(np.asarray(said[name]) - np.asarray(base[name])).mean()) for name in names)
    return moved if moved == moved else float("inf")  # noqa: PLR0124  # NaN
