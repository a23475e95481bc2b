"""What the answers of a model mean: a score, a label, or nothing that the task knows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainstop.labels import spelling

NAMED_SCORES = ("score", "probability")
NAMED_LABELS = ("prediction", "label")
CLASSIFIES = ("binary", "multiclass")


@dataclass(frozen=True)
class Answers:
    """How the answers of a model are read.

    Attributes:
        task: of the model.
        classes: in the order of the scores in an answer, as far as they are known; of a forecast its quantiles.
        positive: place of the positive class among the scores of a binary answer, of the median among a forecast's
            quantiles; -1 where it is not known.
        labels: every label that an answer may be; empty where any may be.
        inputs: columns that the model looks at: they hold no answers, whatever they are called.

    """

    task: str
    classes: tuple[str, ...] = ()
    positive: int = -1
    labels: tuple[str, ...] = ()
    inputs: frozenset[str] = frozenset()

    @property
    def classifies(self) -> bool:
        """Whether an answer is a label, or scores of labels."""
        return self.task in CLASSIFIES

    def read(self, answer: Any) -> tuple[float | None, str | None]:
        """Return an answer's score (binary: of the positive class; regression: the number) and its label.

        A binary answer that is a whole number is a label: JSON keeps 1.0 and 1 apart. A float alone may be either, as
        the log as a whole tells; it is returned as a score without a label.
        """
        if self.task == "forecast":
            return self._median(answer), None
        if isinstance(answer, Mapping):
            return self._of_names(answer)
        if isinstance(answer, list) and len(answer) == 1:
            answer = answer[0]
        if isinstance(answer, list):
            return self._of_scores(answer)
        if not self.classifies:
            return number(answer), None
        if isinstance(answer, float) and self.task == "binary":
            return answer, None
        return None, None if answer is None or isinstance(answer, Mapping) else spelling(answer)

    def _median(self, answer: Any) -> float | None:
        """Read the median of a forecast, by its name or its place; None where nothing says which it is."""
        if isinstance(answer, Mapping):
            named = [value for name, value in answer.items() if name.removeprefix("q").removeprefix("_") == "0.5"]
            answer = named[0] if len(named) == 1 else list(answer.values())
        if isinstance(answer, list):
            known = self.positive >= 0 and len(answer) == len(self.classes)
            answer = answer[self.positive] if known else None
        return number(answer)

    def _of_names(self, answer: Mapping[Any, Any]) -> tuple[float | None, str | None]:
        """Read an answer whose parts have names: the classes, or what they are; a single one is the answer itself."""
        by_name = {spelling(name): value for name, value in answer.items()}
        if self.classifies and self.classes and by_name.keys() == set(self.classes):
            return self._of_scores([by_name[name] for name in self.classes])
        scores = [by_name[name] for name in NAMED_SCORES if name in by_name]
        labels = [by_name[name] for name in NAMED_LABELS if name in by_name]
        if not self.classifies:
            said = labels if self.task == "regression" else scores
            return self.read(said[0]) if said else self._alone(answer)
        if not scores and not labels:
            return self._alone(answer)
        score = self.read(scores[0])[0] if scores and isinstance(scores[0], float | list) else None
        label = self.read(labels[0]) if labels else (None, None)
        return (score, label[1]) if score is not None else label

    def _alone(self, answer: Mapping[Any, Any]) -> tuple[float | None, str | None]:
        """Read an answer with a single part."""
        (said, *more) = answer.values() or (None,)
        return self.read(said) if not more and not isinstance(said, Mapping) else (None, None)

    def _of_scores(self, scores: list[Any]) -> tuple[float | None, str | None]:
        """Read one score a class."""
        numbers = [number(score) for score in scores]
        told = [score for score in numbers if score is not None and math.isfinite(score)]
        if not told or len(told) < len(scores):
            return None, None
        best = max(range(len(told)), key=told.__getitem__)
        label = self.classes[best] if len(self.classes) == len(told) else str(best)
        if self.task != "binary":
            return told[best], label
        place = self.positive if -len(told) <= self.positive < len(told) else -1
        return told[place], label


def number(value: Any) -> float | None:
    """Return a number as a float, or None; one too large for a float is infinite."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
