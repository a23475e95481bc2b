"""What a registered version brings along to be watched against: its profile, its answers, its input columns."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet

from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.drift.profile import Profile
from trainstop.errors import InputError
from trainstop.labels import spelling
from trainstop.records import Results
from trainstop.records.training import TrainPart
from trainstop.signatures import model_inputs
from trainstop.tables.answers import MEDIAN
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import PREDICTION, SCORE
from trainstop.tables.predictions import PredictionsTable, read
from trainstop.tables.profiling import profile_table

KINDS = {
    "binary": ("score", SCORE),
    "multiclass": ("prediction", PREDICTION),
    "regression": ("prediction", SCORE),
    "ranking": ("score", SCORE),
    "forecast": (MEDIAN, SCORE),
}
"""By task, the column of a predictions table whose values are watched, and its name in the log."""
TWO = 2
"""Classes of a binary task; an evaluation with fewer does not say which labels there are."""


@dataclass(frozen=True)
class Reference:
    """One version as it was when it was judged.

    Attributes:
        profile: of the model's inputs in the training data.
        evaluation: its answers to the evaluation data; None when it carries none.
        answer: profile of its answers alone, under the name that the log has for them; None when it has none.
        answers: how its answers in the log are read.

    """

    profile: Profile
    evaluation: PredictionsTable | None
    answer: Profile | None
    answers: Answers


def read_reference(config: Config, bundle: Bundle) -> Reference:
    """Read what a version brings along.

    Raises:
        InputError: its profile is missing, or a part is broken.

    """
    profile = Profile.read(bundle.profile)
    inputs = _inputs(bundle)
    kept = tuple(column for column in profile.columns if not inputs or column.name in inputs)
    evaluation = _evaluation(config, bundle.predictions)
    watched = frozenset(column.name for column in kept)
    return Reference(
        profile=profile.model_copy(update={"columns": kept}),
        evaluation=evaluation,
        answer=_answer(config, bundle.predictions),
        answers=replace(_reading(config, evaluation), inputs=watched),
    )


def _inputs(bundle: Bundle) -> frozenset[str]:
    """Return a version's input columns: as its model says, or its record where the model is not here; or none."""
    if (bundle.model / "MLmodel").exists():
        return frozenset(model_inputs(bundle.model))
    with suppress(InputError):  # a record of another version of ours
        record = Results(bundle.records).find(TrainPart)
        return frozenset(record.part.inputs if record and record.part else ())
    return frozenset()


def _evaluation(config: Config, path: Path) -> PredictionsTable | None:
    """Return the answers to the evaluation data, with time and cluster where they are known."""
    if not path.exists():
        return None
    known = pyarrow.parquet.read_schema(path).names
    data = config.data
    return read(path, names={}, keep=[name for name in (data.time, data.cluster, data.query) if name in known])


def _answer(config: Config, path: Path) -> Profile | None:
    """Count the answers to the evaluation data per period."""
    theirs, ours = KINDS[config.model.task]
    known = pyarrow.parquet.read_schema(path).names if path.exists() else []
    if theirs not in known:
        return None
    time = config.data.time if config.data.time in known else ""
    counted = profile_table([path], time=time, period=config.data.period, exclude=set(known) - {theirs})
    renamed = tuple(column.model_copy(update={"name": ours}) for column in counted.columns)
    return counted.model_copy(update={"columns": renamed})


def _reading(config: Config, evaluation: PredictionsTable | None) -> Answers:
    """Return how answers are read: which of the scores is which class's."""
    if config.model.task == "forecast":
        return _reading_quantiles(config, evaluation)
    if evaluation is None or config.model.task in ("regression", "ranking"):
        return Answers(config.model.task)
    truth = evaluation.coded("target").names
    classes = tuple(map(spelling, evaluation.score_classes)) or in_order(truth)
    if config.model.task == "multiclass":
        said = evaluation.coded("prediction").names if evaluation.has("prediction") else ()
        return Answers("multiclass", classes, labels=in_order({*classes, *truth, *said}))
    positive = evaluation.spelling(config.data.positive)
    place = classes.index(positive) if positive in classes and len(classes) == TWO else -1
    return Answers("binary", classes, place, labels=classes if len(classes) == TWO else ())


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels in the order that libraries number classes by: numbers by size, all else as text."""
    names = sorted(labels)
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(names)


def _reading_quantiles(config: Config, evaluation: PredictionsTable | None) -> Answers:
    """Return how the quantiles of a forecast are read: which of the numbers is the median."""
    levels = config.evaluate.quantiles or tuple(sorted(evaluation.quantiles if evaluation else ()))
    return Answers("forecast", tuple(f"{level:g}" for level in levels), levels.index(0.5) if 0.5 in levels else -1)
