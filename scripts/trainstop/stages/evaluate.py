"""`evaluate`: the candidate alone and beside the champion on the same rows. Only the scorer runs a model's code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from trainstop import digests
from trainstop.config import Config
from trainstop.errors import ConfigurationError, InputError, TrainstopError
from trainstop.fingerprint import evaluation_data, matching
from trainstop.job import Job
from trainstop.judgement import answers, assembly, gates, own_metrics, slice_checks
from trainstop.judgement.by_slice import judge_by_slice
from trainstop.judgement.charting import charts
from trainstop.judgement.grouping import Guess
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.points import NO_UNCERTAINTY, judge_points
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.ports.own_metrics import OwnMetricRequest, OwnMetricValues
from trainstop.ports.scoring import ScoreRequest
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import BaselinePart, Comparison, EvaluatePart, MetricResult
from trainstop.tables import grouping_columns, metrics_file, predictions
from trainstop.tables.grouping_columns import GroupingColumn
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.reference import model_inputs

NO_BASELINE = "`trainstop baseline` has not run, so there is no champion to compare with"
NO_CHAMPION = "there is no champion yet"


@dataclass(frozen=True)
class Champion:
    """The champion's answers in the order of the candidate's rows, or why there are none."""

    version: int | None = None
    sample: Sample | None = None
    table: PredictionsTable | None = None
    """The candidate's rows with its answers."""
    reason: str = ""
    """Why it cannot be compared although there is one."""
    alone: str = ""
    """Why there is none."""


def run(job: Job) -> Result[EvaluatePart]:
    """Judge the candidate and apply the gates.

    Raises:
        ConfigurationError: a gate names no metric, or one that cannot be compared.
        InputError: the evaluation data, the predictions or the metrics file are missing or not what they should be.
        ProjectCodeError, TimeLimitError, UnavailableError: the candidate could not be scored.

    """
    return judge_file(job) if job.config.evaluate.metrics_file else judge_table(job)


def judge_file(job: Job) -> Result[EvaluatePart]:
    """Judge the numbers that the project wrote itself."""
    config = job.config
    path = job.workspace.project / config.evaluate.metrics_file
    values = metrics_file.read(path)
    gates.known_or_refuse(config.gates, values, str(path))
    baseline, alone = _baseline(job)
    champion = dict(baseline.metrics) if baseline else None
    results = judge_points(values, champion, config.gates, config.model.task)
    finite = sum(result.candidate.value is not None for result in results)
    status = CheckStatus.PASSED if finite else CheckStatus.FAILED
    read = Check(name="metrics", status=status, value=finite, reason=f"{finite} of {len(results)} metrics are numbers")
    basis = gates.Basis("", config.evaluate.confidence, alone)
    part = EvaluatePart(
        rung=0,
        champion_version=baseline.version if baseline else None,
        evaluation_data=evaluation_data(config, job.workspace.project),
        confidence=config.evaluate.confidence,
        metrics=results,
        notes=tuple(
            filter(
                None, (NO_UNCERTAINTY, alone, _not_computed(config, values), "" if config.gates else assembly.NO_GATE)
            )
        ),
    )
    return conclude((read, *gates.checks(config.gates, {each.name: each for each in results}, basis)), part)


def _not_computed(config: Config, values: Mapping[str, float]) -> str:
    """Say which of the project's own metrics a metrics file leaves out."""
    lacking = [f"`{name}`" for name in config.metrics if name not in values]
    return f"{', '.join(lacking)} of `metrics` needs a predictions table to be computed of" if lacking else ""


