"""The other seeds' models asked about the same rows, so that what is judged is the code (`train.seeds`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trainstop.errors import InputError, TrainstopError
from trainstop.evaluation.asking import read
from trainstop.evaluation.champion import Champion
from trainstop.job import Job
from trainstop.judgement import answers, assembly
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.samples import Sample
from trainstop.judgement.seeds import Seeds, about_code
from trainstop.judgement.verdicts import Rules
from trainstop.ports.own_metrics import OwnMetricRequest
from trainstop.ports.scoring import ScoreRequest
from trainstop.project_files import matching
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import MetricResult
from trainstop.tables.answers import is_answer
from trainstop.tables.predictions import PredictionsTable

ABOUT_FILE = "slices, model tests and whatever is registered are about the model of seed 0"


@dataclass(frozen=True)
class Other:
    """Another seed's model: its answers to the candidate's rows, in their order."""

    seed: int
    table: PredictionsTable
    sample: Sample
    faults: tuple[str, ...]
    alike: bool
    """Whether it answers every row as the candidate does."""


def others_of(job: Job, table: PredictionsTable) -> tuple[Other, ...]:
    """Ask the models of the other seeds; none where one was trained.

    Raises:
        InputError: the candidate was not trained with so many, or one answers other rows.
        ProjectCodeError, TimeLimitError, UnavailableError: one could not be asked; the message names the seed.

    """
    count = job.config.train.seeds
    if count == 1:
        return ()
    bundle = job.workspace.candidate
    there = {path.name for path in bundle.seeds.iterdir()} if bundle.seeds.is_dir() else set[str]()
    if there != {str(seed) for seed in range(1, count)}:
        raise InputError(
            f"`train.seeds` is {count}, and the models of {len(there) + 1} seed{'s are' if there else ' is'} here",
            where=str(bundle.seeds),
            fix="run `trainstop train`; the other seeds' models do not travel to further jobs or into the registry",
        )
    return tuple(_other(job, table, seed) for seed in range(1, count))


def results_of(
    job: Job,
    results: Sequence[MetricResult],
    others: Sequence[Other],
    champion: Champion,
    rules: Rules,
    *,
    units: int,
) -> tuple[MetricResult, ...]:
    """Return results about the code, where there are several seeds; else what is there.

    Args:
        job: names the metrics.
        results: of the candidate's model.
        others: the other seeds' models.
        champion: its recorded seeds count where they answered the same data, judged by the same settings.
        rules: as the results were judged by.
        units: independent units in the data.

    """
    if not others:
        return tuple(results)
    baseline = champion.baseline
    seeds = Seeds(
        {result.name: (result.candidate.value, *_values(job, result.name, others)) for result in results},
        baseline.seeds if baseline else {},
        same_rows=champion.as_recorded,
    )
    return about_code(results, seeds, BY_TASK[job.config.model.task], rules, units)


def note(others: Sequence[Other]) -> str:
    """Say what the numbers are about, where there are several seeds."""
    if not others:
        return ""
    return f"every metric is the mean over the models of {len(others) + 1} seeds, so it is about the code; {ABOUT_FILE}"


def checks(others: Sequence[Other]) -> Iterator[Check]:
    """Yield whether the other seeds' answers can be judged, and whether the seeds make any difference."""
    if not others:
        return
    faults = [f"seed {other.seed}: {fault}" for other in others for fault in other.faults]
    count = len(others) + 1
    if faults:
        yield Check(name="seeds", status=CheckStatus.FAILED, value=count, reason="; ".join(faults[:5]))
    elif all(other.alike for other in others):
        reason = (
            f"the models of all {count} seeds answer every row alike: `train.command` seems to ignore TRAINSTOP_SEED, "
            "and if it does, nothing here tells how much another seed would change"
        )
        yield Check(name="seeds", status=CheckStatus.WARNED, value=count, reason=reason)
    else:
        yield Check(name="seeds", status=CheckStatus.PASSED, value=count, reason=f"{count} models of one code")


def _other(job: Job, table: PredictionsTable, seed: int) -> Other:
    """Ask one seed's model."""
    bundle = job.workspace.candidate.seed(seed)
    job.ports.progress.note(f"the model of seed {seed} answers the evaluation data")
    try:
        job.ports.scorer.score(
            ScoreRequest(
                bundle=bundle,
                tables=tuple(matching(job.workspace.project, job.config.data.evaluation)),
                predictions=bundle.predictions,
                method=job.config.evaluate.method,
                memory=job.config.evaluate.memory_limit,
                timeout=job.config.evaluate.timeout,
            )
        )
        found = read(job.config, bundle.predictions, whole=False)
        rows, reason = table.align(found, numeric=assembly.numeric(job.config))
        if rows is None:
            raise InputError(reason.replace("champion's", "other seed's"), where=found.where, fix="train again")
        same = table.answered_by(found, rows)
        sample = assembly.sample_of(job.config, same)
    except TrainstopError as error:
        raise type(error)(f"the model of seed {seed}: {error.what}", where=error.where, fix=error.fix) from error
    return Other(seed, same, answers.usable(sample), tuple(answers.faults(sample)), _alike(table, same))


def _alike(table: PredictionsTable, other: PredictionsTable) -> bool:
    """Say whether two tables of the same rows hold the same answers."""
    mine, theirs = (each.table.select(list(filter(is_answer, each.table.column_names))) for each in (table, other))
    return bool(mine.equals(theirs))


def _values(job: Job, name: str, others: Sequence[Other]) -> Iterator[float | None]:
    """Yield one metric of every other seed's model; None where it has no value."""
    metric = BY_TASK[job.config.model.task].get(name)
    for other in others:
        yield _value(metric, other.sample) if metric else _own_value(job, name, other)


def _value(metric: Metric, sample: Sample) -> float | None:
    """Return a metric, or None where it has no value."""
    if metric.missing(sample):
        return None
    with np.errstate(all="ignore"):
        value = float(metric.value(sample))
    return value if np.isfinite(value) else None


def _own_value(job: Job, name: str, other: Other) -> float | None:
    """Return a metric of the project's own, or None where it has no value."""
    section = job.config.metrics[name]
    found, _ = job.ports.own_metrics.measure(
        OwnMetricRequest(
            name=name,
            function=section.function,
            candidate=other.table.table,
            champion=None,
            groups=None,
            timeout=section.timeout,
        )
    )
    return float(found.value) if np.isfinite(found.value) else None
