"""`model-test`: is the model sane, fast, robust and well-behaved? Only the scorer and the prober run its code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import Table, parquet

from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError, TimeLimitError
from trainstop.fingerprint import matching
from trainstop.job import Job
from trainstop.judgement import behaviour, dummy, performance, robustness, sanity
from trainstop.judgement.assembly import rules_of
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.robustness import Scope, Spoiled
from trainstop.labels import spelling
from trainstop.modeltests import fairness, leakage
from trainstop.ports.probing import ProbeResult
from trainstop.ports.scoring import ScoreRequest
from trainstop.probing import asking, own_tests
from trainstop.probing.reading import Answers
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import BaselinePart, ModelTestPart, Performance
from trainstop.records.training import TrainPart
from trainstop.tables.predictions import PredictionsTable
from trainstop.training.kept import discarding

ASKED_AGAIN = {
    "again": ("repeats-at-once", "when asked again in the same process"),
    "shuffled": ("order-free", "when the rows came in another order"),
    "single": ("single-as-batch", "when asked alone instead of in a batch"),
}


@dataclass(frozen=True)
class Examined:
    """Everything that was seen of the model, for the groups of checks below."""

    job: Job
    tables: Sequence[Path]
    room: Path
    seen: ProbeResult
    answers: Answers
    """To every question, asked in an environment made anew from the model's lock."""


@dataclass(frozen=True)
class Group:
    """What one group of checks comes to: checks, and what it adds to the record's part."""

    checks: Sequence[Check] = ()
    part: dict[str, Any] = field(default_factory=dict)


def run(job: Job) -> Result[ModelTestPart]:
    """Test the candidate's model.

    Raises:
        ConfigurationError: a rule of behaviour, or the command of the project's tests, cannot be.
        InputError: there is no candidate or no evaluation data, or a column is missing.
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
    asking.rules(job.config)
    with discarding(job.workspace) as room:
        try:
            examined = _examine(job, tables, room)
        except (ProjectCodeError, TimeLimitError) as error:
            fix = f" ({error.fix})" if error.fix else ""
            check = Check(name="answers", status=CheckStatus.FAILED, reason=f"{error.what}{fix}")
            return conclude([check], ModelTestPart())
        groups = [made(examined) for made in GROUPS]
    parts: dict[str, Any] = {"rows": len(examined.answers.base)}
    for group in groups:
        parts |= group.part
    return conclude([check for group in groups for check in group.checks], ModelTestPart(**parts))


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


def _examine(job: Job, tables: Sequence[Path], room: Path) -> Examined:
    """Examine the model in an environment made anew from its own lock."""
    folder = room / "answers"
    folder.mkdir()
    champion = job.workspace.champion if _champion(job) == "" else None
    request = asking.request(job.config, job.workspace.candidate, champion, tables, folder)
    seen = job.ports.prober.probe(request)
    return Examined(job, tables, room, seen, Answers(job.config, folder, seen.probes))


def _champion(job: Job) -> str:
    """Say why the champion's model cannot be asked, or return an empty text."""
    record = job.results.find(BaselinePart)
    if record is None or record.part is None:
        return "`trainstop baseline` has not run, so there is no champion to ask"
    if record.part.version is None:
        return "there is no champion yet"
    if not job.workspace.champion.model.is_dir():
        return "the champion's model is not at hand: `trainstop baseline --with-model` fetches it"
    return ""


def _sane(examined: Examined) -> Group:
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
    return Group([loads, finite, _repeats(examined), *_asked_again(examined), varies, _beats_constant(config, table)])


def _repeats(examined: Examined) -> Check:
    """Compare with what another process was answered."""
    answers = examined.answers
    try:
        earlier = _earlier(examined)
    except (ProjectCodeError, TimeLimitError) as error:
        return Check(name="repeats", status=CheckStatus.FAILED, reason=f"in another process: {error.what}")
    return sanity.same("repeats", answers.said(answers.base), answers.said(earlier), "in another process")


def _earlier(examined: Examined) -> Table:
    """Return what another process was answered to the same rows: `evaluate`, or one that is started for it."""
    job, asked = examined.job, examined.answers.base
    path = job.workspace.candidate.predictions
    if path.is_file():
        earlier = parquet.read_table(path)
        place = {row: index for index, row in enumerate(earlier["row_id"].to_pylist())}
        wanted = [place.get(row) for row in asked["row_id"].to_pylist()]
        if set(asked.column_names) <= set(earlier.column_names) and None not in wanted:
            return earlier.take(wanted)
    return _asked_elsewhere(examined)


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
            checks.append(sanity.same(name, now, then, how))
    return checks


