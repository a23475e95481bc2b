"""`train`: the project's own training, or the earlier result when nothing it depends on changed."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from trainstop.delivery.exclusive import exclusively
from trainstop.errors import ConfigurationError, InputError, ProjectCodeError
from trainstop.fingerprint import DigestMemory, take
from trainstop.job import Job
from trainstop.ports.processes import Outcome
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.signatures import model_inputs
from trainstop.training import bundling, kept, seeds
from trainstop.training.data import missing_globs, refuse_missing, training_rows
from trainstop.training.elsewhere import elsewhere
from trainstop.training.running import Room, Trained, Training

MOVED = "unchanged meanwhile"
"""The name of the check that nothing which training depends on changed while it was trained."""
Warnings = tuple[tuple[str, str], ...]


def run(job: Job, *, force: bool = False) -> Result[TrainPart]:
    """Train, or take the earlier result.

    Args:
        job: the configuration, the places, and what may be touched.
        force: train even when an earlier result could be restored.

    Raises:
        InputError: data is missing or has no rows.
        ConfigurationError: `project.source` matches nothing, or nothing says what the project needs.
        ProjectCodeError: the training failed, left no model, or one that may not or cannot be loaded.
        TimeLimitError: the training took too long.
        UnavailableError: an environment cannot be made.
        ConflictError: another run trains in this folder.

    """
    with exclusively(job.workspace.lock("train"), "a training in this folder"):
        return _run(job, force=force)


def _run(job: Job, *, force: bool) -> Result[TrainPart]:
    """Train, or take the earlier result, with nobody else doing so."""
    now = job.ports.clock.now().timestamp()
    kept.remove_candidate(job.workspace)
    kept.sweep(job.workspace, now)
    project = job.workspace.project.resolve()
    training = Training(job.config, project, job.ports, job.ports.environments.project())
    if job.config.data.prepare and missing_globs(job.config.data, project):
        training.prepare()
    refuse_missing(job.config.data, project)
    memory = DigestMemory(job.workspace.root / "digests.json", now)
    fingerprint = take(job.config, project, training.interpreter, memory)
    outside = elsewhere(job.config, project, training.interpreter, memory.asked)
    restored = None if force else _restored(job, training, fingerprint)
    result = restored or _trained(job, training, fingerprint, memory.asked)
    part = result.part.model_copy(update={"elsewhere": outside}) if result.part else None
    return result.model_copy(update={"part": part})


def _restored(job: Job, training: Training, fingerprint: Fingerprint) -> Result[TrainPart] | None:
    """Put the earlier result in the candidate's place, if there is a complete and intact one.

    Without `data.train` nobody can tell whether the data changed, so nothing is restored.
    """
    earlier = kept.find(job.workspace, fingerprint) if job.config.data.train else None
    if earlier is None:
        return _champion(job, training, fingerprint)
    if set(earlier.judged) != set(_judged(job)):
        return None
    try:
        bundle = kept.restore(job.workspace, earlier)
    except InputError as error:
        job.ports.progress.note(f"the kept training is damaged and not used: {error.what}")
        return None
    if earlier.profile != bundling.profile_settings(job.config.data):
        bundling.write_profile(training.tables(), job.config.data, bundle)
    reason = kept.words(earlier.part)
    part = earlier.part.model_copy(update={"restored": True})
    return conclude(_checks("restored", reason, earlier.warnings), part, reason=f"restored: {reason}")


def _champion(job: Job, training: Training, fingerprint: Fingerprint) -> Result[TrainPart] | None:
    """Take the champion that `baseline` fetched, if this is its training: a job on a new machine has no other store.

    Files that are judged instead of a model do not travel with a version, and nor do the other seeds' models, so then
    it is trained again.
    """
    champion = kept.champions(job.workspace, fingerprint)
    if champion is None or not job.config.data.train or _judged(job) or job.config.train.seeds > 1:
        return None
    try:
        bundle = kept.restore_champion(job.workspace, champion)
    except InputError as error:
        job.ports.progress.note(f"the champion is not taken: {error.what}")
        return None
    bundling.write_profile(training.tables(), job.config.data, bundle)
    reason = f"it is the champion; {kept.words(champion)}"
    part = champion.model_copy(update={"restored": True})
    return conclude(_checks("restored", reason, ()), part, reason=f"restored: {reason}")


def _trained(job: Job, training: Training, fingerprint: Fingerprint, before: Mapping[str, str]) -> Result[TrainPart]:
    """Train and put what was made in the candidate's place; `before` holds the digests of what it is made from."""
    rows = training_rows(job.config.data.train, training.project)
    with kept.discarding(job.workspace) as folder:
        room = Room(folder.resolve())
        if job.config.data.train:
            bundling.write_profile(training.tables(), job.config.data, room.bundle)
        trained, made = seeds.first(training, room)
        others = seeds.others(training, room)
        part = _part(job, trained, fingerprint, rows).model_copy(
            update={
                **made,
                "inputs": model_inputs(room.bundle.model),
                "cost": _cost([trained.outcome, *others]),
                "seeds": job.config.train.seeds,
            }
        )
        warnings = (*_fill(room, trained), *_moved(job, training, before))
        outputs = _written(job, training, since=trained.started)
        training.refuse_secrets(room.bundle.root)
        description = kept.Kept(
            part=part,
            manifest="",
            profile=bundling.profile_settings(job.config.data),
            judged=_judged(job),
            outputs=outputs,
            warnings=warnings,
        )
        if MOVED not in dict(warnings):
            kept.keep(job.workspace, room.bundle, description)
        kept.put_candidate(job.workspace, room.bundle.root)
    return conclude(_checks("trained", f"took {part.cost.wall_seconds:.1f} s", warnings), part)


