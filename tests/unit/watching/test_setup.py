"""What is watched by labels is what the project names, and what it names must exist."""

import pytest

from trainstop.config import Config
from trainstop.drift.profile import Profile
from trainstop.errors import ConfigurationError
from trainstop.watching.setup import metrics_of, split_of


def config(*names: str, **gates: object) -> Config:
    return Config.model_validate(
        {"model": {"name": "m", "task": "binary"}, "gates": gates, "monitor": {"metrics": names}}
    )


def test_the_named_metrics_are_watched_whatever_has_a_gate():
    assert [metric.name for metric in metrics_of(config("auc", log_loss={"max": 0.6}))] == ["auc"]


def test_the_gated_metrics_are_watched_when_none_is_named():
    assert [metric.name for metric in metrics_of(config(log_loss={"max": 0.6}))] == ["log_loss"]


def test_a_metric_that_the_task_does_not_have_is_refused():
    with pytest.raises(ConfigurationError, match="`rmse`") as caught:
        metrics_of(config("rmse"))
    assert "auc" in caught.value.fix


def test_every_share_that_is_watched_has_its_part_of_the_budget():
    nothing = Profile(time="", period="week", starts=(None,), rows=(1,), columns=())
    # The answers that say nothing; requests that failed or were refused, and those of others that failed.
    assert split_of(config("auc"), nothing).shares == 1 + 3
