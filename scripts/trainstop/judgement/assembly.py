"""From a table and the configuration to what is judged: sample, clusters, rules, notes."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.judgement import answers
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.judgement.verdicts import Rules

NO_GATE = "no gate is set: only answers that cannot be judged would stop this model"
NOT_CLUSTERED = (
    "rows are taken as independent of one another; where rows of one day, customer or route are alike, the intervals "
    "are too narrow: set `data.cluster`"
)


class Labels(Protocol):
    """A column of labels."""

    @property
    def codes(self) -> NDArray[np.intp]:
        """Index into `names` a row, -1 where the value is missing."""

    @property
    def names(self) -> tuple[str, ...]:
        """The labels."""


class AnswersTable(Protocol):
    """What is asked of a predictions table."""

    @property
    def where(self) -> str:
        """Its file, for people."""

    @property
    def score_classes(self) -> tuple[str, ...]:
        """Classes that have a column `score_<class>`."""

    def spelling(self, value: object) -> str:
        """Return a value as this table's labels would spell it."""

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""

    def numbers(self, name: str) -> Floats:
        """Return a column as numbers."""

    def coded(self, name: str) -> Labels:
        """Return a column as labels."""


def sample_of(config: Config, table: AnswersTable) -> Sample:
    """Return the rows of a table as the task understands them.

    Raises:
        InputError: a column that the task needs is missing or of the wrong kind, or the target has too many classes.

    """
    task = config.model.task
    if task == "regression":
        _require_prediction(table)
        return answers.regression(table.numbers("target"), table.numbers("prediction"))
    target = table.coded("target")
    prediction = _pair(table.coded("prediction")) if table.has("prediction") else None
    if task == "multiclass":
        classes = table.score_classes
        columns = [table.numbers(f"score_{name}") for name in classes]
        scores = np.column_stack(columns) if columns else None
        return answers.multiclass(_pair(target), prediction=prediction, scores=scores, score_classes=classes)
    positive = table.spelling(config.data.positive)
    others = [name for name in target.names if name != positive]
    if len(others) > 1:
        raise InputError(
            f"the task is binary, and the target has {len(others)} values beside {positive!r}: {', '.join(others[:5])}",
            where=table.where,
            fix='set `data.positive`, or `model.task = "multiclass"`',
        )
    return answers.binary(
        _pair(target),
        positive,
        prediction=prediction,
        score=_binary_score(table, positive),
        threshold=config.evaluate.threshold,
    )


def clusters_of(config: Config, table: AnswersTable) -> Rows | None:
    """Return each row's cluster, numbered from 0 without gaps, or None when none is configured.

    Raises:
        InputError: a row has no cluster.

    """
    if not config.data.cluster:
        return None
    coded = table.coded(config.data.cluster)
    missing = int(np.count_nonzero(coded.codes < 0))
    if missing:
        raise InputError(
            f"{missing} of {len(coded.codes)} rows have no `{config.data.cluster}`",
            where=table.where,
            fix="fill the column that `data.cluster` names, or name another",
        )
    return coded.codes


def rules_of(config: Config) -> Rules:
    """Return how the configuration wants things judged."""
    section = config.evaluate
    gates = {name: gate for name, gate in config.gates.items() if gate.mode != "off"}
    return Rules(
        confidence=section.confidence,
        resamples=section.resamples,
        seed=section.seed,
        minimum=section.minimum,
        tolerances={name: gate.tolerance for name, gate in gates.items() if gate.tolerance is not None},
        unit=f"clusters of `{config.data.cluster}`" if config.data.cluster else "rows",
    )


def notes_of(config: Config, sample: Sample) -> list[str]:
    """Say what a reader must know to read the numbers rightly."""
    notes = answers.remarks(sample)
    if not config.data.cluster:
        notes.append(NOT_CLUSTERED)
    if not any(gate.mode != "off" for gate in config.gates.values()):
        notes.append(NO_GATE)
    return notes


def _pair(labels: Labels) -> answers.Labels:
    """Return codes and names."""
    return labels.codes, labels.names


def _binary_score(table: AnswersTable, positive: str) -> Floats | None:
    """Return the score column, or the one of the positive class."""
    for name in ("score", f"score_{positive}"):
        if table.has(name):
            return table.numbers(name)
    return None


def _require_prediction(table: AnswersTable) -> None:
    """Refuse a regression table without predictions."""
    if not table.has("prediction"):
        raise InputError(
            "the predictions table has no column `prediction`",
            where=table.where,
            fix="write the predicted number a row",
        )
