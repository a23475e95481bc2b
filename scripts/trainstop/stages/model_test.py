"""`model-test`: does the model load in a clean place, repeat itself, beat a constant answer, and answer in time?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import Table, parquet

from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError
from trainstop.fingerprint import matching
from trainstop.job import Job
from trainstop.judgement import dummy
from trainstop.labels import spelling
from trainstop.modeltests import fairness, leakage
from trainstop.ports.scoring import ScoreRequest, ScoreResult
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import ModelTestPart
from trainstop.records.training import TrainPart
from trainstop.tables.predictions import PredictionsTable
from trainstop.training.kept import discarding

SINGLE_ROWS = 200
SAME = 1e-6
"""Two answers to the same row that differ by less (relative or absolute) are the same."""


@dataclass(frozen=True)
class Answers:
    """A predictions table and what is asked of it."""

    table: Table
    result: ScoreResult

    @property
    def answer_columns(self) -> list[str]:
        """The columns that hold what the model said, as numbers where there are any."""
        if "score" in self.table.column_names:
            return ["score"]
        if quantiles := PredictionsTable(self.table, "").quantiles:
            return list(quantiles.values())
        return [f"score_{name}" for name in self.result.classes] or ["prediction"]


def run(job: Job) -> Result[ModelTestPart]:
    """Test the candidate's model.

    Raises:
        InputError: there is no candidate or no evaluation data, or a column is missing.
        TimeLimitError: loading and answering took too long.
        UnavailableError: the model's environment cannot be made.

    """
    if not job.workspace.candidate.model.is_dir():
        return _without_model(job)
    tables = matching(job.workspace.project, job.config.data.evaluation)
    if not tables:
        raise InputError(
            "there is no evaluation data to ask the model about",
            where=f"{job.workspace.project}, key `data.evaluation`",
            fix="correct the glob, or run `trainstop train`, which prepares the data",
        )
    with discarding(job.workspace) as room:
        try:
            answers = _ask(job, tables, room / "clean.parquet", clean=True)
            earlier = _earlier(job, answers.table) or _ask(job, tables, room / "again.parquet", clean=False).table
        except ProjectCodeError as error:
            check = Check(name="answers", status=CheckStatus.FAILED, reason=f"{error.what} ({error.fix})")
            return conclude([check], ModelTestPart())
        fair, groups = fairness.judged(job, room / "clean.parquet")
    leaks = leakage.judged(job, answers.result.inputs)
    checks = [*_checks(job.config, answers, earlier), *fair, *leaks]
    return conclude(checks, _part(answers.result).model_copy(update={"fairness": groups}))


def _without_model(job: Job) -> Result[ModelTestPart]:
    """Skip where the project hands over no model; else its absence is a mistake."""
    if not job.results.part(TrainPart).found and job.workspace.candidate.run.is_file():
        reason = "the project hands over metrics or predictions, and no model"
        fair, groups = fairness.judged(job)
        found = [*fair, *leakage.judged(job, None)]
        looked = any(check.status is not CheckStatus.SKIPPED for check in found)
        checks = [Check(name="model", status=CheckStatus.SKIPPED, reason=reason), *found]
        part = ModelTestPart(fairness=groups) if looked or groups else None
        return conclude(checks, part, reason="" if looked else reason)
    raise InputError(
        "there is no candidate", where=str(job.workspace.candidate.root), fix="run `trainstop train` first"
    )


def _ask(job: Job, tables: Sequence[Path], out: Path, *, clean: bool) -> Answers:
    """Ask the model about evenly spread rows."""
    section = job.config.model_test
    result = job.ports.scorer.score(
        ScoreRequest(
            bundle=job.workspace.candidate,
            tables=tuple(tables),
            predictions=out,
            method=job.config.evaluate.method,
            clean=clean,
            limit=None if job.config.model.task == "ranking" else section.rows,
            single_rows=SINGLE_ROWS if clean else 0,
            timeout=section.timeout,
        )
    )
    return Answers(parquet.read_table(out), result)


def _earlier(job: Job, asked: Table) -> Table | None:
    """Return what `evaluate` was answered to the same rows, or None where it has not asked about all of them."""
    path = job.workspace.candidate.predictions
    if not path.is_file():
        return None
    earlier = parquet.read_table(path)
    place = {row: index for index, row in enumerate(earlier["row_id"].to_pylist())}
    wanted = [place.get(row) for row in asked["row_id"].to_pylist()]
    same_columns = set(asked.column_names) <= set(earlier.column_names)
    return earlier.take(wanted) if same_columns and None not in wanted else None


def _checks(config: Config, answers: Answers, earlier: Table) -> list[Check]:
    """Return everything that is looked at."""
    result = answers.result
    loads = Check(
        name="loads",
        status=CheckStatus.PASSED,
        value=result.load_seconds,
        limit=config.model_test.timeout,
        reason=f"in an environment made anew from its lock, in {result.load_seconds:.1f} s",
    )
    finite = Check(
        name="finite", status=CheckStatus.PASSED, value=0.0, limit=0.0, reason=f"{result.rows} rows answered"
    )
    return [
        loads,
        finite,
        _repeats(answers, earlier),
        _varies(answers),
        _beats_constant(config, answers),
        _latency(config, result),
    ]


def _repeats(answers: Answers, earlier: Table) -> Check:
    """Compare the answers with the earlier ones to the same rows."""
    largest, differing = 0.0, 0
    for name in answers.answer_columns:
        now, then = answers.table[name].to_numpy(), earlier[name].to_numpy()
        if now.dtype.kind == "f" and then.dtype.kind == "f":
            apart = ~np.isclose(now, then, rtol=SAME, atol=SAME)
            largest = max(largest, float(np.abs(now - then).max()))
        else:
            apart = now.astype(str) != then.astype(str)
        differing = max(differing, int(apart.sum()))
    reason = f"{differing} of {len(answers.table)} rows were answered differently the second time"
    status = CheckStatus.FAILED if differing else CheckStatus.PASSED
    return Check(name="repeats", status=status, value=largest, limit=SAME, reason=reason)


def _varies(answers: Answers) -> Check:
    """See whether the answers depend on the rows at all."""
    rows = len(answers.table)
    distinct = max(len(answers.table[name].unique()) for name in answers.answer_columns)
    if rows < 2:
        status, reason = CheckStatus.INCONCLUSIVE, "one row cannot show whether the answer depends on it"
    elif distinct < 2:
        status, reason = CheckStatus.FAILED, f"all {rows} rows got the same answer"
    else:
        status, reason = CheckStatus.PASSED, f"{distinct} different answers to {rows} rows"
    return Check(name="varies", status=status, value=float(distinct), limit=2.0, reason=reason)


def _beats_constant(config: Config, answers: Answers) -> Check:
    """Compare the model's loss with that of the best constant answer."""
    name = "beats-dummy"
    if not config.model_test.beats_dummy:
        return Check(name=name, status=CheckStatus.SKIPPED, reason="`model-test.beats-dummy` is off")
    labelled = answers.table.filter(answers.table["target"].is_valid())
    truth = [spelling(value) for value in labelled["target"].to_pylist()]
    if len(set(truth)) < 2:
        reason = f"the {len(truth)} rows with a true answer do not differ in it"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, reason=reason)
    against = _against(config, labelled, truth, answers.result.classes)
    if not len(against.model):
        reason = "no query has two rows or more with a true answer, one of them relevant"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, reason=reason)
    clusters = _clusters(config, labelled)
    gained = dummy.gain(
        against,
        clusters if against.rows is None else clusters[against.rows],
        confidence=config.evaluate.confidence,
        minimum=config.evaluate.minimum,
    )
    model, constant = float(against.model.mean()), float(against.constant.mean())
    words = f"{against.loss} {model:.4g} against {constant:.4g} of {against.named}"
    if gained.value <= 0 and (against.ranks_well or 0.0) > 0.5:
        status = CheckStatus.WARNED
        words += f"; it ranks better than chance (AUC {against.ranks_well:.3f}), but its scores are no probabilities"
    elif gained.value <= 0:
        status = CheckStatus.FAILED
    elif gained.interval is None or gained.interval[0] <= 0:
        status = CheckStatus.WARNED
        words += "; these rows are too few to be sure"
    else:
        status = CheckStatus.PASSED
    return Check(name=name, status=status, value=model, limit=constant, reason=words)


