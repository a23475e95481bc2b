"""What a classifier's answers mean: scores by class, or labels, which cannot be judged."""

from __future__ import annotations

from typing import Any

from trainstop.labels import spelling
from trainstop.project_side.score_error import ScoreError


def class_scores(request: dict[str, Any], said: Any, known: Any, target: Any) -> tuple[dict[str, Any], list[Any]]:
    """Return prediction and score columns of a classifier, and its classes.

    Args:
        request: says task and positive class; of a model that was judged before, also the class that a `single`
            probability a row is of, and its `classes` in their order, as they are spelled.
        said: answers in the order of the rows: a score a row, or one a class.
        known: the classes as the model itself lists them, or None.
        target: true answers, for what nothing else tells.

    Raises:
        ScoreError: it gives labels only, or its classes cannot be told.

    """
    import numpy as np

    values = np.asarray(said)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    binary = request["task"] == "binary"
    if values.ndim == 1 and binary and is_probability(values):
        values = np.column_stack([1 - values, values])
        classes = two_classes(request, target)
    elif values.ndim == 2 and values.dtype.kind == "f":
        classes = class_names(known, said, remembered(request, target), target, values.shape[1])
    else:
        raise ScoreError(
            "input",
            "the model gives labels, not scores",
            where="`evaluate.method`",
            fix='log it with `pyfunc_predict_fn="predict_proba"`, or write a predictions table and name it in '
            "`evaluate.predictions`",
        )
    columns = {"prediction": np.asarray(classes)[values.argmax(axis=1)]}
    if not binary:
        return columns | {f"score_{spelling(name)}": values[:, place] for place, name in enumerate(classes)}, classes
    return columns | {"score": values[:, position_of(request["positive"], classes)]}, classes


def is_probability(values: Any) -> bool:
    """Say whether numbers look like probabilities and not like the labels 0 and 1."""
    if values.dtype.kind != "f":
        return False
    inside = ((values >= 0) & (values <= 1)) | (values != values)  # noqa: PLR0124  # NaN is found later, by its row
    return bool(inside.all()) and not bool(((values == 0) | (values == 1)).all())


def two_classes(request: dict[str, Any], target: Any) -> list[Any]:
    """Return the class that a single probability a row is not of, then the one that it is of."""
    if not request.get("single"):
        return [other_class(target, request["positive"]), request["positive"]]
    single = as_in_data([request["single"]], target)[0]
    others = [name for name in remembered(request, target) if spelling(name) != request["single"]]
    return [others[0] if others else other_class(target, single), single]


def remembered(request: dict[str, Any], target: Any) -> list[Any]:
    """Return the classes that the model had when it was judged before; none where nothing says it."""
    return as_in_data(request.get("classes", []), target)


def as_in_data(spelled: list[str], target: Any) -> list[Any]:
    """Return labels as the data has them, where it has them: the table's own type, and not their spelling."""
    own = {spelling(value): value for value in target.dropna().unique().tolist()}
    return [own.get(name, name) for name in spelled]


def other_class(target: Any, positive: Any) -> Any:
    """Return the class of a binary target that is not the positive one."""
    others = [value for value in target.dropna().unique().tolist() if spelling(value) != spelling(positive)]
    return others[0] if others else 0


def class_names(known: Any, said: Any, before: list[Any], target: Any, count: int) -> list[Any]:
    """Return the classes behind the columns of an answer: by model, answer, earlier judgement (`before`), or data."""
    if known is not None:
        names = known.tolist() if hasattr(known, "tolist") else list(known)
    elif hasattr(said, "columns"):
        names = list(said.columns)
    elif before:
        names = before
    else:
        names = in_order(target.dropna().unique().tolist())
    if len(names) != count:
        raise ScoreError(
            "model",
            f"the model gives {count} scores a row, and {len(names)} classes are known",
            fix="let its `predict` return a table with one column a class, named like the class",
        )
    return names


def in_order(names: list[Any]) -> list[Any]:
    """Return classes in the order that libraries number them by: numbers by size, all else as text."""
    import numbers

    return sorted(names, key=None if all(isinstance(name, numbers.Real) for name in names) else str)


def position_of(positive: Any, classes: list[Any]) -> int:
    """Return where the positive class is among the classes, compared as written."""
    spelled = [spelling(name) for name in classes]
    if spelling(positive) not in spelled:
        raise ScoreError(
            "input",
            f"`data.positive` is {positive!r}, and the model's classes are {', '.join(map(repr, classes))}",
            where="`data.positive`",
            fix="name the class that `score` shall be the probability of",
        )
    return spelled.index(spelling(positive))
