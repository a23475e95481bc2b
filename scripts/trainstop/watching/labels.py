"""Performance of every watched metric: labelled answers against the version's evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.judgement import answers, assembly
from trainstop.judgement.assembly import AnswersTable
from trainstop.judgement.metrics import Metric
from trainstop.judgement.samples import Rows, Sample
from trainstop.records.watching import Signal
from trainstop.watching import performance
from trainstop.watching.budget import Budget
from trainstop.watching.lateness import SAME_WHATEVER_THE_MIX
from trainstop.watching.setup import metrics_of
from trainstop.watching.stretches import lengths


@dataclass(frozen=True)
class Answered:
    """Answers beside the truth.

    Attributes:
        table: the answers.
        clusters: what each row belongs to; None when rows are independent.
        periods: how many periods they are spread over, from the first to now; None of evaluation data.
        told: how many of the answered rows have their true answer, in words.
        chosen: why they seem not to be a fair sample of the answered rows; empty when they are. What depends on how
            many rows each class has is not judged then, and nothing else says more than look.

    """

    table: AnswersTable
    clusters: Rows | None
    periods: int | None = None
    told: str = ""
    chosen: str = ""


def performance_signals(
    config: Config,
    split: Budget,
    *,
    stretches: Mapping[str, Answered | str],
    evaluation: Answered | str,
    windows: Sequence[AnswersTable | None],
) -> list[Signal]:
    """Judge every watched metric over every stretch of time.

    Args:
        config: names metrics, tolerances and the least numbers.
        split: of the false alarms.
        stretches: labelled answers by the stretch in words ("" for all windows together), or why there are none.
        evaluation: the version's answers to its evaluation data, or why there are none.
        windows: labelled answers of each window, oldest first.

    """
    metrics = metrics_of(config)
    if all(isinstance(answered, str) for answered in stretches.values()):
        name = f"performance:{metrics[0].name}" if metrics else "performance"
        return [Signal(name=name, level="not enough data", reason=str(next(iter(stretches.values()))))]
    parts = [_sample(config, window) if window else "" for window in windows]
    points = {metric.name: [_point(metric, part) for part in parts] for metric in metrics}
    made = []
    for metric in metrics:
        for stretch, answered in stretches.items():
            found = performance.signal(
                metric,
                _measured(config, metric, answered),
                _measured(config, metric, evaluation),
                stretch=stretch,
                limit=_limit(config, metric),
                tail=split.per_metric_look,
                confidence=config.evaluate.confidence,
                windows=[] if stretch else points[metric.name],
            )
            made.append(found if isinstance(answered, str) else _told(found, answered))
    return made


def _told(found: Signal, answered: Answered) -> Signal:
    """Say which labels a verdict rests on; of ones that the answers seem to have chosen it is never to act."""
    chosen = answered.chosen if answered.chosen not in found.reason else ""
    level = "look" if chosen and found.level == "act" else found.level
    return found.model_copy(
        update={"level": level, "reason": "; ".join(filter(None, (found.reason, chosen, answered.told)))}
    )


def _point(metric: Metric, part: Sample | str) -> float | None:
    """Return the metric of a window, or None where it has none."""
    return None if isinstance(part, str) else performance.point(metric, part)


def _limit(config: Config, metric: Metric) -> performance.Limit:
    """Return what the project asks of a metric. A gate that is off draws no line, but its tolerance is one."""
    if metric.name not in config.gates:
        return performance.Limit()
    gate = config.gates[metric.name]
    value = (gate.min if metric.greater_is_better else gate.max) if gate.mode != "off" else None
    return performance.Limit(tolerance=gate.tolerance, gate=value, blocks=gate.mode == "block")


def _sample(config: Config, table: AnswersTable) -> Sample | str:
    """Return what can be judged of a table, or why nothing can: labels are no reason to overlook all else.

    A log keeps one number a row, so that of a forecast no quantile is asked for.
    """
    evaluate = config.evaluate.model_copy(update={"quantiles": ()})
    try:
        return answers.usable(assembly.sample_of(config.model_copy(update={"evaluate": evaluate}), table))
    except InputError as error:
        return error.what


def _measured(config: Config, metric: Metric, answered: Answered | str) -> performance.Measured | str:
    """Measure a metric, or say why it cannot be."""
    if isinstance(answered, str):
        return answered
    if answered.chosen and metric.name not in SAME_WHATEVER_THE_MIX:
        return answered.chosen
    sample = _sample(config, answered.table)
    if isinstance(sample, str):
        return sample
    pace = performance.Pace(answered.periods, config.data.period, lengths(config).longest) if answered.periods else None
    return performance.measure(metric, sample, answered.clusters, minimum=config.evaluate.minimum, pace=pace)
