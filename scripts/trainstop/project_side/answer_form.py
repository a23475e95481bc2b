"""How a model's answers are read, fixed by what it says to the rows as they are. Runs in the model's interpreter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trainstop.labels import spelling
from trainstop.project_side.class_scores import class_scores, is_probability, position_of
from trainstop.project_side.forecast_quantiles import quantile_columns
from trainstop.project_side.score_error import ScoreError

CLASSIFIES = ("binary", "multiclass")


@dataclass
class Form:
    """The shape of every answer of one model."""

    task: str
    classes: list[Any] = field(default_factory=list)
    positive: int = 0
    """Where the positive class is among the classes (binary)."""
    quantiles: list[float] = field(default_factory=list)
    """What the columns of a forecast are, where the model does not say it."""
    flat: bool = False
    """Whether a row gets one probability instead of one a class."""


def form_of(model: Any, request: dict[str, Any], said: Any, target: Any, scores: Any = None) -> Form:
    """Return how answers are read.

    Args:
        model: may know its classes.
        request: says the task, the positive class, and quantiles.
        said: its answers to some rows.
        target: true answers, for classes that nothing else tells.
        scores: what it gave the evaluation rows, for where `said` is about other rows: a few answers of exactly 0 and
            1 look like labels, and are none where the model gave probabilities there.

    Raises:
        ScoreError: a classifier gives labels, or its classes cannot be told.

    """
    import numpy as np

    task = request["task"]
    if task not in CLASSIFIES:
        return Form(task, quantiles=list(request.get("quantiles", [])))
    values = squeezed(np.asarray(said))
    flat = values.ndim == 1
    if flat and values.dtype.kind == "f" and scores is not None and is_probability(scores):
        said = scores
    _, classes = class_scores(request, said, getattr(model.native, "classes_", None), target)
    positive = position_of(request["positive"], classes) if task == "binary" else 0
    return Form(task, classes, positive, flat=flat)


def columns_of(form: Form, said: Any) -> dict[str, Any]:
    """Return answers as the columns of a predictions table; NaN and infinity stay what they are.

    Raises:
        ScoreError: they are not of that form.

    """
    import numpy as np

    if form.task == "forecast":
        return dict(quantile_columns(said, form.quantiles))
    values = squeezed(np.asarray(said))
    if form.task not in CLASSIFIES:
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise ScoreError(
                "model",
                f"the model answers with {shape(values)}, not with one number a row",
                fix="check `model.task`, or let the model's `predict` return one number a row",
            )
        return {"score" if form.task == "ranking" else "prediction": values.astype(float)}
    if form.flat and values.ndim == 1 and values.dtype.kind in "biuf":
        values = np.column_stack([1.0 - values, values])
    if values.ndim != 2 or values.shape[1] != len(form.classes) or values.dtype.kind not in "biuf":
        raise ScoreError(
            "model",
            f"the model answers with {shape(values)}, not with {len(form.classes)} scores a row",
            fix="let its `predict` return a table with one column a class, as it does for other rows",
        )
    values = values.astype(float)
    predicted = {"prediction": np.asarray(form.classes)[values.argmax(axis=1)]}
    if form.task == "binary":
        return {**predicted, "score": values[:, form.positive]}
    return {**predicted, **{f"score_{spelling(name)}": values[:, place] for place, name in enumerate(form.classes)}}


def squeezed(values: Any) -> Any:
    """Return a table of one column as a row of values."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def shape(values: Any) -> str:
    """Say in words what came back."""
    each = f"{values.shape[1]} values" if values.ndim > 1 else "one value"
    return f"{each} of type {values.dtype} a row"