def _against(config: Config, table: Table, truth: list[str], classes: Sequence[str]) -> dummy.Against:
    """Return the losses of the model and of a constant."""
    if config.model.task == "regression":
        return dummy.of_numbers(_floats(table["target"]), _floats(table["prediction"]))
    if config.model.task == "ranking":
        query = PredictionsTable(table, "").coded(config.data.query).codes
        return dummy.of_rankings(query, _floats(table["target"]), _floats(table["score"]))
    if config.model.task == "forecast":
        columns = PredictionsTable(table, "").quantiles
        said = np.column_stack([_floats(table[name]) for name in columns.values()])
        return dummy.of_quantiles(_floats(table["target"]), said, tuple(columns))
    if config.model.task == "binary":
        positive = spelling(config.data.positive)
        score = _floats(table["score"])
        labels = ["positive" if value == positive else "negative" for value in truth]
        return dummy.of_scores(labels, ("negative", "positive"), np.column_stack([1 - score, score]))
    if unknown := sorted(set(truth) - set(classes)):
        raise InputError(
            f"the evaluation data has classes that the model does not know: {', '.join(unknown[:5])}",
            where="`data.target`",
            fix="train on data with every class, or leave these rows out",
        )
    return dummy.of_scores(truth, classes, np.column_stack([_floats(table[f"score_{name}"]) for name in classes]))


def _clusters(config: Config, table: Table) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the number of each row's cluster."""
    if not config.data.cluster:
        return np.arange(len(table), dtype=np.intp)
    names = [str(value) for value in table[config.data.cluster].to_pylist()]
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def _latency(config: Config, result: ScoreResult) -> Check:
    """Compare single-row calls with the limit."""
    limit = config.model_test.latency_p95
    p95 = _percentile(result, 95)
    if p95 is None:
        return Check(name="latency", status=CheckStatus.INCONCLUSIVE, limit=limit, reason="no single row was asked")
    reason = f"95 of 100 calls took at most {p95 * 1000:.1f} ms ({len(result.single_row_seconds)} calls)"
    if limit is None:
        return Check(name="latency", status=CheckStatus.SKIPPED, value=p95, reason=f"{reason}; no limit is set")
    status = CheckStatus.PASSED if p95 <= limit else CheckStatus.FAILED
    return Check(name="latency", status=status, value=p95, limit=limit, reason=reason)


def _part(result: ScoreResult) -> ModelTestPart:
    """Return what is handed on."""
    return ModelTestPart(
        rows=result.rows,
        load_seconds=result.load_seconds,
        latency_p50=_percentile(result, 50),
        latency_p95=_percentile(result, 95),
        latency_p99=_percentile(result, 99),
        peak_memory_bytes=result.peak_memory_bytes,
    )


def _percentile(result: ScoreResult, percent: float) -> float | None:
    """Return a percentile of the single-row calls in seconds."""
    return float(np.percentile(result.single_row_seconds, percent)) if result.single_row_seconds else None


def _floats(column: Any) -> dummy.Floats:
    """Return a column as numbers, shape (rows,)."""
    return np.asarray(column.to_numpy(), dtype=np.float64)
