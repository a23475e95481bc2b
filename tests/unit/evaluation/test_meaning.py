"""What recorded answers mean under other settings."""

from typing import Any

import pytest

from trainstop.config import Config
from trainstop.evaluation import meaning


def config(task: str = "binary", data: Any = None, **evaluate: Any) -> Config:
    given = {"query": "q"} if task == "ranking" else {}
    return Config.model_validate(
        {"model": {"name": "m", "task": task}, "data": given | (data or {}), "evaluate": evaluate}
    )


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ({"positive": "0"}, "`data.positive` was `0`"),
        ({"target": "late"}, "`data.target` was `late`"),
        ({"id": "flight"}, "`data.id` was `flight`"),
        ({"task": "regression", "positive": ""}, "`model.task` was `regression`"),
        ({"target": "late", "positive": "no"}, "`data.target` was `late` and `data.positive` was `no`"),
        ({"threshold": 0.2, "method": "predict", "classes": ("0", "1")}, ""),
    ],
)
def test_a_table_is_read_otherwise_where_its_columns_meant_something_else(then: dict[str, Any], words: str) -> None:
    now = meaning.of_model(config())
    assert meaning.otherwise(now.model_copy(update=then), now) == words


def test_rows_that_had_no_name_are_said_to_have_had_none() -> None:
    now = meaning.of_model(config(data={"id": "flight"}))
    assert meaning.otherwise(now.model_copy(update={"id": ""}), now) == "`data.id` was not set"


@pytest.mark.parametrize("value", [1, True, "1"])
def test_one_positive_class_is_one_however_it_is_written(value: object) -> None:
    now = meaning.of_model(config())
    assert meaning.otherwise(meaning.of_model(config(data={"positive": value})), now) == ""


@pytest.mark.parametrize(
    ("task", "then", "now", "words"),
    [
        ("binary", {"threshold": 0.2}, {"threshold": 0.5}, "`evaluate.threshold` was `0.2`"),
        ("regression", {"threshold": 0.2}, {"threshold": 0.5}, ""),
        ("ranking", {"at": 5}, {"at": 10}, "`evaluate.at` was `5`"),
        ("forecast", {"quantiles": (0.1, 0.9)}, {"quantiles": (0.05, 0.95)}, "`evaluate.quantiles` was 0.1, 0.9"),
        ("forecast", {"quantiles": (0.9, 0.1)}, {"quantiles": (0.1, 0.9)}, ""),
        ("forecast", {}, {"quantiles": (0.1, 0.9)}, ""),
    ],
)
def test_numbers_were_computed_by_more_settings_than_a_table_is_read_by(
    task: str, then: dict[str, Any], now: dict[str, Any], words: str
) -> None:
    old, new = (meaning.of_model(config(task, **section)) for section in (then, now))
    assert meaning.otherwise(old, new, meaning.OF_NUMBERS) == words
    assert meaning.otherwise(old, new) == ""


def test_of_numbers_that_the_project_computed_nobody_knows_the_threshold() -> None:
    then, now = meaning.of_numbers(config(threshold=0.2)), meaning.of_model(config())
    assert meaning.otherwise(then, now, meaning.OF_NUMBERS) == ""


def test_what_no_record_says_is_no_difference() -> None:
    assert meaning.otherwise(None, meaning.of_model(config())) == ""


def test_a_table_of_the_project_s_own_was_no_model_s_answer() -> None:
    own = meaning.of_answers(config(predictions="p.csv"), row_id="", classes=("a", "b"))
    assert (own.method, own.classes) == ("", ("a", "b"))
    assert meaning.of_model(config()).method == "auto"