def _moved(job: Job, training: Training, before: Mapping[str, str]) -> Warnings:
    """Say which files that training depends on are not what they were before it; its result is then not kept.

    What was not there before, the training wrote.
    """
    memory = DigestMemory(job.workspace.root / "digests.json", job.ports.clock.now().timestamp())
    with suppress(ConfigurationError, OSError):
        take(job.config, training.project, training.interpreter, memory)
    changed = [os.path.relpath(name, training.project) for name, was in before.items() if memory.asked.get(name) != was]
    if not changed:
        return ()
    words = (
        f"{', '.join(changed[:5])} changed while it was trained, so its result is not kept: the next run trains again; "
        "where training itself writes such a file, take it out by `!` in `project.source`"
    )
    return ((MOVED, words),)


def _part(job: Job, trained: Trained, fingerprint: Fingerprint, rows: int | None) -> TrainPart:
    """Return what is handed on, as far as it is known without the model."""
    chosen = trained.run
    return TrainPart(
        fingerprint=fingerprint,
        restored=False,
        cost=_cost([trained.outcome]),
        trained_at=job.ports.clock.now(),
        trained_commit=job.provenance.commit,
        run_name=chosen.name if chosen else "",
        params=chosen.params if chosen else {},
        metrics=chosen.metrics if chosen else {},
        found=trained.found,
        training_rows=rows,
    )


def _cost(outcomes: Sequence[Outcome]) -> Cost:
    """Add up what trainings one after another used."""
    return Cost(
        wall_seconds=sum(outcome.wall_seconds for outcome in outcomes),
        cpu_seconds=sum(outcome.cpu_seconds for outcome in outcomes),
        peak_memory_bytes=max(outcome.peak_memory_bytes for outcome in outcomes),
    )


def _fill(room: Room, trained: Trained) -> Warnings:
    """Put what the run logged into the bundle, and return what a person should know about it."""
    bundling.write_run(trained.export, trained.run, room.bundle)
    warnings = []
    left_out = bundling.copy_artifacts(trained.run, room.bundle) if trained.run else []
    if left_out:
        limit = bundling.ARTIFACT_BYTES // 1_000_000
        warnings.append(("artifacts", f"more than {limit} MB; left out: {', '.join(left_out[:5])}"))
    if trained.run and trained.run.not_finite:
        names = ", ".join(trained.run.not_finite)
        warnings.append(("metrics", f"not a finite number, and left out: {names}"))
    if trained.uri_set_at and not trained.export.runs:
        place = trained.uri_set_at
        warnings.append(("tracking", f"nothing was logged to the store it was given: {place} sets one of its own"))
    return tuple(warnings)


def _judged(job: Job) -> tuple[str, ...]:
    """Return the files of the project that `evaluate` reads instead of asking a model."""
    evaluate = job.config.evaluate
    return tuple(name for name in (evaluate.metrics_file, evaluate.predictions) if name)


def _written(job: Job, training: Training, *, since: float) -> dict[str, str]:
    """Return the files that are judged, as this training wrote them.

    Raises:
        ProjectCodeError: one is there and was not written by it: an earlier one's, or one that came with the checkout.

    """
    written = kept.written(training.project, _judged(job), since=since)
    for name in _judged(job):
        if name not in written and (training.project / name).exists():
            raise ProjectCodeError(
                f"the training did not write `{name}`, which is judged: the one that is there is older",
                where=str(training.project / name),
                fix="let the training write it, and keep it out of git",
            )
    return written


def _checks(how: str, reason: str, warnings: Warnings) -> list[Check]:
    """Return the checks of a training that ended well."""
    done = Check(name="training", status=CheckStatus.PASSED, value=how, reason=reason)
    return [done, *(Check(name=name, status=CheckStatus.WARNED, reason=words) for name, words in warnings)]