def _beats_constant(config: Config, table: Table) -> Check:
    """Compare the model's loss with that of the best constant answer."""
    name = "beats-dummy"
    if not config.model_test.beats_dummy:
        return Check(name=name, status=CheckStatus.SKIPPED, reason="`model-test.beats-dummy` is off")
    labelled = table.filter(table["target"].is_valid())
    truth = [spelling(value) for value in labelled["target"].to_pylist()]
    if len(set(truth)) < 2:
        reason = f"the {len(truth)} rows with a true answer do not differ in it"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, reason=reason)
    against = _against(config, labelled, truth)
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


def _against(config: Config, table: Table, truth: list[str]) -> dummy.Against:
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
    classes = [name.removeprefix("score_") for name in table.column_names if name.startswith("score_")]
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


def _fast(examined: Examined) -> Group:
    """Times, memory and size against limits and the champion."""
    seen, limits = examined.seen, examined.job.config.model_test.performance
    if seen.timing is None:
        reason = seen.timing_error or f"the model's process ended: {seen.broke}"
        return Group([Check(name="performance", status=CheckStatus.FAILED, reason=reason)])
    workspace = examined.job.workspace
    mine = performance.speed(seen.timing, _size(workspace.candidate.model))
    if seen.champion is None:
        found = Performance(candidate=mine, reason=seen.champion_error or _champion(examined.job))
    else:
        ratio, interval = performance.slowness(seen.timing, seen.champion)
        champion = performance.speed(seen.champion, _size(workspace.champion.model))
        found = Performance(candidate=mine, champion=champion, ratio=ratio, ratio_interval=interval)
    return Group(performance.checks(found, limits), {"performance": found})


def _size(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _behaves(examined: Examined) -> Group:
    """The rules of the configuration."""
    config, probed, seen = examined.job.config, examined.answers, examined.seen
    found, checks = [], []
    scope = _scope(examined)
    for number, rule in enumerate(asking.rules(config)):
        if seen.broke_in in ("sanity", "behaviour") and not probed.of("behaviour", str(number)):
            reason = f"the model's process ended before: {seen.broke}"
            checks.append(Check(name=f"behaviour: {rule.title}", status=CheckStatus.FAILED, reason=reason))
            continue
        questions = [
            behaviour.Question(probed.told(probe), probe.error) for probe in probed.of("behaviour", str(number))
        ]
        result, check = behaviour.judge_rule(
            rule, questions, scope, BY_TASK[config.model.task], probed.ids, spelling(config.data.positive)
        )
        found.append(result)
        checks.append(check)
    return Group(checks, {"behaviour": tuple(found)})


def _robust(examined: Examined) -> Group:
    """What spoiled rows do to the answers."""
    section, seen = examined.job.config.model_test.robustness, examined.seen
    if section.mode == "off":
        return Group()
    probed = examined.answers
    spoiled = [
        Spoiled(probe.kind, probe.column, probe.detail, probe.rows, probed.told(probe), probe.error)
        for probe in probed.of("robustness")
    ]
    found = robustness.judged(spoiled, _scope(examined), left_out=seen.left_out)
    checks = robustness.checks(found, section)
    if seen.broke_in in ("ranking", "robustness"):
        status = CheckStatus.WARNED if section.mode == "warn" else CheckStatus.FAILED
        reason = f"the model ended its process on spoiled rows: {seen.broke}"
        checks.append(Check(name="robust: survives", status=status, reason=reason))
    return Group(checks, {"robustness": found})


def _scope(examined: Examined) -> Scope:
    """Return what changed rows are compared with."""
    config, probed = examined.job.config, examined.answers
    return Scope(probed.base_told, asking.first_metric(config), probed.clusters, rules_of(config))


def _own_tests(examined: Examined) -> Group:
    """The project's own tests of the model."""
    job = examined.job
    if not job.config.model_test.tests:
        return Group()
    room = examined.room / "own-tests"
    room.mkdir()
    predictions = job.workspace.candidate.predictions
    if not predictions.is_file():
        predictions = room / "predictions.parquet"
        parquet.write_table(examined.answers.base, predictions)
    check, part = own_tests.run(job, job.workspace.candidate, predictions, room)
    return Group([check], {"tests": part})


def _floats(column: Any) -> dummy.Floats:
    """Return a column as numbers, shape (rows,)."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _fair(examined: Examined) -> Group:
    """Groups of people, or of anything, are served alike."""
    answers = examined.room / "answered.parquet"
    parquet.write_table(examined.answers.base, answers)
    checks, groups = fairness.judged(examined.job, answers)
    return Group(checks, {"fairness": groups})


def _leakproof(examined: Examined) -> Group:
    """Evaluation holds nothing that training has seen, and no feature tells the truth."""
    return Group(leakage.judged(examined.job, examined.seen.inputs))


GROUPS: tuple[Callable[[Examined], Group], ...] = (
    _sane,
    _fast,
    _behaves,
    _robust,
    _fair,
    _leakproof,
    _own_tests,
)
"""The groups of checks, in the order they are shown. A further one goes here."""
