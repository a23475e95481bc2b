"""The champion's answers to the candidate's rows: the recorded ones where they are of the same data, else asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trainstop.drift.hindsight import hindsight
from trainstop.drift.profile import Profile
from trainstop.errors import InputError, TrainstopError
from trainstop.evaluation import changes
from trainstop.evaluation.asking import read
from trainstop.job import Job
from trainstop.judgement import answers, assembly
from trainstop.judgement.samples import Sample
from trainstop.ports.scoring import ScoreRequest
from trainstop.project_files import matching
from trainstop.records import Results
from trainstop.records.judging import BaselinePart, Changes
from trainstop.records.training import TrainPart
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.profiling import periods_of

NO_BASELINE = "`trainstop baseline` has not run, so there is no champion to compare with"
NO_CHAMPION = "there is no champion yet"
NUMBERS_ONLY = "of the champion only the recorded numbers are at hand"
NOBODY_KNOWS = "so nobody knows how sure the difference is"
OTHER_DATA = "and they are of other evaluation data"
MODEL = 2
"""Rung on which a model answers."""


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
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Its metrics as they were recorded on the same data, where no more of it is at hand."""
    alone: str = ""
    """Why there is none."""


def answers_of(job: Job, table: PredictionsTable, digest: str, rung: int) -> Champion:
    """Return the champion's answers to the same rows: the recorded ones where they are, else asked for now."""
    baseline, alone = baseline_of(job)
    if baseline is None:
        return Champion(alone=alone)
    if baseline.numbers_only:
        comparable = baseline.evaluation_data == digest
        reason = f"{NUMBERS_ONLY}, {NOBODY_KNOWS if comparable else OTHER_DATA}"
        numbers = baseline.metrics if comparable else {}
        return Champion(baseline.version, baseline, reason=reason, numbers=numbers)
    try:
        other = _known_beforehand(job, rung) or _answers(job, baseline, digest, rung)
        if isinstance(other, str):
            return Champion(baseline.version, baseline, reason=other)
        rows, reason = table.align(other, numeric=assembly.numeric(job.config))
        reason = reason or _other_quantiles(job, table, other)
        if rows is None or reason:
            return Champion(baseline.version, baseline, reason=reason)
        same = table.answered_by(other, rows)
        sample = answers.usable(assembly.sample_of(job.config, same))
        return Champion(baseline.version, baseline, sample=sample, table=same)
    except TrainstopError as error:
        return Champion(baseline.version, baseline, reason=f"the champion could not be judged: {error.what}")


def _other_quantiles(job: Job, table: PredictionsTable, champion: PredictionsTable) -> str:
    """Say that the champion forecasts other quantiles: a score over more of them is another score; empty when not."""
    if job.config.model.task != "forecast" or job.config.evaluate.quantiles:
        return ""
    own, other = (", ".join(f"q_{level:g}" for level in sorted(each.quantiles)) for each in (table, champion))
    if own == other:
        return ""
    return (
        f"the champion gives other quantiles ({other or 'none'}) than the candidate ({own or 'none'}): name those that "
        "both have in evaluate.quantiles"
    )


def _answers(job: Job, baseline: BaselinePart, digest: str, rung: int) -> PredictionsTable | str:
    """Return the champion's answers, or why they cannot be had."""
    there = job.workspace.champion.predictions.exists()  # they may have been left out on their way between two jobs
    if baseline.has_predictions and there and (rung < MODEL or baseline.evaluation_data == digest):
        return read(job.config, job.workspace.champion.predictions, whole=False)
    if baseline.has_model and rung == MODEL:
        return _scored(job)
    return _unreachable(baseline, there=there)


def _known_beforehand(job: Job, rung: int) -> str:
    """Say that the champion was trained on the time it would be judged on, as a retrained one is; empty when not."""
    data, workspace = job.config.data, job.workspace
    profiles = (workspace.champion.profile, workspace.candidate.profile)
    if rung < MODEL or not data.time or not all(path.exists() for path in profiles):
        return ""
    try:
        champion, candidate = map(Profile.read, profiles)
        evaluation = periods_of(matching(workspace.project, data.evaluation), time=data.time, period=champion.period)
    except InputError:  # of data without a readable time nobody knows
        return ""
    found = hindsight(evaluation, champion, candidate)
    if found is None or not found.matters:
        return ""
    return (
        f"the champion was trained on the time of {found.rows:,} of these {found.of:,} rows "
        f"({champion.period}s from {found.first} to {found.last}), and the candidate was not"
    )


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


def changes_of(job: Job, champion: int | None) -> Changes | None:
    """Compare the candidate's training with the champion's, where both are on record."""
    try:
        now, before = job.results.find(TrainPart), Results(job.workspace.champion.records).find(TrainPart)
    except InputError:
        return None
    if champion is None or now is None or before is None or now.part is None or before.part is None:
        return None
    return changes.between(before.part, now.part)
