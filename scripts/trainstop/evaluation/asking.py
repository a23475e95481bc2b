"""The candidate's answers to the evaluation data: a table that the project wrote, or what its model says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trainstop.config import Config
from trainstop.errors import InputError, TrainstopError
from trainstop.evaluation import meaning
from trainstop.evaluation.columns import gives_scores
from trainstop.fingerprint import evaluation_data
from trainstop.job import Job
from trainstop.ports.scoring import ScoreRequest
from trainstop.project_files import matching
from trainstop.records.judging import Answered
from trainstop.tables import predictions
from trainstop.tables.answers import ID
from trainstop.tables.predictions import PredictionsTable

MODEL = 2
"""Rung on which a model answers."""
GOLDEN_ROWS = 200
"""Rows that golden predictions are chosen from."""


@dataclass(frozen=True)
class Asked:
    """The candidate's answers.

    Attributes:
        rung: 1 for a table that the project wrote, 2 for what its model said.
        table: the answers.
        digest: of the evaluation data.
        answered: what the answers mean.

    """

    rung: Literal[1, 2]
    table: PredictionsTable
    digest: str
    answered: Answered


def project_table(job: Job) -> Asked:
    """Read the table that the project wrote, and keep it with the candidate."""
    config, bundle = job.config, job.workspace.candidate
    names = {"target": config.data.target, "row_id": config.data.id}
    path = job.workspace.project / config.evaluate.predictions
    table = predictions.read(path, names=names, keep=config.kept_columns, scores=gives_scores(config.model.task))
    table.write(bundle.predictions)
    _golden(job)
    row_id = "" if table.by_position else config.data.id or ID
    answered = meaning.of_answers(config, row_id=row_id, classes=table.score_classes)
    return Asked(1, table, evaluation_data(config, job.workspace.project) or table.digest(), answered)


def _golden(job: Job) -> None:
    """Ask the model, if there is one, for what its server must answer: the project's own table does not say it."""
    bundle, files = job.workspace.candidate, matching(job.workspace.project, job.config.data.evaluation)
    bundle.golden.unlink(missing_ok=True)
    if job.config.model.serving != "endpoint" or not files or not bundle.model.exists():
        return
    evaluate = job.config.evaluate
    request = ScoreRequest(
        bundle=bundle,
        tables=tuple(files),
        predictions=bundle.predictions,
        golden=bundle.golden,
        limit=GOLDEN_ROWS,
        memory=evaluate.memory_limit,
        timeout=evaluate.timeout,
    )
    try:
        job.ports.scorer.golden(request)
    except TrainstopError as error:
        job.ports.progress.note(f"no golden predictions, without which it cannot be deployed: {error.what}")


def scored(job: Job) -> Asked:
    """Ask the candidate for its answers to the evaluation data."""
    bundle, files = job.workspace.candidate, matching(job.workspace.project, job.config.data.evaluation)
    if not files:
        raise InputError(
            "there is no evaluation data",
            where=f"key `data.evaluation`: {', '.join(job.config.data.evaluation) or 'not set'}",
            fix="name the files, and make them (`data.prepare` does it in `trainstop train`)",
        )
    if not bundle.model.exists():
        raise InputError(
            "there is nothing to judge: no model, and neither a metrics file nor a predictions table is named",
            where=str(bundle.model),
            fix="run `trainstop train`, or set `evaluate.metrics-file` or `evaluate.predictions`",
        )
    job.ports.progress.note("candidate answers the evaluation data")
    said = job.ports.scorer.score(
        ScoreRequest(
            bundle=bundle,
            tables=tuple(files),
            predictions=bundle.predictions,
            golden=bundle.golden,
            method=job.config.evaluate.method,
            memory=job.config.evaluate.memory_limit,
            timeout=job.config.evaluate.timeout,
        )
    )
    answered = meaning.of_answers(job.config, row_id=job.config.data.id, classes=said.classes)
    return Asked(2, read(job.config, bundle.predictions), evaluation_data(job.config, job.workspace.project), answered)


def read(config: Config, path: Path, *, whole: bool = True) -> PredictionsTable:
    """Read a predictions table that we wrote, in which columns have our names already.

    Clusters, slices and groups come from the candidate's table (`whole`): a champion may be older than these settings.
    """
    return predictions.read(path, names={}, keep=config.kept_columns if whole else ())
