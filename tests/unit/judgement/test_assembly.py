"""From a table and the configuration to what is judged."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.judgement import assembly


@dataclass
class Column:
    codes: Any
    names: tuple[str, ...]


@dataclass
class Table:
    labels: dict[str, Column] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    where: str = "p.parquet"
    score_classes: tuple[str, ...] = ()

    def spelling(self, value: object) -> str:
        return str(value)

    def has(self, name: str) -> bool:
        return name in self.labels or name in self.values

    def numbers(self, name: str) -> Any:
        return np.array(self.values[name])

    def coded(self, name: str) -> Column:
        return self.labels[name]


def config(task: str = "binary", **sections: Any) -> Config:
    return Config.model_validate({"model": {"name": "m", "task": task}} | sections)


TARGET = Column(np.array([0, 1, 1]), ("0", "1"))


@pytest.mark.parametrize("name", ["score", "score_1"])
def test_a_binary_score_may_be_named_after_its_class(name: str) -> None:
    sample = assembly.sample_of(config(), Table({"target": TARGET}, {name: [0.1, 0.6, 0.4]}))
    assert sample.target.tolist() == [False, True, True]
    assert sample.prediction is not None
    assert sample.prediction.tolist() == [False, True, False]


def test_the_project_s_threshold_cuts() -> None:
    table = Table({"target": TARGET}, {"score": [0.1, 0.6, 0.4]})
    sample = assembly.sample_of(config(evaluate={"threshold": 0.3}), table)
    assert sample.prediction is not None
    assert sample.prediction.tolist() == [False, True, True]


def test_a_positive_value_that_is_not_in_the_data_leaves_the_wrong_number_of_others() -> None:
    with pytest.raises(InputError, match="the task is binary") as error:
        assembly.sample_of(config(data={"positive": "yes"}), Table({"target": TARGET}, {"score": [0.1, 0.6, 0.4]}))
    assert "data.positive" in error.value.fix


def test_regression_needs_a_prediction() -> None:
    with pytest.raises(InputError, match="no column `prediction`"):
        assembly.sample_of(config("regression"), Table(values={"target": [1.0]}))


def test_rules_follow_the_configuration_and_leave_out_gates_that_are_off() -> None:
    gates = {"auc": {"tolerance": 0.1}, "f1": {"tolerance": 0.2, "mode": "off"}, "brier": {"max": 1.0}}
    rules = assembly.rules_of(config(gates=gates, data={"cluster": "day"}, evaluate={"seed": 7, "confidence": 0.9}))
    assert rules.tolerances == {"auc": 0.1}
    assert (rules.unit, rules.seed, rules.confidence) == ("clusters of `day`", 7, 0.9)
    assert assembly.rules_of(config()).unit == "rows"
