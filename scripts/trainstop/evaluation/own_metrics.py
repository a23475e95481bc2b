"""The project's own metrics, asked of its functions and judged like the others."""

from collections.abc import Iterator

from trainstop.evaluation.champion import Champion
from trainstop.job import Job
from trainstop.judgement import own_metrics
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.ports.own_metrics import OwnMetricRequest, OwnMetricValues
from trainstop.records.judging import MetricResult
from trainstop.tables.predictions import PredictionsTable


def judged(job: Job, table: PredictionsTable, champion: Champion, pair: Pair, rules: Rules) -> Iterator[MetricResult]:
    """Yield the project's own metrics, judged like the others."""
    config = job.config
    groups, _, units = own_metrics.deal(len(table), pair.clusters, seed=rules.seed)
    for name, section in config.metrics.items():
        candidate, other = job.ports.own_metrics.measure(
            OwnMetricRequest(
                name=name,
                function=section.function,
                candidate=table.table,
                champion=champion.table.table if champion.table else None,
                groups=groups if units >= rules.minimum else None,
                timeout=section.timeout,
            )
        )
        yield own_metrics.judge(
            name,
            config.model.task,
            _replicates(candidate),
            _replicates(other) if other else None,
            greater_is_better=section.greater_is_better,
            units=units,
            rules=rules,
        )


def _replicates(values: OwnMetricValues) -> own_metrics.Replicates:
    """Return what a function returned, as judgement knows it."""
    return own_metrics.Replicates(values.value, values.without, values.reason)
