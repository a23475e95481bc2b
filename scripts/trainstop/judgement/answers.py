"""From labels and numbers of a table to a `Sample`, and what is wrong with a model's answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import forecasts, queries
from trainstop.judgement.samples import Floats, Sample

Labels = tuple[NDArray[np.intp], Sequence[str]]
"""Codes, -1 where missing, and the names they index."""
SUM_TOLERANCE = 1e-3
NO_ANSWER = "no column of the table is an answer that this task is judged by"


def binary(
    target: Labels, positive: str, *, prediction: Labels | None, score: Floats | None, threshold: float
) -> Sample:
    """Build the sample of a binary classifier.

    Args:
        target: labels; every one that is not `positive` is negative.
        positive: the positive label.
        prediction: labels, used only where no score can be cut at the threshold. One that the target does not have,
            like `error` or another spelling, is none.
        score: larger means more likely positive, shape (rows,).
        threshold: probability from which a row is predicted positive.

    """
    probability = score is not None and bool(np.all((score >= 0) & (score <= 1)))
    predicted = score >= threshold if score is not None and probability else None
    if predicted is None and prediction is not None:
        predicted = _two_classes(prediction, target, positive)
    return Sample(
        task="binary", target=_is(target, positive), prediction=predicted, score=score, probability=probability
    )


def multiclass(
    target: Labels, *, prediction: Labels | None, scores: Floats | None, score_classes: Sequence[str]
) -> Sample:
    """Build the sample of a classifier of several classes.

    Args:
        target: labels.
        prediction: labels; where there are none, the class with the largest score. An empty one is missing.
        scores: one column per class of `score_classes`, shape (rows, classes).
        score_classes: names of the score columns' classes.

    """
    prediction = _without_empty(prediction) if prediction else None
    names = sorted({*target[1], *score_classes, *(prediction[1] if prediction else ())})
    place = {name: number for number, name in enumerate(names)}
    columns = tuple(place[name] for name in score_classes)
    predicted = _placed(prediction, place) if prediction else None
    if predicted is None and scores is not None:
        predicted = np.array(columns, dtype=np.intp)[scores.argmax(axis=1)]
    return Sample(
        task="multiclass",
        target=_placed(target, place),
        prediction=predicted,
        score=scores,
        probability=scores is not None and are_probabilities(scores),
        classes=tuple(names),
        score_classes=columns,
    )


def regression(target: Floats, prediction: Floats) -> Sample:
    """Build the sample of a model that predicts a number."""
    return Sample(task="regression", target=target, prediction=prediction)


def faults(sample: Sample) -> list[str]:
    """Say, in words, what is wrong with a model's answers or with the truth; empty when they can be judged.

    What is found here is no reason to stop computing, and always a reason not to release.
    """
    found = [] if _varies(sample.target) else ["the target is the same in every row"]
    told = _answers(sample)
    if not told:
        found.append(NO_ANSWER)
    for name, values in told.items():
        said = _called(name, sample)
        if bad := _missing(name, sample):
            found.append(bad)
        elif len(values) > 1 and not _varies(values) and not (name == "prediction" and sample.score is not None):
            found.append(f"the {said} is the same in every row")
    more = {"ranking": queries.faults, "forecast": forecasts.faults}.get(sample.task)
    return found + (more(sample) if more else [])


def usable(sample: Sample) -> Sample:
    """Return the sample without answers that are not finite, so that no metric is made of them."""
    bad = {name: told for name in _answers(sample) if (told := _missing(name, sample))}
    if not bad:
        return sample
    dropped: dict[str, Any] = dict.fromkeys(bad)
    if "score" in bad and sample.task != "regression":
        dropped["prediction"] = None
    return replace(sample, **dropped, lacking="; ".join(bad.values()))


def remarks(sample: Sample) -> list[str]:
    """Say what a reader of the numbers must know about the answers."""
    more = {"ranking": queries.remarks, "forecast": forecasts.remarks}.get(sample.task)
    if more:
        return more(sample)
    if sample.score is None or sample.probability or _not_finite(sample.score):
        return []
    low, high = float(sample.score.min()), float(sample.score.max())
    span = f"from {low:.4g} to {high:.4g}"
    return [f"the scores ({span}) are no probabilities: log loss, Brier score and the threshold do not apply to them"]


def _answers(sample: Sample) -> dict[str, NDArray[Any]]:
    """Return what the model said, by name."""
    said = {"score": sample.score, "prediction": sample.prediction}
    return {name: values for name, values in said.items() if values is not None}


def _missing(name: str, sample: Sample) -> str:
    """Say how many rows lack a usable answer of this name; empty when none does."""
    values = _answers(sample)[name]
    bad = _not_finite(values)
    if not bad:
        return ""
    how = {"f": "missing, NaN or infinite"}.get(values.dtype.kind, "missing, empty or no class of the target")
    return f"{bad} of {len(values)} rows have a {_called(name, sample)} that is {how}"


def _called(name: str, sample: Sample) -> str:
    """Return what people call an answer."""
    return "quantile" if name == "score" and sample.task == "forecast" else name


def _not_finite(values: NDArray[Any]) -> int:
    """Count rows with a missing label (-1), NaN or infinity."""
    bad = ~np.isfinite(values) if values.dtype.kind == "f" else values < 0
    return int(np.count_nonzero(bad.reshape(len(values), -1).any(axis=1)))


def _varies(values: NDArray[Any]) -> bool:
    """Say whether two rows differ."""
    return not bool(np.all(values == values[:1]))


def are_probabilities(scores: Floats) -> bool:
    """Say whether rows of scores lie between 0 and 1 and add up to 1."""
    inside = bool(np.all((scores >= 0) & (scores <= 1)))
    return inside and bool(np.all(np.abs(scores.sum(axis=1) - 1) <= SUM_TOLERANCE))


def _is(labels: Labels, name: str) -> NDArray[np.bool_]:
    """Say which rows have this label."""
    codes, names = labels
    return np.array([*(each == name for each in names), False])[codes]


def _two_classes(prediction: Labels, target: Labels, positive: str) -> NDArray[Any]:
    """Say which rows are predicted positive, as 1 and 0, and -1 for a label that is neither; booleans without such."""
    codes, names = prediction
    negative = set(target[1]) - {positive}
    if not negative and len(names) <= 2:  # of a target that has one class the name of the other is not known
        negative = set(filter(str.strip, names)) - {positive}
    said = np.array([*(1 if name == positive else 0 if name in negative else -1 for name in names), -1])[codes]
    return said if (said < 0).any() else said.astype(bool)


def _without_empty(labels: Labels) -> Labels:
    """Return labels with those missing that are nothing but spaces, as an empty cell of a CSV file is."""
    codes, names = labels
    kept = [name for name in names if name.strip()]
    places = np.array([*(kept.index(name) if name.strip() else -1 for name in names), -1], dtype=np.intp)
    return places[codes], kept


def _placed(labels: Labels, place: dict[str, int]) -> NDArray[np.intp]:
    """Number labels as `place` says; a missing one stays -1."""
    codes, names = labels
    return np.array([*(place[each] for each in names), -1], dtype=np.intp)[codes]
