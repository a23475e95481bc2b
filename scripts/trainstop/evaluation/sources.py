"""Where the champion's answers to the candidate's rows come from: its recorded table, or its model."""

from dataclasses import replace
from typing import Any

from trainstop.evaluation import meaning
from trainstop.evaluation.asking import MODEL, Asked, read
from trainstop.job import Job
from trainstop.ports.scoring import ScoreRequest
from trainstop.project_files import matching
from trainstop.records.judging import Answered, BaselinePart
from trainstop.tables.predictions import PredictionsTable

NAMELESS = "the evaluation data changed and nothing names its rows, so nobody knows which are the same: set `data.id`"


def answers_of(job: Job, baseline: BaselinePart, asked: Asked) -> PredictionsTable | str:
    """Return the champion's answers, or why they cannot be had.

    Recorded answers are taken where they are of the same data and mean the same; else its model is asked, if it can be.
    """
    then, now, bundle = baseline.answered, asked.answered, job.workspace.champion
    if then is not None and then.task != now.task:
        return f"the champion answers another question: {meaning.otherwise(then, now, ['task'])} when it was judged"
    there = baseline.has_predictions and bundle.predictions.exists()  # may be left out on their way between two jobs
    good = there and not meaning.unlike(then, now) and baseline.evaluation_data == asked.digest
    if baseline.has_model and asked.rung == MODEL and not good:
        return _scored(job, then)
    if reason := _unreadable(baseline, asked) if there else _unreachable(baseline):
        return reason
    return read(job.config, bundle.predictions, whole=False)


def _unreadable(baseline: BaselinePart, asked: Asked) -> str:
    """Say why recorded answers are none to today's rows, or none to today's question; empty when they are."""
    then, now = baseline.answered, asked.answered
    if changed := meaning.otherwise(then, now, ["positive"]):
        return f"the champion's scores are of another class: {changed} when it was judged"
    if baseline.evaluation_data == asked.digest:
        return ""
    if asked.rung == MODEL:
        return "the evaluation data changed since the champion was judged, and its model is not at hand to be asked"
    return "" if now.id and (then is None or then.id) else NAMELESS


def _unreachable(baseline: BaselinePart) -> str:
    """Say why there are no answers of the champion's."""
    if baseline.has_predictions:
        return "the champion's predictions were left out on their way here, and its model is not at hand to be asked"
    if baseline.has_model:
        return "the champion left no predictions, and its model is asked only where the candidate's is"
    return "the champion left neither predictions nor a model to ask"


def _scored(job: Job, then: Answered | None) -> PredictionsTable:
    """Ask the champion's model, in the way in which it was asked when it was judged; its bundle stays as it is.

    Which classes or quantiles its columns are is a matter of the model, whatever the data and the settings say today.
    """
    job.ports.progress.note("champion answers the evaluation data")
    out = job.workspace.scratch / "evaluate" / "champion.parquet"
    out.parent.mkdir(parents=True, exist_ok=True)
    evaluate = job.config.evaluate
    request = ScoreRequest(
        bundle=job.workspace.champion,
        tables=tuple(matching(job.workspace.project, job.config.data.evaluation)),
        predictions=out,
        method=evaluate.method,
        memory=evaluate.memory_limit,
        timeout=evaluate.timeout,
    )
    if then is not None and then.method:
        known: dict[str, Any] = {
            "method": then.method,
            "positive": then.positive,
            "classes": then.classes,
            "quantiles": then.quantiles,
        }
        request = replace(request, **known)
    try:
        job.ports.scorer.score(request)
        return read(job.config, out, whole=False)
    finally:
        out.unlink(missing_ok=True)
