"""`register`: one complete model version for this code, data, configuration and environment."""

import shutil
from pathlib import Path
from typing import Any

from trainstop import digests, files, versions
from trainstop.delivery import champions, past
from trainstop.drift.profile import Profile
from trainstop.errors import ConflictError, InputError
from trainstop.job import Job
from trainstop.ports.registry import Alias, Version, winner
from trainstop.records import Check, CheckStatus, Record, Result, Results, Status, conclude
from trainstop.records.checks import LintPart, TestPart
from trainstop.records.delivery import RegisterPart
from trainstop.records.judging import EvaluatePart, ModelTestPart
from trainstop.records.training import TrainPart
from trainstop.records.travelling import PREDICTIONS, UnpackPart
from trainstop.report import own_templates
from trainstop.report.card import Words, render_card
from trainstop.report.templating import TEMPLATES
from trainstop.report.view import gather

SIGNALS = (LintPart, TestPart, TrainPart, EvaluatePart, ModelTestPart)
"""Whose records travel with a version; a failed one among them is a red signal."""

TRIES = 3
MADE_BY = "trainstop.made-by"
"""The tag that tells who of two that registered at once made the version."""


def run(job: Job) -> Result[RegisterPart]:
    """Register the candidate, if no signal is red.

    Raises:
        InputError: there is no model, nothing was evaluated, or a record is about an earlier training.
        UnavailableError: the registry does not answer.

    """
    train, evaluated = job.results.part(TrainPart), job.results.part(EvaluatePart)
    _require_model(job)
    _require_untouched(job, train, evaluated)
    records = [(kind, job.results.find(kind)) for kind in SIGNALS]
    _require_fresh(job, dict(records))
    signals = [signal(kind.stage, record) for kind, record in records]
    if any(check.status is CheckStatus.FAILED for check in signals):
        red = ", ".join(check.name for check in signals if check.status is CheckStatus.FAILED)
        return conclude(signals, reason=f"not registered: {red} failed")
    shutil.rmtree(job.workspace.candidate.seeds, ignore_errors=True)  # what they say is in the record by now
    _carry(job, [kind.stage for kind, record in records if record is not None])
    _write_card(job)

    name = job.config.model.name
    key = versions.version_key(job.config, job.provenance.repository, train.fingerprint, evaluated.evaluation_data)
    registry = job.ports.registry
    before = winner(registry.versions(name), key)
    job.ports.progress.note(f"{name} to {registry.uri}")
    own = _put_forward(job)
    made_by = digests.short(digests.of_value([job.run.owner, job.ports.clock.now().isoformat()]), 32)
    lineage = {**tags(job, train, dict(records)), versions.PUT_FORWARD: own.text, MADE_BY: made_by}
    version = registry.publish(name, key, job.workspace.candidate, lineage, description=job.config.model.description)
    candidate = _point_candidate(job, version, own)
    if (anew := champions.judged_anew(version, evaluated, train.model_digest)) is not None:
        registry.tag_version(name, version.number, champions.JUDGED_AGAINST, anew)
    created = before is None and version.tags.get(MADE_BY) == made_by
    champion = registry.alias(name, Alias.CHAMPION)
    done = Check(
        name="version",
        status=CheckStatus.PASSED,
        value=version.number,
        reason="" if created else "it was there already, for the same code, data, configuration and environment",
    )
    part = RegisterPart(
        model_name=name,
        model_version=version.number,
        key=key,
        created=created,
        delivered=champion is not None and champion.number == version.number,
        manifest=version.manifest,
    )
    return conclude(
        [*signals, done, candidate], part, reason=f"version {version.number}" + ("" if created else ", as before")
    )


def signal(stage: str, record: Record[Any] | None) -> Check:
    """Turn an earlier record into a check: failed stops, unsure warns, absent is shown as absent."""
    if record is None:
        return Check(name=stage, status=CheckStatus.SKIPPED, reason="did not run here")
    by_status = {
        Status.PASSED: CheckStatus.PASSED,
        Status.FAILED: CheckStatus.FAILED,
        Status.INCONCLUSIVE: CheckStatus.WARNED,
        # An evaluation that looked at nothing is no evidence; other checks may be switched off.
        Status.SKIPPED: CheckStatus.FAILED if stage in (EvaluatePart.stage, TrainPart.stage) else CheckStatus.SKIPPED,
    }
    return Check(name=stage, status=by_status[record.status], reason=record.reason)


def tags(job: Job, train: TrainPart, records: dict[Any, Record[Any] | None]) -> dict[str, str]:
    """Return the lineage of a version: where it came from, what it was made of, and what was found."""
    verdict = records[EvaluatePart]
    origin = job.provenance
    lineage = {
        "repository": origin.repository,
        "commit": origin.commit + (" (with uncommitted changes)" if origin.dirty else ""),
        "ref": origin.ref,
        "actor": origin.actor,
        "run-url": origin.run_url,
        "code": train.fingerprint.code,
        "data": train.fingerprint.data,
        "command": train.fingerprint.command,
        "environment": train.fingerprint.environment,
        "configuration": versions.configuration_digest(job.config),
        "environment-lock": train.environment_lock,
        "model-digest": train.model_digest,
        "verdict": f"{verdict.status}: {verdict.reason}" if verdict else "",
    }
    judged = past.judged(verdict.part, job.config.gates) if verdict and verdict.part else ""
    against = champions.judged_against(verdict.part) if verdict and verdict.part else ""
    named = {f"trainstop.{name}": value for name, value in lineage.items()}
    named |= {past.METRICS_TAG: judged, champions.JUDGED_AGAINST: against}
    return {name: value for name, value in named.items() if value}


