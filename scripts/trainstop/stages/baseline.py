"""`baseline`: what the candidate is compared with. Fetches files and runs no code, the project's or a model's."""

import shutil
from pathlib import Path

from trainstop import packs
from trainstop.delivery import champions, past
from trainstop.errors import InputError, MachineBoundError, NoCredentialError, TrainstopError
from trainstop.evaluation import meaning
from trainstop.fingerprint import evaluation_data
from trainstop.job import Job
from trainstop.ports.registry import Alias
from trainstop.project_files import matching
from trainstop.records import Check, CheckStatus, Result, Results, conclude
from trainstop.records.delivery import HistoryPart
from trainstop.records.judging import Answered, BaselinePart, EvaluatePart

EVIDENCE = ("records", "predictions.parquet", "profile.json", "golden.json", "environment.txt", "run.json")
"""Parts of a bundle that say how good a version was; all but the model."""
AUTO, ALWAYS, NEVER = "auto", "always", "never"


def run(job: Job, *, model: str = AUTO, numbers: str = "") -> Result[BaselinePart]:
    """Fetch the champion's evidence, and its model where it must be asked again, always, or never.

    Args:
        job: what every stage is given.
        model: `auto`, `always` or `never`.
        numbers: a pack of `numbers` that an earlier run left, for a job that may not ask the registry.

    Raises:
        InputError: the champion's files are not what was registered, or the champion is lost.
        UnavailableError: the registry does not answer.

    """
    bundle = job.workspace.champion
    shutil.rmtree(bundle.root, ignore_errors=True)
    name = job.config.model.name
    try:
        registry = job.ports.registry
        champion = registry.alias(name, Alias.CHAMPION)
    except MachineBoundError:  # checking a change needs no server
        return _by_numbers(job, numbers, "no registry outlives this machine")
    except NoCredentialError:  # as on a pull request from a fork
        return _by_numbers(job, numbers, "the registry asks for a credential and this job was given none")
    if champion is None or champion.unusable:
        check = champions.none_yet(job, champion)
        return conclude([check], BaselinePart(history=_history(job)), reason=check.reason)

    job.ports.progress.note(f"version {champion.number} from {registry.uri}")
    registry.download(champion, bundle.root, parts=EVIDENCE)
    judged, unreadable = _judgement(Results(bundle.records))
    ask, reason = _ask_again(job, judged, has_predictions=bundle.predictions.exists())
    if model == NEVER:
        ask, reason = False, "what is on record of it, without its model"
    if unreadable:
        reason = f"{unreadable}, so its model is asked again" if ask else f"{unreadable}; {reason}"
    if ask or model == ALWAYS:
        registry.download(champion, bundle.root)
    part = BaselinePart(
        version=champion.number,
        evaluation_data=judged.evaluation_data if judged else "",
        has_predictions=bundle.predictions.exists(),
        has_model=(bundle.model / "MLmodel").exists(),
        answered=judged.answered if judged else None,
        metrics=_points(judged),
        model=name,
        seeds=_seeds(judged),
        history=_history(job),
    )
    check = Check(
        name="champion",
        status=CheckStatus.WARNED if unreadable else CheckStatus.PASSED,
        value=champion.number,
        reason=reason,
    )
    return conclude([check], part, reason=f"version {champion.number}: {reason}")


def _by_numbers(job: Job, numbers: str, why: str) -> Result[BaselinePart]:
    """Go on with what an earlier run left of the champion; it may be behind the times, and can be damaged."""
    if not numbers or not packs.is_folder(Path(numbers)):
        return _without(why)
    copy = job.workspace.scratch / "baseline"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        packs.copied(Path(numbers), copy)
        if packs.whole(copy).content != packs.NUMBERS:
            return _without(f"{why}, and what an earlier run left is of something else")
        packs.records(copy)
        part = Results(copy / packs.RESULTS).part(BaselinePart)
        if part.version is None or part.model != job.config.model.name:
            return _without(f"{why}, and no earlier run left anything of a champion of this model")
        if (copy / packs.CHAMPION).is_dir():
            (copy / packs.CHAMPION).rename(job.workspace.champion.root)
    except InputError as error:
        return _without(f"{why}, and what an earlier run left of the champion cannot be read: {error.what}")
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    reason = f"{why}, so only its numbers are here, as an earlier run left them"
    check = Check(name="champion", status=CheckStatus.WARNED, value=part.version, reason=reason)
    part = part.model_copy(update={"has_predictions": False, "has_model": False, "numbers_only": True})
    return conclude([check], part, reason=f"version {part.version}: {reason}")


def _history(job: Job) -> HistoryPart | None:
    """Return what was registered and done before. It is only shown, so one that cannot be read stops nothing."""
    try:
        return past.newest(past.history(job.ports.registry, job.config.model.name))
    except TrainstopError:
        return None


def _without(why: str) -> Result[BaselinePart]:
    """Go on without a champion."""
    reason = f"{why}, so there is no champion to compare with"
    return conclude([Check(name="champion", status=CheckStatus.SKIPPED, reason=reason)], reason=reason)


def _judgement(records: Results) -> tuple[EvaluatePart | None, str]:
    """Return what was found about the champion, or why that cannot be read."""
    try:
        record = records.find(EvaluatePart)
    except InputError:
        return None, "its record is of another version of trainstop"
    if record is None or record.part is None:
        return None, "it carries no evaluation"
    return record.part, ""


def _is_made(job: Job) -> bool:
    """Say whether the evaluation data is there: where a job fetches the champion first, `data.prepare` comes later."""
    return not job.config.data.evaluation or bool(matching(job.workspace.project, job.config.data.evaluation))


def _ask_again(job: Job, judged: EvaluatePart | None, *, has_predictions: bool) -> tuple[bool, str]:
    """Say whether the champion's model must be asked again, and why, or why not."""
    if judged is None:
        return True, "nothing is known about it"
    now = evaluation_data(job.config, job.workspace.project)
    changed = bool(now) and judged.evaluation_data != now
    if job.config.evaluate.metrics_file or job.config.evaluate.predictions:
        return False, "the evaluation data changed since it was judged" if changed else "as it was judged"
    today = meaning.of_model(job.config)
    if other := meaning.otherwise(judged.answered, today, ["task"]):
        return False, f"{other} when it was judged, so it answers another question"
    why = _why_again(judged, today, changed=changed, has_predictions=has_predictions, made=_is_made(job))
    return bool(why), why or "its predictions are of the same evaluation data"


def _why_again(judged: EvaluatePart, today: Answered, *, changed: bool, has_predictions: bool, made: bool) -> str:
    """Say why recorded predictions would not do beside what a model says today; empty when they do."""
    if not made:
        return "the evaluation data is not made yet, so its model comes too, in case that changed"
    if changed:
        return "the evaluation data changed since, so its model is asked again"
    if not has_predictions:
        return "it carries no predictions, so its model is asked again"
    other = meaning.unlike(judged.answered, today)
    return f"{other}, so its model is asked again" if other else ""


def _points(judged: EvaluatePart | None) -> dict[str, float]:
    """Return the champion's metrics as it was judged with them."""
    results = judged.metrics if judged else ()
    return {result.name: result.candidate.value for result in results if result.candidate.value is not None}


def _seeds(judged: EvaluatePart | None) -> dict[str, tuple[float, ...]]:
    """Return the metrics of the champion's models, where it was judged with several seeds."""
    results = judged.metrics if judged else ()
    return {result.name: result.seeds.candidate for result in results if result.seeds}
