"""Sanity: the model loads, answers everything with finite numbers, and repeats itself however it is asked."""

from pyarrow import Table, parquet

from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.job import Job
from trainstop.judgement import sanity
from trainstop.judgement.sanity import Answers
from trainstop.modeltests.constant import beats_constant
from trainstop.modeltests.examined import Examined, Group
from trainstop.ports.scoring import ScoreRequest
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import EvaluatePart

ASKED_AGAIN = {
    "again": ("repeats-at-once", "when asked again in the same process"),
    "shuffled": ("order-free", "when the rows came in another order"),
    "single": ("single-as-batch", "when asked alone instead of in a batch"),
}

ASKED_BY_US = 2
"""Rung of an evaluation that asked the model itself."""


def sane(examined: Examined) -> Group:
    """The model loads, answers everything with finite numbers, repeats itself, and is better than a constant."""
    config, table = examined.job.config, examined.answers.base
    seconds = examined.seen.load_seconds
    loads = Check(
        name="loads",
        status=CheckStatus.PASSED,
        value=seconds,
        limit=config.model_test.timeout,
        reason=f"in an environment made anew from its lock, in {seconds:.1f} s",
    )
    finite = Check(name="finite", status=CheckStatus.PASSED, value=0.0, limit=0.0, reason=f"{len(table)} rows answered")
    varies = sanity.varies(examined.answers.said(table))
    return Group(
        [
            loads,
            finite,
            _repeats(examined),
            *_asked_again(examined),
            varies,
            beats_constant(config, table, examined.clusters),
        ]
    )


def _repeats(examined: Examined) -> Check:
    """Compare with what another process was answered."""
    answers = examined.answers
    try:
        earlier = _earlier(examined)
    except (ProjectCodeError, TimeLimitError) as error:
        return Check(name="repeats", status=CheckStatus.FAILED, reason=f"in another process: {error.what}")
    return sanity.same("repeats", answers.said(answers.base), answers.said(earlier), "in another process")


def _earlier(examined: Examined) -> Table:
    """Return what another process was answered to the same rows: `evaluate`, or one that is started for it.

    A table that the project wrote is nothing that the model said: it may be rounded, or of another model.
    """
    job, asked = examined.job, examined.answers.base
    path = job.workspace.candidate.predictions
    if path.is_file() and _by_the_model(job):
        earlier = parquet.read_table(path)
        place = {row: index for index, row in enumerate(earlier["row_id"].to_pylist())}
        wanted = [place.get(row) for row in asked["row_id"].to_pylist()]
        if set(asked.column_names) <= set(earlier.column_names) and None not in wanted:
            return earlier.take(wanted)
    return _asked_elsewhere(examined)


def _by_the_model(job: Job) -> bool:
    """Say whether the predictions table holds what `evaluate` asked the model for."""
    record = job.results.find(EvaluatePart)
    evaluated = record.part if record else None
    return not job.config.evaluate.predictions and (evaluated is None or evaluated.rung == ASKED_BY_US)


def _asked_elsewhere(examined: Examined) -> Table:
    """Ask another process about the same rows."""
    job, section = examined.job, examined.job.config.model_test
    out = examined.room / "again.parquet"
    job.ports.scorer.score(
        ScoreRequest(
            bundle=job.workspace.candidate,
            tables=tuple(examined.tables),
            predictions=out,
            method=job.config.evaluate.method,
            limit=None if job.config.model.task == "ranking" else section.rows,
            memory=section.memory_limit,
            timeout=section.timeout,
        )
    )
    return parquet.read_table(out)


def _asked_again(examined: Examined) -> list[Check]:
    """Compare the ways of asking for the same rows."""
    checks = []
    for kind, (name, how) in ASKED_AGAIN.items():
        probes = examined.answers.of("sanity", kind)
        if not probes:
            reason = f"the model's process ended: {examined.seen.broke}"
            checks.append(Check(name=name, status=CheckStatus.FAILED, reason=reason))
        elif probes[0].error:
            reason = f"{how}, the model raised: {probes[0].error}"
            checks.append(Check(name=name, status=CheckStatus.FAILED, reason=reason))
        else:
            now, then = examined.answers.columns(probes[0])
            checks.append(sanity.same(name, _decisive(now), _decisive(then), how))
    return checks


def _decisive(said: Answers) -> Answers:
    """Return answers without the labels that are read from scores: at a tie, rounding decides which label it is."""
    scored = any(name == "score" or name.startswith("score_") for name in said)
    return {name: values for name, values in said.items() if not scored or name != "prediction"}
