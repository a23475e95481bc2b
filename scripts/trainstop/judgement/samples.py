"""What is judged: true answers and a model's answers, row by row, as arrays that were checked before."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Task = Literal["binary", "multiclass", "regression", "ranking", "forecast"]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Rows of one model's answers beside the truth. All arrays have one entry a row, in the same order.

    Attributes:
        task: what is predicted; decides what the arrays hold.
        target: binary: whether the row is positive; multiclass: index into `classes`; regression and forecast: the
            number; ranking: how relevant the row is, 0 or more.
        prediction: in the same terms as `target`; None when the model gave only scores without a threshold. Forecast:
            the median. Labels of which some cannot be used are numbers, -1 in those rows (`answers.usable` drops them).
        score: binary: larger means more likely positive, one a row; multiclass: one column per class of
            `score_classes`; ranking: larger is ranked first; forecast: one column per quantile of `levels`; None when
            the model gave only predictions.
        probability: whether `score` holds probabilities, which log loss and Brier score need.
        classes: multiclass: names of the classes, of targets and predictions alike.
        score_classes: multiclass: the class (index into `classes`) of each score column.
        averaged: multiclass: names of the classes that macro averages are taken over; None takes those that are true
            or predicted in these rows.
        query: ranking: the query each row belongs to, numbered from 0.
        at: ranking: the place down to which `..._at_k` look.
        levels: forecast: the probability of each quantile, ascending.
        lacking: why there is no score or no prediction, when the reason is not that none was given.

    """

    task: Task
    target: NDArray[Any]
    prediction: NDArray[Any] | None = None
    score: Floats | None = None
    probability: bool = False
    classes: tuple[str, ...] = ()
    score_classes: tuple[int, ...] = ()
    averaged: tuple[str, ...] | None = None
    query: Rows | None = None
    at: int = 10
    levels: tuple[float, ...] = ()
    lacking: str = ""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    def take(self, rows: Rows) -> "Sample":
        """Return the rows at these positions, in this order."""
        return replace(
            self,
            target=self.target[rows],
            prediction=None if self.prediction is None else self.prediction[rows],
            score=None if self.score is None else self.score[rows],
            averaged=None,
            query=None if self.query is None else self.query[rows],
        )

    def beside(self, candidate: "Sample") -> "Sample":
        """Return a champion's rows so that its macro averages are over the same classes as the candidate's.

        A class that only one of them says would else be in one average alone, as a zero.
        """
        if self.task != "multiclass" or candidate.prediction is None:
            return self
        size = len(candidate.classes)
        seen = np.bincount(candidate.target, minlength=size) + np.bincount(candidate.prediction, minlength=size)
        return replace(self, averaged=tuple(candidate.classes[label] for label in np.flatnonzero(seen)))

    def class_counts(self) -> dict[str, int]:
        """Return how many rows the truth puts in each class; empty for numbers. Binary: `negative`, `positive`."""
        if self.task not in ("binary", "multiclass"):
            return {}
        if self.task == "binary":
            positive = int(np.count_nonzero(self.target))
            return {"negative": len(self) - positive, "positive": positive}
        counts = np.bincount(self.target, minlength=len(self.classes))
        return {name: int(count) for name, count in zip(self.classes, counts, strict=True)}