def judge_table(job: Job) -> Result[EvaluatePart]:
    """Judge a predictions table: the project's own, or the model's answers to the evaluation data."""
    config = job.config
    metrics = BY_TASK[config.model.task]
    _require_gateable(config, metrics)
    rung, table, digest = _project_table(job) if config.evaluate.predictions else _scored(job)
    sample = assembly.sample_of(config, table)
    champion = _champion(job, table, digest, rung)
    clusters = assembly.clusters_of(config, table)
    pair = Pair(candidate=answers.usable(sample), champion=champion.sample, clusters=clusters)
    rules = assembly.rules_of(config)
    guessed = _guess(job, table, pair)
    if guessed and guessed.column:
        pair, rules = replace(pair, clusters=guessed.codes), replace(rules, unit=guessed.unit)
    job.ports.progress.note(f"{len(table):,} rows judged over {pair.units:,} {rules.unit}")
    results = (
        *judge(pair, assembly.metrics_of(config, pair.candidate), rules),
        *_own(job, table, champion, pair, rules),
    )
    results = _with_reason(results, champion, rules)
    by_slice = judge_by_slice(config, table, pair, rules)
    other = (
        *assembly.cut_notes(config, table),
        assembly.clusters_note(config, table),
        champion.reason or champion.alone,
    )
    basis = gates.Basis(f"{pair.units:,} {rules.unit}", rules.confidence, champion.alone)
    part = EvaluatePart(
        rung=rung,
        rows=len(table),
        clusters=None if pair.clusters is None else pair.units,
        cluster=guessed.column.name if guessed and guessed.column else assembly.unit_column(config),
        cluster_guessed=bool(guessed and guessed.column),
        design_effect=guessed.found.effect if guessed and guessed.column else None,
        champion_version=champion.version,
        evaluation_data=digest,
        predictions=digests.of_file(job.workspace.candidate.predictions),
        class_rows=sample.class_counts(),
        confidence=rules.confidence,
        metrics=results,
        slices=by_slice.slices,
        weakest=by_slice.weakest,
        charts=charts(pair, rules),
        notes=(
            *assembly.notes_of(config, sample, guessed),
            *by_slice.notes,
            *filter(None, other),
        ),
    )
    by_name = {result.name: result for result in results}
    gated = gates.checks(config.gates, by_name, basis)
    sliced = slice_checks.checks(by_slice.slices, config.slices, config.gates, basis, champion.reason)
    return conclude((_answers_check(sample), *gated, *sliced), part)


def _guess(job: Job, table: PredictionsTable, pair: Pair) -> Guess | None:
    """Look for a column whose rows hang together; None where the configuration names one, or wants no guess."""
    config, project = job.config, job.workspace.project
    if assembly.unit_column(config) or not config.evaluate.guess_cluster:
        return None
    own = project / config.evaluate.predictions if config.evaluate.predictions else job.workspace.candidate.predictions
    columns: dict[str, GroupingColumn] = {}
    for paths in (matching(project, config.data.evaluation), [own]):
        try:
            found = grouping_columns.read(
                paths,
                table,
                names=(config.data.id, config.data.target),
                numeric=config.model.task == "regression",
                leave=columns,
                features=model_inputs(job.workspace.candidate.model),
            )
        except InputError:  # a table that nobody needs cannot keep the model from being judged
            continue
        columns |= {each.name: each for each in found}
    return assembly.guess_of(config, list(columns.values()), pair)


def _own(job: Job, table: PredictionsTable, champion: Champion, pair: Pair, rules: Rules) -> Iterator[MetricResult]:
    """Yield the project's own metrics, judged like the others."""
    config = job.config
    groups, _, units = own_metrics.deal(len(table), pair.clusters, seed=rules.seed)
    for name, section in config.metrics.items():
        candidate, other = job.ports.own_metrics.measure(
            OwnMetricRequest(
                name=name,
                function=section.function,
                candidate=table.table,
                champion=champion.table.table if champion.table else None,
                groups=groups if units >= rules.minimum else None,
                timeout=section.timeout,
            )
        )
        yield own_metrics.judge(
            name,
            config.model.task,
            _replicates(candidate),
            _replicates(other) if other else None,
            greater_is_better=section.greater_is_better,
            units=units,
            rules=rules,
        )


def _replicates(values: OwnMetricValues) -> own_metrics.Replicates:
    """Return what a function returned, as judgement knows it."""
    return own_metrics.Replicates(values.value, values.without, values.reason)


def _require_gateable(config: Config, metrics: dict[str, Metric]) -> None:
    """Refuse gates, and tolerances of slices, on metrics that do not exist or cannot be compared."""
    if taken := [name for name in config.metrics if name in metrics]:
        raise ConfigurationError(
            f"{taken[0]!r} is a metric of trainstop's", where=f"key `metrics.{taken[0]}`", fix="give yours another name"
        )
    slice_checks.tolerances(config.gates, config.slices, metrics)
    known = [*metrics, *config.metrics]
    gates.known_or_refuse(config.gates, known, f"the metrics of a {config.model.task} model")
    for name, gate in config.gates.items():
        if gate.tolerance is not None and name in metrics and not metrics[name].compared:
            raise ConfigurationError(
                f"{name!r} has no better direction, so it cannot be compared with the champion's",
                where=f"key `gates.{name}.tolerance`",
                fix="limit it with `min` and `max`",
            )


