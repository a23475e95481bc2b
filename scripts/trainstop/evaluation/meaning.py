"""What recorded answers mean, and in what they differ from those that would be given under today's settings."""

from collections.abc import Iterable, Sequence

from trainstop.config import Config
from trainstop.labels import spelling
from trainstop.records.judging import Answered

KEYS = {
    "task": "model.task",
    "target": "data.target",
    "positive": "data.positive",
    "id": "data.id",
    "quantiles": "evaluate.quantiles",
    "threshold": "evaluate.threshold",
    "at": "evaluate.at",
}
OF_ANSWERS = ("task", "target", "positive", "id")
"""What a table of answers is read by. Quantiles are in its columns' names, and today's threshold cuts its scores."""
OF_NUMBERS = ("task", "target", "positive", "quantiles", "threshold", "at")
"""What metrics were computed by."""
MAY_BE_UNKNOWN = ("positive", "quantiles", "threshold", "at")


def of_numbers(config: Config) -> Answered:
    """Return what numbers mean that the project computed itself."""
    positive = spelling(config.data.positive) if config.model.task == "binary" else ""
    return Answered(task=config.model.task, target=config.data.target, positive=positive)


def of_answers(config: Config, *, row_id: str, classes: Sequence[str]) -> Answered:
    """Return what answers mean, and the numbers that are made of them.

    Args:
        config: as they are judged.
        row_id: column that names a row; empty where its position does.
        classes: in the order of their scores.

    """
    task, section = config.model.task, config.evaluate
    return of_numbers(config).model_copy(
        update={
            "id": row_id,
            "method": "" if section.predictions else section.method,
            "classes": tuple(classes),
            "quantiles": section.quantiles if task == "forecast" else (),
            "threshold": section.threshold if task == "binary" else None,
            "at": section.at if task == "ranking" else None,
        }
    )


def of_model(config: Config) -> Answered:
    """Return what a model's answers will mean, as far as it is known before it is asked."""
    return of_answers(config, row_id=config.data.id, classes=())


def otherwise(then: Answered | None, now: Answered, settings: Iterable[str] = OF_ANSWERS) -> str:
    """Say which settings were others; empty when none was, or nothing is known.

    Args:
        then: what is on record.
        now: under today's settings.
        settings: names in `Answered` that matter.

    """
    if then is None:
        return ""
    return " and ".join(
        f"`{KEYS[name]}` was {_written(getattr(then, name))}" for name in settings if _differs(name, then, now)
    )


def unlike(then: Answered | None, now: Answered) -> str:
    """Say why recorded predictions would not do beside what a model says today; empty when they do."""
    if then is None:
        return "its record does not say what its predictions mean"
    if not then.method:
        return "the project wrote its predictions"
    other = otherwise(then, now)
    return f"{other} when it was judged" if other else ""


def _differs(name: str, then: Answered, now: Answered) -> bool:
    """Say whether a setting was another; one that nothing is known of was not."""
    old, new = getattr(then, name), getattr(now, name)
    if name == "quantiles":
        old, new = sorted(old), sorted(new)
    if name in MAY_BE_UNKNOWN and not (old and new):
        return False
    return bool(old != new)


def _written(value: object) -> str:
    """Write a setting's value."""
    if isinstance(value, tuple):
        return ", ".join(f"{each:g}" for each in value)
    return f"`{value}`" if value != "" else "not set"
