"""What a model said to some rows, as one number and one label a row."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats, Rows, Sample

MOVED = 0.1
"""A predicted number has flipped when it moved by this share of the predictions' standard deviation."""

MEDIAN = 0.5


@dataclass(frozen=True)
class Told:
    """Answers to rows; `places` are their positions among all rows. Shapes (rows,)."""

    places: Rows
    sample: Sample
    """The same rows with their targets."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.places)

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which rows were answered with numbers."""
        values = self.sample.score if self.sample.score is not None else self.sample.prediction
        if values is None or values.dtype.kind != "f":
            return np.ones(len(self), dtype=bool)
        return np.asarray(np.isfinite(values.reshape(len(values), -1)).all(axis=1))

    @property
    def labels(self) -> NDArray[Any]:
        """The predictions."""
        if self.sample.prediction is not None:
            return self.sample.prediction
        return self.scores()

    def scores(self, kind: str = "") -> Floats:
        """Return the number that a direction is told by: the score (of the class `kind`), or the predicted number.

        Of a forecast it is the median, or the quantile nearest to it.
        """
        score = self.sample.score
        if self.sample.levels and score is not None:
            return np.asarray(score[:, int(np.argmin(np.abs(np.array(self.sample.levels) - MEDIAN)))])
        if score is None:
            return np.asarray(self.sample.prediction, dtype=np.float64)
        if score.ndim == 1:
            return score
        names = [self.sample.classes[place] for place in self.sample.score_classes]
        return score[:, names.index(kind)]


def flipped(base: Told, now: Told) -> NDArray[np.bool_]:
    """Say which rows are predicted otherwise; `base` holds the same rows in the same order."""
    if base.sample.task in ("binary", "multiclass") and base.sample.prediction is not None:
        return np.asarray(base.labels != now.labels)
    then, told = base.scores(), now.scores()
    return np.asarray(np.abs(told - then) > MOVED * float(then.std()))
