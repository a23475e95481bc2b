"""Columns of the data that bear the name of an answer."""

from typing import Any

import pytest

from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.evaluation import columns


def config(task: str = "binary", data: Any = None, **sections: Any) -> Config:
    return Config.model_validate({"model": {"name": "m", "task": task}, "data": data or {}} | sections)


@pytest.mark.parametrize(
    ("task", "data"),
    [
        ("binary", {"slices": ["score"]}),
        ("binary", {"slices": [["day", "prediction"]]}),
        ("binary", {"slices": ["score_1"]}),
        ("multiclass", {"slices": ["score_band"]}),
        ("multiclass", {"cluster": "score_band"}),
        ("ranking", {"query": "score"}),
        ("forecast", {"slices": ["q_0.5"]}),
        ("regression", {"slices": ["target"], "target": "delay"}),
    ],
)
def test_a_slice_by_an_answer_s_name_is_refused_with_its_key(task: str, data: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="a predictions table has something else under the name") as error:
        columns.refuse_taken(config(task, data))
    assert error.value.where.startswith("key `data.")


@pytest.mark.parametrize(
    ("task", "data"),
    [
        ("binary", {"slices": ["score_band", "q_0.5"], "cluster": "day"}),
        ("regression", {"slices": ["target", "score"]}),
        ("forecast", {"cluster": "score"}),
        ("ranking", {"query": "q", "target": "score"}),
        ("multiclass", {"slices": ["scores"]}),
    ],
)
def test_a_column_that_is_no_answer_of_the_task_may_be_called_so(task: str, data: dict[str, Any]) -> None:
    columns.refuse_taken(config(task, data))


def test_a_table_of_the_project_s_own_may_have_its_rows_named_as_ours_are() -> None:
    columns.refuse_taken(config("binary", {"cluster": "row_id"}, evaluate={"predictions": "p.csv"}))
    with pytest.raises(ConfigurationError):
        columns.refuse_taken(config("binary", {"cluster": "row_id"}))


def test_an_own_metric_may_name_the_answers_of_a_table_that_the_project_wrote() -> None:
    metrics = {"cost": {"function": "m:cost", "columns": ["score"]}}
    columns.refuse_taken(config(metrics=metrics, evaluate={"predictions": "p.csv"}))
    with pytest.raises(ConfigurationError):
        columns.refuse_taken(config(metrics=metrics))
