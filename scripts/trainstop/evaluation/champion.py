"""The champion beside the candidate: its answers to the same rows, or why the two cannot be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trainstop.drift.hindsight import hindsight
from trainstop.drift.profile import Profile
from trainstop.errors import InputError, TrainstopError
from trainstop.evaluation import changes, meaning, sources
from trainstop.evaluation.asking import MODEL, Asked
from trainstop.job import Job
from trainstop.judgement import answers, assembly, forecasts, strangers
from trainstop.judgement.samples import Sample
from trainstop.project_files import matching
from trainstop.records import Results
from trainstop.records.judging import Answered, BaselinePart, Changes
from trainstop.records.training import TrainPart
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.profiling import periods_of

NO_BASELINE = "`trainstop baseline` has not run, so there is no champion to compare with"
NO_CHAMPION = "there is no champion yet"
NUMBERS_ONLY = "of the champion only the recorded numbers are at hand"
NOBODY_KNOWS = "so nobody knows how sure the difference is"
OTHER_DATA = "the champion was judged on other evaluation data"
MOST = 2
"""Rows that cross in more than one of so many are no slip of a model: its columns are not what they are called."""
UNCHECKED = (
    "rows are paired with the champion's by their position: set `data.id`, or name the evaluation data in "
    "`data.evaluation`, so that other rows are noticed"
)


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
    as_recorded: bool = False
    """Whether its recorded metrics are of the same data, and computed by today's settings."""
    alone: str = ""
    """Why there is none."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the comparison rightly."""


def answers_of(job: Job, asked: Asked, candidate: Sample) -> Champion:
    """Return the champion's answers to the same rows: the recorded ones where they are, else asked for now.

    Args:
        job: what every stage is given.
        asked: the candidate's answers.
        candidate: the same, as the task understands them.

    """
    baseline, alone = baseline_of(job)
    if baseline is None:
        return Champion(alone=alone)
    differ = numbers_differ(baseline, asked.digest, asked.answered)
    if baseline.numbers_only:
        reason = f"{NUMBERS_ONLY}, {differ or NOBODY_KNOWS}"
        return Champion(baseline.version, baseline, reason=reason, numbers={} if differ else baseline.metrics)
    try:
        beforehand, untold = _known_beforehand(job, asked.rung)
        found = beforehand or _compared(job, baseline, asked, candidate)
    except TrainstopError as error:
        found = f"the champion could not be judged: {error.what}; {error.fix}"
    if isinstance(found, str):
        return Champion(baseline.version, baseline, reason=found)
    return replace(found, as_recorded=not differ, notes=tuple(filter(None, (*found.notes, untold))))


def numbers_differ(baseline: BaselinePart, digest: str, now: Answered) -> str:
    """Say why the champion's recorded numbers cannot stand beside today's; empty when they can."""
    if baseline.evaluation_data != digest:
        return OTHER_DATA
    changed = meaning.otherwise(baseline.answered, now, meaning.OF_NUMBERS)
    return f"when the champion was judged, {changed}" if changed else ""


def _compared(job: Job, baseline: BaselinePart, asked: Asked, candidate: Sample) -> Champion | str:
    """Return the champion with its answers in the order of the candidate's rows, or why they cannot be compared."""
    table, changed = asked.table, meaning.otherwise(baseline.answered, asked.answered)
    since = f"when the champion was judged, {changed}" if changed else ""
    other = sources.answers_of(job, baseline, asked)
    if isinstance(other, str):
        return other
    rows, reason = table.align(other, numeric=assembly.numeric(job.config))
    if rows is None:
        return "; ".join(filter(None, (reason, since)))
    same = table.answered_by(other, rows)
    if reason := _other_quantiles(job, table, other):
        return reason
    sample = assembly.sample_of(job.config, same)
    crossing = "; ".join(forecasts.faults(sample)) if sample.task == "forecast" else ""
    mostly = crossing if crossing and MOST * forecasts.crossing(sample) > len(sample) else ""
    if reason := strangers.reason(sample, candidate) or mostly:
        return f"the champion could not be judged: {reason}"
    notes = (
        since,
        crossing and f"of the champion {crossing}",
        strangers.note(sample, candidate),
        _unchecked(job, asked),
    )
    return Champion(
        baseline.version, baseline, sample=answers.usable(sample), table=same, notes=tuple(filter(None, notes))
    )


def _other_quantiles(job: Job, table: PredictionsTable, champion: PredictionsTable) -> str:
    """Say that the champion forecasts other quantiles: a score over more of them is another score; empty when not."""
    if job.config.model.task != "forecast":
        return ""
    named = sorted(job.config.evaluate.quantiles)
    own, other = (", ".join(f"q_{level:g}" for level in sorted(each.quantiles)) for each in (table, champion))
    if named and not set(named) <= set(champion.quantiles):
        listed = ", ".join(f"q_{level:g}" for level in named)
        return f"the champion gives other quantiles ({other or 'none'}) than `evaluate.quantiles` names ({listed})"
    if named or own == other:
        return ""
    return (
        f"the champion gives other quantiles ({other or 'none'}) than the candidate ({own or 'none'}): name those that "
        "both have in evaluate.quantiles"
    )


def _unchecked(job: Job, asked: Asked) -> str:
    """Say that rows are paired by nothing but their position, so that other rows would not be noticed."""
    nameless = asked.rung < MODEL and not asked.answered.id
    return UNCHECKED if nameless and not matching(job.workspace.project, job.config.data.evaluation) else ""


def _known_beforehand(job: Job, rung: int) -> tuple[str, str]:
    """Say that the champion was trained on the time it would be judged on, as a retrained one is; or why nobody knows.

    Both are empty where it was not, and where no time is named that could tell.
    """
    data, workspace = job.config.data, job.workspace
    profiles = (workspace.champion.profile, workspace.candidate.profile)
    if rung < MODEL or not data.time or not all(path.exists() for path in profiles):
        return "", ""
    try:
        champion, candidate = map(Profile.read, profiles)
        evaluation = periods_of(matching(workspace.project, data.evaluation), time=data.time, period=champion.period)
    except InputError as error:
        return "", f"nobody knows whether the champion was trained on the time it is judged on: {error.what}"
    found = hindsight(evaluation, champion, candidate)
    if found is None or not found.matters:
        return "", ""
    known = (
        f"the champion was trained on the time of {found.rows:,} of these {found.of:,} rows "
        f"({champion.period}s from {found.first} to {found.last}), and the candidate was not"
    )
    return known, ""


def baseline_of(job: Job) -> tuple[BaselinePart | None, str]:
    """Return what `baseline` fetched, or why there is nothing to compare with."""
    record = job.results.find(BaselinePart)
    if record is None or record.part is None:
        return None, NO_BASELINE
    part, name = record.part, job.config.model.name
    if part.model not in ("", name):
        return None, f"`trainstop baseline` has run for `{part.model}`, so nothing is known of a champion of `{name}`"
    return (part, "") if part.version is not None else (None, NO_CHAMPION)


def changes_of(job: Job, champion: int | None) -> Changes | None:
    """Compare the candidate's training with the champion's, where both are on record."""
    try:
        now, before = job.results.find(TrainPart), Results(job.workspace.champion.records).find(TrainPart)
    except InputError:
        return None
    if champion is None or now is None or before is None or now.part is None or before.part is None:
        return None
    return changes.between(before.part, now.part)
