"""Labelled answers of production beside a version's evaluation, of every task."""

import numpy as np
import pyarrow as pa

from trainstop.config import Config
from trainstop.tables.predictions import PredictionsTable
from trainstop.watching.budget import Budget
from trainstop.watching.labels import Answered, performance_signals

SPLIT = Budget(total=0.1, drift_columns=2, metrics=1, shares=5, windows_a_year=52)


def answered(seed: int, *, error: float = 1.0, quantiles: bool = False) -> PredictionsTable:
    """Return answers that are wrong by so much, as a log has them or with the quantiles of an evaluation."""
    truth = np.random.default_rng(seed).normal(size=400)
    columns = {"row_id": np.arange(400), "target": truth, "prediction": truth + error * np.resize([1.0, -1.0], 400)}
    beside = {"q_0.1": columns["prediction"] - 1, "q_0.5": columns["prediction"], "q_0.9": columns["prediction"] + 1}
    return PredictionsTable(pa.table(columns | (beside if quantiles else {})), "here")


def test_a_forecast_is_judged_by_the_one_number_that_a_log_keeps() -> None:
    config = Config.model_validate(
        {
            "model": {"name": "m", "task": "forecast"},
            "evaluate": {"quantiles": [0.1, 0.5, 0.9]},
            "gates": {"mae": {"tolerance": 0.1}},
        }
    )
    evaluation = Answered(answered(1, quantiles=True), None)
    levels = {}
    for error in (1.0, 2.0):
        now = Answered(answered(2, error=error), None)
        found = performance_signals(config, SPLIT, stretches={"": now}, evaluation=evaluation, windows=[])
        levels |= {(signal.name, error): signal.level for signal in found}
    assert levels == {("performance:mae", 1.0): "quiet", ("performance:mae", 2.0): "act"}
