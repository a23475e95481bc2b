"""The candidate's answers to the evaluation data: a table that the project wrote, or what its model says."""

from pathlib import Path
from typing import Literal

from trainstop.config import Config
from trainstop.errors import InputError, TrainstopError
from trainstop.fingerprint import evaluation_data
from trainstop.job import Job
from trainstop.ports.scoring import ScoreRequest
from trainstop.project_files import matching
from trainstop.tables import predictions
from trainstop.tables.predictions import PredictionsTable

GOLDEN_ROWS = 200
"""Rows that golden predictions are chosen from."""


def project_table(job: Job) -> tuple[Literal[1], PredictionsTable, str]:
    """Read the table that the project wrote, and keep it with the candidate."""
    config, bundle = job.config, job.workspace.candidate
    table = read(config, job.workspace.project / config.evaluate.predictions)
    table.write(bundle.predictions)
    _golden(job)
    return 1, table, evaluation_data(config, job.workspace.project) or table.digest()


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


def scored(job: Job) -> tuple[Literal[2], PredictionsTable, str]:
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
    job.ports.scorer.score(
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
    return 2, read(job.config, bundle.predictions), evaluation_data(job.config, job.workspace.project)


def read(config: Config, path: Path, *, whole: bool = True) -> PredictionsTable:
    """Read a predictions table by the configuration's column names.

    Clusters, slices and groups come from the candidate's table (`whole`): a champion may be older than these settings.
    """
    names = {"target": config.data.target, "row_id": config.data.id}
    return predictions.read(path, names=names, keep=config.kept_columns if whole else ())
