"""From a table and the configuration to what is judged: sample, clusters, rules, notes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.judgement import answers, forecasts, queries
from trainstop.judgement.grouping import Column, Guess, guess
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.samples import Floats, Rows, Sample
from trainstop.judgement.verdicts import Pair, Rules

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

    @property
    def quantiles(self) -> dict[float, str]:
        """Quantile columns, by the probability in their name."""

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
    if task == "ranking":
        return _ranking(config, table)
    if task == "forecast":
        return _forecast(config, table)
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
    column = unit_column(config)
    return _full(table, column, "cluster" if config.data.cluster else "query") if column else None


def unit_column(config: Config) -> str:
    """Return the column whose values are independent of one another; empty where that is each row."""
    return config.data.cluster or (config.data.query if config.model.task == "ranking" else "")


def rules_of(config: Config) -> Rules:
    """Return how the configuration wants things judged."""
    section = config.evaluate
    gates = {name: gate for name, gate in config.gates.items() if gate.mode != "off"}
    return Rules(
        confidence=section.confidence,
        resamples=section.resamples,
        seed=section.seed,
        minimum=section.minimum,
        method=section.intervals,
        tolerances={name: gate.tolerance for name, gate in gates.items() if gate.tolerance is not None},
        unit=f"clusters of `{unit_column(config)}`" if unit_column(config) else "rows",
    )


def guess_of(config: Config, columns: Sequence[Column], pair: Pair) -> Guess:
    """Look for the column to cluster by, by what the gated and the task's primary metrics add up."""
    metrics = [metric for name, metric in BY_TASK[config.model.task].items() if metric.primary or name in config.gates]
    return guess(columns, pair.candidate, pair.champion, metrics, config.evaluate.minimum)


def notes_of(config: Config, sample: Sample, guessed: Guess | None = None) -> list[str]:
    """Say what a reader must know to read the numbers rightly."""
    notes = answers.remarks(sample)
    if config.metrics and config.data.slices:
        notes.append("the project's own metrics are computed on all rows, not on slices")
    if guessed:
        notes.append(guessed.note(config.evaluate.minimum))
    elif not unit_column(config):
        notes.append(NOT_CLUSTERED)
    if not any(gate.mode != "off" for gate in config.gates.values()):
        notes.append(NO_GATE)
    return notes


def clusters_note(config: Config, table: AnswersTable) -> str:
    """Say how many queries lie in more than one cluster, or return an empty text."""
    return _cut_by(config, table, config.data.cluster, "cluster") if config.data.cluster else ""


def cut_notes(config: Config, table: AnswersTable) -> list[str]:
    """Say which columns of slices cut the queries of a ranking in pieces."""
    return [note for name in config.data.slice_columns if (note := _cut_by(config, table, name, "slice"))]


def _cut_by(config: Config, table: AnswersTable, column: str, kind: str) -> str:
    """Say how many queries of a ranking a column cuts in pieces, and what follows."""
    if config.model.task != "ranking" or column == config.data.query:
        return ""
    pieces = queries.cut(_full(table, config.data.query, "query"), table.coded(column).codes)
    if not pieces:
        return ""
    follows = "each piece is ranked by itself" if kind == "slice" else "each counts for the one of its first row"
    return f"{pieces:,} queries lie in more than one {kind} of `{column}`: {follows}"


def numeric(config: Config) -> bool:
    """Say whether the task's target is a number and no label."""
    return config.model.task not in ("binary", "multiclass")


def metrics_of(config: Config, sample: Sample) -> list[Metric]:
    """Return the task's metrics, less the optional ones that no gate names and these rows cannot give."""
    return [
        metric
        for metric in BY_TASK[config.model.task].values()
        if not metric.optional or metric.name in config.gates or _given(metric, sample)
    ]


def _given(metric: Metric, sample: Sample) -> bool:
    """Say whether a metric has a value."""
    return not metric.missing(sample) and bool(np.isfinite(metric.value(sample)))


def _ranking(config: Config, table: AnswersTable) -> Sample:
    """Return rows with their queries.

    Raises:
        InputError: there is no score, a row has no query, or a relevance below 0.

    """
    if not table.has("score"):
        raise InputError(
            "the predictions table has no column `score`", where=table.where, fix="write one number a row to rank by"
        )
    relevance = table.numbers("target")
    if below := queries.negative(relevance):
        raise InputError(
            f"{below} of {len(relevance)} rows have a relevance below 0",
            where=table.where,
            fix="write 0 for what is not relevant, and more for what is",
        )
    query = _full(table, config.data.query, "query")
    return queries.sample(query, relevance, table.numbers("score"), at=config.evaluate.at)


def _forecast(config: Config, table: AnswersTable) -> Sample:
    """Return rows with their quantiles: those that are configured, else all there are.

    Raises:
        InputError: there is neither a quantile nor a prediction, or one that is configured is missing.

    """
    there = table.quantiles
    lacking = [f"q_{level:g}" for level in config.evaluate.quantiles if level not in there]
    if lacking or not (there or table.has("prediction")):
        raise InputError(
            f"the predictions table has no column {' and no '.join(f'`{name}`' for name in lacking or ['q_0.5'])}",
            where=table.where,
            fix="write a column `q_<probability>` a quantile, or correct `evaluate.quantiles`",
        )
    wanted = config.evaluate.quantiles or tuple(there)
    prediction = table.numbers("prediction") if table.has("prediction") else None
    return forecasts.sample(
        table.numbers("target"), {level: table.numbers(there[level]) for level in wanted}, prediction
    )


def _full(table: AnswersTable, column: str, key: str) -> Rows:
    """Return a column's labels as numbers from 0 without gaps.

    Raises:
        InputError: a row has none.

    """
    coded = table.coded(column)
    missing = int(np.count_nonzero(coded.codes < 0))
    if missing:
        raise InputError(
            f"{missing} of {len(coded.codes)} rows have no `{column}`",
            where=table.where,
            fix=f"fill the column that `data.{key}` names, or name another",
        )
    return coded.codes


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
