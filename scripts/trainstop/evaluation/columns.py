"""Columns that the configuration names, and that a predictions table cannot keep: answers are called so in it."""

from collections.abc import Iterator

from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.labels import spelling
from trainstop.tables.answers import CLASS_SCORE, ID, PREDICTION, QUANTILE, SCORE, TARGET


def gives_scores(task: str) -> bool:
    """Say whether a model of a task answers with scores."""
    return task in ("binary", "multiclass", "ranking")


def refuse_taken(config: Config) -> None:
    """Refuse to judge by a column of the data that bears the name of an answer: it would be the answer that is read.

    Raises:
        ConfigurationError: one does.

    """
    for key, name in _kept(config):
        if _taken(config, name):
            raise ConfigurationError(
                f"a predictions table has something else under the name `{name}`: the model's answers, or ids or "
                "truth of the rows",
                where=f"key `{key}`",
                fix="call the column otherwise in the data, or leave it out",
            )


def _kept(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the keys and the columns that are kept beside the answers."""
    data = config.data
    yield from (("data.time", data.time), ("data.cluster", data.cluster), ("data.query", data.query))
    yield from (("data.slices", name) for name in data.slice_columns)
    yield from (("model-test.fairness.columns", name) for name in config.model_test.fairness.names)
    if not config.evaluate.predictions:  # a table of the project's own has one column of each name
        for metric, section in config.metrics.items():
            yield from ((f"metrics.{metric}.columns", name) for name in section.columns)


def _taken(config: Config, name: str) -> bool:
    """Say whether a predictions table of this task calls something else so."""
    task, data = config.model.task, config.data
    if name in (PREDICTION, SCORE):
        return name == PREDICTION or gives_scores(task)
    if name in (TARGET, ID):
        own = ID if config.evaluate.predictions else ""  # a table of the project's own may have our name for it
        return name != {TARGET: data.target, ID: data.id or own}[name]
    if task == "forecast":
        return QUANTILE.fullmatch(name) is not None
    if task == "multiclass":
        return name.startswith(CLASS_SCORE)
    return task == "binary" and name == f"{CLASS_SCORE}{spelling(data.positive)}"
