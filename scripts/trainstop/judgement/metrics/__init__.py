"""The metrics trainstop computes, by task. A new one is a `Metric` in its group's file, and nothing else."""

from trainstop.judgement.metrics import binary, calibration, decisions, forecast, multiclass, ranking, regression
from trainstop.judgement.metrics.base import Metric
from trainstop.judgement.samples import Task

BY_TASK: dict[Task, dict[str, Metric]] = {
    "binary": {metric.name: metric for metric in (*binary.METRICS, *decisions.METRICS, *calibration.METRICS)},
    "multiclass": {metric.name: metric for metric in multiclass.METRICS},
    "regression": {metric.name: metric for metric in regression.METRICS},
    "ranking": {metric.name: metric for metric in ranking.METRICS},
    "forecast": {metric.name: metric for metric in forecast.METRICS},
}
"""Metrics of each task by name, in the order they are shown."""

__all__ = ["BY_TASK", "Metric"]
