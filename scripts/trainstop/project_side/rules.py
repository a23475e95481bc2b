"""The rows that a rule of behaviour asks about. Runs in the model's interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trainstop.labels import spelling
from trainstop.project_side.score_error import ScoreError


def asked_rows(rule: dict[str, Any], rows: Any, inputs: Any, model: Any, seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Yield a detail, the changed inputs (None: as they are) and the rows' places for each question of a rule.

    Raises:
        ScoreError: the rule names a column that there is not, or adds to one that holds no numbers.

    """
    import numpy as np

    del model
    unknown = [name for name in rule["columns"] if name not in inputs.columns]
    unknown += [name for name in rule["where"] if name not in rows.columns]
    if unknown:
        raise _wrong(
            rule, f"there is no column {', '.join(unknown)}", f"there are: {', '.join(map(str, rows.columns))}"
        )
    chosen = np.ones(len(rows), dtype=bool)
    for name, value in rule["where"].items():
        chosen &= np.array([spelling(each) == spelling(value) for each in rows[name].tolist()], dtype=bool)
    if rule["kind"] == "direction":
        yield from _raised(rule, inputs, chosen)
    elif rule["kind"] == "invariance":
        yield from _replaced(rule, inputs, np.flatnonzero(chosen), seed)
    else:
        yield "", None, np.flatnonzero(chosen)


def _raised(rule: dict[str, Any], inputs: Any, chosen: Any) -> Iterator[tuple[str, Any, Any]]:
    """Add to the columns, in rows where none is missing."""
    import numpy as np

    columns = rule["columns"]
    if odd := [name for name in columns if getattr(inputs[name].dtype, "kind", "O") not in "iuf"]:
        raise _wrong(rule, f"nothing can be added to {', '.join(odd)}, which holds no numbers", "name numeric columns")
    places = np.flatnonzero(chosen & inputs[columns].notna().all(axis=1).to_numpy())
    part = inputs.iloc[places]
    yield f"{rule['by']:+g}", part.assign(**{name: part[name] + rule["by"] for name in columns}), places


def _replaced(rule: dict[str, Any], inputs: Any, places: Any, seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Set the columns to other values: those of the rule, else those of other rows."""
    import numpy as np

    part, columns = inputs.iloc[places], rule["columns"]
    for value in rule["values"]:
        yield str(value), part.assign(**dict.fromkeys(columns, value)), places
    if not rule["values"] and len(places):
        order = np.random.default_rng(seed).permutation(len(inputs))[: len(places)]
        others = {name: inputs[name].iloc[order].set_axis(part.index) for name in columns}
        yield "values of other rows", part.assign(**others), places


def _wrong(rule: dict[str, Any], what: str, fix: str) -> ScoreError:
    """Return the error of a rule that cannot be asked."""
    return ScoreError(
        "input", f"the rule {rule['title']!r} cannot be asked: {what}", where="`model-test.behaviour`", fix=fix
    )
