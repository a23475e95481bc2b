"""The champion's answers to the candidate's rows: the recorded ones where they are of the same data, else asked for."""

from dataclasses import dataclass

from trainstop.errors import TrainstopError
from trainstop.evaluation.asking import read
from trainstop.fingerprint import matching
from trainstop.job import Job
from trainstop.judgement import answers, assembly
from trainstop.judgement.samples import Sample
from trainstop.ports.scoring import ScoreRequest
from trainstop.records.judging import BaselinePart
from trainstop.tables.predictions import PredictionsTable

NO_BASELINE = "`trainstop baseline` has not run, so there is no champion to compare with"
NO_CHAMPION = "there is no champion yet"


@dataclass(frozen=True)
class Champion:
    """The champion's answers in the order of the candidate's rows, or why there are none."""

    version: int | None = None
    baseline: BaselinePart | None = None
    """What `baseline` found out about it."""
    sample: Sample | None = None
    table: PredictionsTable | None = None
    """The candidate's rows with its answers."""
    reason: str = ""
    """Why it cannot be compared although there is one."""
    alone: str = ""
    """Why there is none."""


def answers_of(job: Job, table: PredictionsTable, digest: str, rung: int) -> Champion:
    """Return the champion's answers to the same rows: the recorded ones where they are, else asked for now."""
    baseline, alone = baseline_of(job)
    if baseline is None:
        return Champion(alone=alone)
    recorded = (
        baseline.has_predictions
        and (rung == 1 or baseline.evaluation_data == digest)
        and job.workspace.champion.predictions.exists()  # they may have been left out on their way between two jobs
    )
    try:
        if recorded:
            other = read(job.config, job.workspace.champion.predictions, whole=False)
        elif baseline.has_model and rung == 2:
            other = _scored(job)
        else:
            there = job.workspace.champion.predictions.exists()
            return Champion(baseline.version, baseline, reason=_unreachable(baseline, there=there))
        rows, reason = table.align(other, numeric=assembly.numeric(job.config))
        if rows is None:
            return Champion(baseline.version, baseline, reason=reason)
        same = table.answered_by(other, rows)
        sample = answers.usable(assembly.sample_of(job.config, same))
        return Champion(baseline.version, baseline, sample=sample, table=same)
    except TrainstopError as error:
        return Champion(baseline.version, baseline, reason=f"the champion could not be judged: {error.what}")


def _unreachable(baseline: BaselinePart, *, there: bool) -> str:
    """Say why the champion's answers to these rows cannot be had."""
    if baseline.has_predictions and not there:
        return "the champion's predictions were left out on their way here, and its model is not at hand to be asked"
    if baseline.has_predictions:
        return "the evaluation data changed since the champion was judged, and its model is not at hand to be asked"
    return "the champion left neither predictions nor a model to ask"


def _scored(job: Job) -> PredictionsTable:
    """Ask the champion's model; its own bundle stays as it was fetched."""
    job.ports.progress.note("champion answers the evaluation data")
    out = job.workspace.scratch / "evaluate" / "champion.parquet"
    out.parent.mkdir(parents=True, exist_ok=True)
    request = ScoreRequest(
        bundle=job.workspace.champion,
        tables=tuple(matching(job.workspace.project, job.config.data.evaluation)),
        predictions=out,
        method=job.config.evaluate.method,
        memory=job.config.evaluate.memory_limit,
        timeout=job.config.evaluate.timeout,
    )
    try:
        job.ports.scorer.score(request)
        return read(job.config, out, whole=False)
    finally:
        out.unlink(missing_ok=True)


def baseline_of(job: Job) -> tuple[BaselinePart | None, str]:
    """Return what `baseline` fetched, or why there is nothing to compare with."""
    record = job.results.find(BaselinePart)
    if record is None or record.part is None:
        return None, NO_BASELINE
    return (record.part, "") if record.part.version is not None else (None, NO_CHAMPION)
