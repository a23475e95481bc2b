"""`evaluate`: the candidate alone and beside the champion on the same rows. Only the scorer runs a model's code."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trainstop import digests
from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.evaluation import asking, columns, meaning, own_metrics, seeds
from trainstop.evaluation.champion import Champion, answers_of, baseline_of, changes_of, numbers_differ
from trainstop.evaluation.clusters import guessed_clusters
from trainstop.fingerprint import evaluation_data
from trainstop.job import Job
from trainstop.judgement import answers, assembly, gates, slice_checks
from trainstop.judgement.by_slice import judge_by_slice
from trainstop.judgement.charting import charts
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.points import LACKING, NO_UNCERTAINTY, judge_points
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import Comparison, Estimate, EvaluatePart, MetricResult
from trainstop.tables import metrics_file


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
    gates.agreeing_or_refuse(config.gates, _directions(config))
    baseline, alone = baseline_of(job)
    digest, answered = evaluation_data(config, job.workspace.project), meaning.of_numbers(config)
    differ = numbers_differ(baseline, digest, answered) if baseline else ""
    champion = None if baseline is None else {} if differ else dict(baseline.metrics)
    own = {name: section.greater_is_better for name, section in config.metrics.items()}
    results = judge_points(values, champion, config.gates, config.model.task, own=own, lacking=differ or LACKING)
    finite = sum(result.candidate.value is not None for result in results)
    status = CheckStatus.PASSED if finite else CheckStatus.FAILED
    read = Check(name="metrics", status=status, value=finite, reason=f"{finite} of {len(results)} metrics are numbers")
    basis = gates.Basis("", config.evaluate.confidence, alone)
    no_gate = "" if config.gates else assembly.NO_GATE
    notes = (NO_UNCERTAINTY, alone or differ, _not_computed(config, values), no_gate)
    part = EvaluatePart(
        rung=0,
        champion_version=baseline.version if baseline else None,
        changes=changes_of(job, baseline.version if baseline else None),
        evaluation_data=digest,
        answered=answered,
        confidence=config.evaluate.confidence,
        metrics=results,
        notes=tuple(filter(None, notes)),
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
    columns.refuse_taken(config)
    asked = asking.project_table(job) if config.evaluate.predictions else asking.scored(job)
    table = asked.table
    sample = assembly.sample_of(config, table)
    champion = answers_of(job, asked, sample)
    clusters = assembly.clusters_of(config, table)
    pair = Pair(candidate=answers.usable(sample), champion=champion.sample, clusters=clusters)
    rules = assembly.rules_of(config)
    guessed = guessed_clusters(job, table, pair)
    if guessed and guessed.column:
        pair, rules = replace(pair, clusters=guessed.codes), replace(rules, unit=guessed.unit)
    job.ports.progress.note(f"{len(table):,} rows judged over {pair.units:,} {rules.unit}")
    results = (
        *judge(pair, assembly.metrics_of(config, pair.candidate), rules),
        *own_metrics.judged(job, table, champion, pair, rules),
    )
    others = seeds.others_of(job, table)
    results = seeds.results_of(job, results, others, champion, rules, units=pair.units)
    results = _with_reason(results, champion, rules)
    by_slice = judge_by_slice(config, table, pair, rules)
    other = (
        *assembly.cut_notes(config, table),
        assembly.clusters_note(config, table),
        seeds.note(others),
        champion.reason or champion.alone,
        *champion.notes,
    )
    basis = gates.Basis(f"{pair.units:,} {rules.unit}", rules.confidence, champion.alone)
    part = EvaluatePart(
        rung=asked.rung,
        rows=len(table),
        clusters=None if pair.clusters is None else pair.units,
        cluster=guessed.column.name if guessed and guessed.column else assembly.unit_column(config),
        cluster_guessed=bool(guessed and guessed.column),
        design_effect=guessed.found.effect if guessed and guessed.column else None,
        champion_version=champion.version,
        changes=changes_of(job, champion.version),
        seeds=len(others) + 1,
        evaluation_data=asked.digest,
        answered=asked.answered,
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
    return conclude((_answers_check(sample), *seeds.checks(others), *gated, *sliced), part)


def _require_gateable(config: Config, metrics: dict[str, Metric]) -> None:
    """Refuse gates, and tolerances of slices, on metrics that do not exist or cannot be compared."""
    if taken := [name for name in config.metrics if name in metrics]:
        raise ConfigurationError(
            f"{taken[0]!r} is a metric of trainstop's", where=f"key `metrics.{taken[0]}`", fix="give yours another name"
        )
    slice_checks.tolerances(config.gates, config.slices, metrics)
    known = [*metrics, *config.metrics]
    gates.known_or_refuse(config.gates, known, f"the metrics of a {config.model.task} model")
    gates.agreeing_or_refuse(config.gates, _directions(config))
    for name, gate in config.gates.items():
        if gate.tolerance is not None and name in metrics and not metrics[name].compared:
            raise ConfigurationError(
                f"{name!r} has no better direction, so it cannot be compared with the champion's",
                where=f"key `gates.{name}.tolerance`",
                fix="limit it with `min` and `max`",
            )


def _directions(config: Config) -> dict[str, bool]:
    """Return whether more is better, by metric: the task's, and the project's own."""
    known = {name: metric.greater_is_better for name, metric in BY_TASK[config.model.task].items()}
    return known | {name: section.greater_is_better for name, section in config.metrics.items()}


def _with_reason(results: Sequence[MetricResult], champion: Champion, rules: Rules) -> tuple[MetricResult, ...]:
    """Say at each metric why the champion that there is could not be compared."""
    if not champion.reason:
        return tuple(results)
    return tuple(_unsure(result, champion, rules.tolerances.get(result.name)) for result in results)


def _unsure(result: MetricResult, champion: Champion, tolerance: float | None) -> MetricResult:
    """Put a metric beside the number that is on record of the champion, if any, without an interval or a word."""
    number, value = champion.numbers.get(result.name), result.candidate.value
    difference = None
    if number is not None and value is not None and result.greater_is_better is not None:
        difference = value - number if result.greater_is_better else number - value
    comparison = Comparison(difference=difference, tolerance=tolerance, reason=champion.reason)
    other = None if number is None else Estimate(value=number)
    return result.model_copy(update={"champion": other, "comparison": comparison})


def _answers_check(sample: Sample) -> Check:
    """Say whether the model's answers can be judged at all."""
    found = answers.faults(sample)
    if found:
        return Check(name="answers", status=CheckStatus.FAILED, value=len(sample), reason="; ".join(found))
    return Check(name="answers", status=CheckStatus.PASSED, value=len(sample), reason="every row has a usable answer")
