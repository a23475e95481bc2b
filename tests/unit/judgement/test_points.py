"""Bare numbers beside the champion's recorded ones."""

import math
from typing import Any

import pytest

from trainstop.config.judging import GateSection
from trainstop.errors import ConfigurationError
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.points import judge_points
from trainstop.records.judging import MetricResult


def one(name: str, value: float, champion: dict[str, float] | None = None, **gate: Any) -> MetricResult:
    gates = {name: GateSection(**gate)} if gate else {}
    return judge_points({name: value}, champion, gates, "binary")[0]


def test_without_a_champion_there_is_a_point_and_nothing_else() -> None:
    found = one("auc", 0.7)
    assert (found.candidate.value, found.candidate.interval, found.comparison) == (0.7, None, None)
    assert found.greater_is_better is True


def test_points_are_set_beside_the_champion_s_and_no_word_is_said() -> None:
    found = one("log_loss", 0.5, {"log_loss": 0.4}, tolerance=0.05)
    assert found.comparison is not None
    assert found.comparison.difference == pytest.approx(-0.1)
    assert found.comparison.word is None
    assert "nobody knows how sure" in found.comparison.reason


def test_a_metric_the_champion_lacks_is_not_compared() -> None:
    found = one("auc", 0.5, {"other": 0.4})
    assert found.comparison is not None
    assert found.comparison.difference is None


@pytest.mark.parametrize(("name", "value"), [("auc", 1.2), ("auc", -0.1), ("log_loss", -1e-9)])
def test_what_a_metric_cannot_be_has_no_value(name: str, value: float) -> None:
    assert one(name, value).candidate.value is None
    assert "it lies" in one(name, value).candidate.reason


@pytest.mark.parametrize(("task", "name"), [(task, name) for task, metrics in BY_TASK.items() for name in metrics])
def test_a_file_may_hold_every_metric_that_there_is(task: Any, name: str) -> None:
    assert judge_points({name: 0.25}, None, {}, task)[0].candidate.value == 0.25


@pytest.mark.parametrize("name", ["mcc", "kappa"])
def test_a_correlation_lies_between_its_ends(name: str) -> None:
    task: Any = "binary" if name == "mcc" else "multiclass"
    assert judge_points({name: -0.5}, None, {}, task)[0].candidate.value == -0.5
    assert judge_points({name: -1.5}, None, {}, task)[0].candidate.reason.endswith("it lies between -1 and 1")


def test_a_metric_of_the_project_s_own_may_be_anything() -> None:
    assert one("profit", -7.0).candidate.value == -7.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_has_no_value(value: float) -> None:
    found = one("auc", value, {"auc": 0.4})
    assert found.candidate.value is None
    assert found.candidate.reason == f"the file says {value}"
    assert found.comparison is not None
    assert found.comparison.difference is None


def test_the_direction_comes_from_the_project_then_from_us_then_from_the_only_limit() -> None:
    assert one("auc", 0.5, greater_is_better=False, min=0.1).greater_is_better is False
    assert one("brier", 0.5).greater_is_better is False
    assert one("profit", 0.5, min=0.1).greater_is_better is True
    assert one("regret", 0.5, max=0.9, tolerance=0.1).greater_is_better is False
    assert one("profit", 0.5).greater_is_better is None


def test_a_comparison_without_a_direction_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nothing says whether more"):
        one("profit", 0.5, {"profit": 0.4}, tolerance=0.1)


@pytest.mark.parametrize("more", [True, False])
def test_the_direction_of_a_metric_of_the_project_s_own_is_that_of_its_section(more: bool) -> None:
    gates = {"cost": GateSection(tolerance=0.1)}
    found = judge_points({"cost": 3.0}, {"cost": 1.0}, gates, "binary", own={"cost": more})[0]
    assert found.comparison is not None
    assert (found.greater_is_better, found.comparison.difference) == (more, 2.0 if more else -2.0)


def test_why_there_is_no_number_of_the_champion_s_is_said() -> None:
    found = judge_points({"auc": 0.5}, {}, {}, "binary", lacking="it was judged on other data")[0]
    assert found.comparison is not None
    assert found.comparison.reason == "it was judged on other data"
