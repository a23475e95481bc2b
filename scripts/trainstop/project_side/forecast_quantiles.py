"""What a forecast's answers mean: one quantile a column, named by its probability, or in the order that is told."""

from __future__ import annotations

import re
from typing import Any

from trainstop.project_side.score_error import ScoreError

NAMED = re.compile(r"(?:q_?)?(0?\.[0-9]+)")
MEDIAN = 0.5


def quantile_columns(said: Any, levels: list[float]) -> dict[str, Any]:
    """Return a column `q_<probability>` a quantile, lowest first, and `prediction` where the median is among them.

    Args:
        said: answers in the order of the rows: a frame, or an array with one column a quantile.
        levels: probabilities in the order of the columns, where these are not named by them; of a frame whose columns
            are, some or all of those.

    Raises:
        ScoreError: nothing says which quantile is which, their number differs, or a frame has others than these.

    """
    import numpy as np

    names = [level_of(name) for name in getattr(said, "columns", [])]
    values = np.asarray(said)
    values = values.reshape(len(values), -1)
    if values.dtype.kind not in "biuf":
        raise ScoreError(
            "model",
            f"the model answers with values of type {values.dtype}, not with numbers",
            fix="check `model.task`, or let the model's `predict` return one number a quantile",
        )
    count = values.shape[1]
    told = [level for level in names if level is not None]
    known = told if len(set(told)) == count else levels
    if not known:
        raise ScoreError(
            "input",
            f"the model answers with {count} numbers a row, and nothing says which quantiles they are",
            where="`evaluate.quantiles`",
            fix="list the probabilities there, or let `predict` return a frame whose columns are named by them",
        )
    if contradicted(names, known, levels):
        raise ScoreError(
            "model",
            f"the columns of the model's answer are called {', '.join(map(str, said.columns))}, and "
            f"`evaluate.quantiles` names {', '.join(f'{level:g}' for level in levels)} in this order",
            where="`evaluate.quantiles`",
            fix="name quantiles of its columns, or none: their names say them",
        )
    if len(known) != count:
        raise ScoreError(
            "model",
            f"the model answers with {count} numbers a row, and `evaluate.quantiles` names {len(known)}",
            where="`evaluate.quantiles`",
            fix="name as many as the model answers",
        )
    values = values.astype(float)
    places = {level: place for place, level in enumerate(known)}
    columns = {f"q_{level:g}": values[:, places[level]] for level in sorted(places)}
    return columns | ({"prediction": columns["q_0.5"]} if MEDIAN in known else {})


def contradicted(names: list[float | None], known: list[float], levels: list[float]) -> bool:
    """Say whether what columns are named by is not what is told of them: none of them, or another one in its place."""
    if None not in names:
        return not set(levels) <= set(known)
    return any(name not in (None, level) for name, level in zip(names, levels, strict=False))


def level_of(name: Any) -> float | None:
    """Return the probability that a column's name says (`0.1`, `q_0.1`, `q0.1`), or None."""
    match = NAMED.fullmatch(str(name))
    level = float(match[1]) if match else 0.0
    return level if 0 < level < 1 else None