def _project_table(job: Job) -> tuple[Literal[1], PredictionsTable, str]:
    """Read the table that the project wrote, and keep it with the candidate."""
    config, bundle = job.config, job.workspace.candidate
    table = _read(config, job.workspace.project / config.evaluate.predictions)
    table.write(bundle.predictions)
    return 1, table, evaluation_data(config, job.workspace.project) or table.digest()


def _scored(job: Job) -> tuple[Literal[2], PredictionsTable, str]:
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
        )
    )
    return 2, _read(job.config, bundle.predictions), evaluation_data(job.config, job.workspace.project)


def _champion(job: Job, table: PredictionsTable, digest: str, rung: int) -> Champion:
    """Return the champion's answers to the same rows: the recorded ones where they are, else asked for now."""
    baseline, alone = _baseline(job)
    if baseline is None:
        return Champion(alone=alone)
    recorded = (
        baseline.has_predictions
        and (rung == 1 or baseline.evaluation_data == digest)
        and job.workspace.champion.predictions.exists()  # they may have been left out on their way between two jobs
    )
    try:
        if recorded:
            other = _read(job.config, job.workspace.champion.predictions, whole=False)
        elif baseline.has_model and rung == 2:
            other = _scored_champion(job)
        else:
            there = job.workspace.champion.predictions.exists()
            return Champion(baseline.version, reason=_unreachable(baseline, there=there))
        rows, reason = table.align(other, numeric=assembly.numeric(job.config))
        if rows is None:
            return Champion(baseline.version, reason=reason)
        same = table.answered_by(other, rows)
        return Champion(baseline.version, sample=answers.usable(assembly.sample_of(job.config, same)), table=same)
    except TrainstopError as error:
        return Champion(baseline.version, reason=f"the champion could not be judged: {error.what}")


def _unreachable(baseline: BaselinePart, *, there: bool) -> str:
    """Say why the champion's answers to these rows cannot be had."""
    if baseline.has_predictions and not there:
        return "the champion's predictions were left out on their way here, and its model is not at hand to be asked"
    if baseline.has_predictions:
        return "the evaluation data changed since the champion was judged, and its model is not at hand to be asked"
    return "the champion left neither predictions nor a model to ask"


def _scored_champion(job: Job) -> PredictionsTable:
    """Ask the champion's model; its own bundle stays as it was fetched."""
    job.ports.progress.note("champion answers the evaluation data")
    out = job.workspace.scratch / "evaluate" / "champion.parquet"
    out.parent.mkdir(parents=True, exist_ok=True)
    request = ScoreRequest(
        bundle=job.workspace.champion,
        tables=tuple(matching(job.workspace.project, job.config.data.evaluation)),
        predictions=out,
        method=job.config.evaluate.method,
    )
    try:
        job.ports.scorer.score(request)
        return _read(job.config, out, whole=False)
    finally:
        out.unlink(missing_ok=True)


def _baseline(job: Job) -> tuple[BaselinePart | None, str]:
    """Return what `baseline` fetched, or why there is nothing to compare with."""
    record = job.results.find(BaselinePart)
    if record is None or record.part is None:
        return None, NO_BASELINE
    return (record.part, "") if record.part.version is not None else (None, NO_CHAMPION)


def _read(config: Config, path: Path, *, whole: bool = True) -> PredictionsTable:
    """Read a predictions table by the configuration's column names.

    Clusters, slices and groups come from the candidate's table (`whole`): a champion may be older than these settings.
    """
    names = {"target": config.data.target, "row_id": config.data.id}
    return predictions.read(path, names=names, keep=config.kept_columns if whole else ())


def _with_reason(results: Sequence[MetricResult], champion: Champion, rules: Rules) -> tuple[MetricResult, ...]:
    """Say at each metric why the champion that there is could not be compared."""
    if not champion.reason:
        return tuple(results)
    return tuple(
        result.model_copy(
            update={
                "comparison": Comparison(
                    difference=None, tolerance=rules.tolerances.get(result.name), reason=champion.reason
                )
            }
        )
        for result in results
    )


def _answers_check(sample: Sample) -> Check:
    """Say whether the model's answers can be judged at all."""
    found = answers.faults(sample)
    if found:
        return Check(name="answers", status=CheckStatus.FAILED, value=len(sample), reason="; ".join(found))
    return Check(name="answers", status=CheckStatus.PASSED, value=len(sample), reason="every row has a usable answer")