def _put_forward(job: Job) -> versions.PutForward:
    """Say when this run began: with its training, which is known after a wait and in another job; a person's is now."""
    train = job.results.find(TrainPart)
    began = train.started_at if train is not None and job.run.number else job.ports.clock.now()
    return versions.PutForward(began, job.run.workflow, job.run.number)


def _point_candidate(job: Job, version: Version, own: versions.PutForward) -> Check:
    """Make the version the candidate, a newer number or an older one, unless a run that began later put one forward.

    Raises:
        ConflictError: others moved the alias each time it was looked at.

    """
    name, registry = job.config.model.name, job.ports.registry
    if own.later_than(versions.put_forward(version)):
        registry.tag_version(name, version.number, versions.PUT_FORWARD, own.text)
    else:
        own = versions.put_forward(version)
    for attempt in range(TRIES):
        there = registry.alias(name, Alias.CANDIDATE)
        if there is not None and _is_later(there, version, own):
            reason = f"version {there.number} stays the candidate: the run that put it forward began later"
            return Check(name="candidate", status=CheckStatus.WARNED, value=there.number, reason=reason)
        try:
            registry.move_alias(name, Alias.CANDIDATE, to=version.number, expected=there.number if there else None)
            break
        except ConflictError:
            if attempt == TRIES - 1:
                raise
    return Check(name="candidate", status=CheckStatus.PASSED, value=version.number)


def _is_later(there: Version, version: Version, own: versions.PutForward) -> bool:
    """Say whether a later run put the candidate forward; what trainstop did not register was put forward by nobody."""
    return there.complete and there.number != version.number and versions.put_forward(there).later_than(own)


def _require_model(job: Job) -> None:
    """Refuse to register what is not a model."""
    place = job.workspace.candidate.model / "MLmodel"
    if not place.is_file():
        raise InputError(
            "there is no model to register",
            where=str(place),
            fix="let `train.command` log a model to MLflow, or name it with `train.model`",
        )


def _require_untouched(job: Job, train: TrainPart, evaluated: EvaluatePart) -> None:
    """Refuse a model or a predictions table that is not the one its record is about."""
    bundle = job.workspace.candidate
    files = sorted(path for path in bundle.model.rglob("*") if path.is_file())
    table = bundle.predictions
    changed = {
        TrainPart.stage: train.model_digest and train.model_digest != digests.of_files(bundle.model, files),
        EvaluatePart.stage: _predictions_changed(job, evaluated.predictions),
    }
    for stage, place in ((TrainPart.stage, bundle.model), (EvaluatePart.stage, table)):
        if changed[stage]:
            raise InputError(
                f"`{place.name}` is not what `{stage}` recorded",
                where=str(place),
                fix="run the line again from `trainstop train`; change nothing in .trainstop by hand",
            )


def _predictions_changed(job: Job, digest: str) -> bool:
    """Say whether the predictions table is not the one that was recorded; one that did not travel is not changed."""
    table = job.workspace.candidate.predictions
    if not digest or table.exists():
        return bool(digest) and digest != digests.of_file(table)
    unpacked = job.results.find(UnpackPart)
    return unpacked is None or unpacked.part is None or PREDICTIONS not in unpacked.part.left_out


def _require_fresh(job: Job, records: dict[Any, Record[Any] | None]) -> None:
    """Refuse verdicts about an earlier training: the model has changed since."""
    trained = records[TrainPart]
    for kind in (EvaluatePart, ModelTestPart):
        record = records[kind]
        if trained is not None and record is not None and record.started_at < trained.started_at:
            raise InputError(
                f"the record of `{kind.stage}` is older than that of `train`: it is about another model",
                where=str(job.results.path(kind.stage)),
                fix=f"run `trainstop {kind.stage}` again",
            )


def _carry(job: Job, stages: list[str]) -> None:
    """Put the records into the bundle, and no others."""
    folder = job.workspace.candidate.records
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for stage in stages:
        shutil.copyfile(job.results.path(stage), folder / f"{stage}.json")


def _write_card(job: Job) -> None:
    """Put the model card into the bundle, from the records that travel in it."""
    bundle, config = job.workspace.candidate, job.config
    view = gather(Results(bundle.records, job.masked), model=config.model.name, description=config.model.description)
    words = Words(
        task=config.model.task,
        serving=config.model.serving,
        said=config.card.model_dump(),
        periods=_periods(bundle.profile),
    )
    own = own_templates.read(job.workspace.project, config.report.templates, TEMPLATES)
    files.write_text(bundle.card, job.masked_text(render_card(view, words, own)))


def _periods(path: Path) -> str:
    """Say which time the training data covers; empty where nobody knows."""
    try:
        profile = Profile.read(path)
    except InputError:  # the card says less; whoever watches the version will say that its profile is broken
        return ""
    first, last = profile.starts[0], profile.starts[-1]
    return f"{profile.period}s from {first} to {last}" if first and last else ""
