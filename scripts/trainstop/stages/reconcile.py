"""`reconcile`: afterwards every environment is all old or all new, and target, ledger and registry agree."""

from collections.abc import Iterator
from contextlib import contextmanager

from trainstop import versions
from trainstop.delivery.champions import lost
from trainstop.delivery.exclusive import exclusively
from trainstop.delivery.going_back import GONE, begun, left_over, on_trial, way_back
from trainstop.delivery.holding import Hold
from trainstop.delivery.notes import Notes, RollbackNote
from trainstop.errors import ConflictError, TrainstopError
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.ports.targets import Current, Target
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import ReconcilePart
from trainstop.records.serving import known_serving, promoted_environment


def run(job: Job, *, environment: str | None = None) -> Result[ReconcilePart]:
    """End what was interrupted, targets first; what cannot be reached fails its own check and stops nothing else.

    Raises:
        ConfigurationError: there is no such environment.

    """
    places = _places(job, environment)
    actions: list[str] = []
    checks: list[Check] = []
    disagreement = ""
    serving: dict[str, Current] = {}
    for place in places:
        try:
            with _alone(job, place):
                serving[place] = _settle_target(job, place, actions)
        except ConflictError as error:  # what is still running was not interrupted
            checks.append(Check(name=place, status=CheckStatus.WARNED, reason=f"left alone: {error.what}"))
        except TrainstopError as error:
            checks.append(_failed(place, error.what))
        else:
            checks.append(Check(name=place, status=CheckStatus.PASSED, value=serving[place].serving))
    try:
        disagreement = _settle_registry(job, places, serving, actions)
    except TrainstopError as error:
        checks.append(_failed("registry", error.what))
    else:
        status = CheckStatus.WARNED if disagreement else CheckStatus.PASSED
        checks.append(Check(name="registry", status=status, reason=disagreement))
    done = f"{len(actions)} things were put right" if actions else "nothing was left behind"
    done = f"{done}; {disagreement}" if disagreement else done
    stopped = any(check.status is CheckStatus.FAILED for check in checks)
    return conclude(checks, ReconcilePart(actions=tuple(actions)), reason="" if stopped else done)


def _places(job: Job, environment: str | None) -> list[str]:
    """Return the environments to look at: one, or all."""
    if not environment:
        return sorted(job.config.environments)
    job.config.environment(environment)
    return [environment]


@contextmanager
def _alone(job: Job, environment: str) -> Iterator[None]:
    """Keep deployments away, here and elsewhere. Without the registry nobody can say who is busy: all old is safe.

    Raises:
        ConflictError: somebody is deploying there.

    """
    hold = Hold(job, environment)
    with exclusively(job.workspace.target(environment) / "deploy.lock", f"a deployment to {environment}"):
        try:
            hold.take()
        except ConflictError:
            raise
        except TrainstopError as error:
            job.ports.progress.note(f"cannot see whether anybody deploys to {environment}: {error.what}")
        try:
            yield
        finally:
            hold.end()


def _failed(name: str, reason: str) -> Check:
    return Check(name=name, status=CheckStatus.FAILED, reason=reason)


def _settle_target(job: Job, environment: str, actions: list[str]) -> Current:
    """Make an environment all old or all new, by the target's own knowledge, and note it for the ledger."""
    target = job.ports.target(environment)
    notes = Notes(job.workspace.target(environment) / "notes")
    now = target.current()
    if _finish_rollback(job, environment, target, notes, now):
        actions.append(f"{environment}: finished an interrupted rollback")
        now = target.current()
    for number in (*on_trial(now), *left_over(now)):
        share = now.traffic.get(number, 0)
        undone = _undone(job, environment, now, number)
        if not any((entry.version, entry.previous) == (undone.version, number) for entry in notes.pending()):
            notes.keep(undone)
        target.abort(number)
        actions.append(f"{environment}: took away version {number}, left at {share}% by an interrupted deployment")
    return target.current()


def _finish_rollback(job: Job, environment: str, target: Target, notes: Notes, now: Current) -> bool:
    """Finish a rollback that was begun and not ended, by the note here or else by the ledger."""
    note = _begun(job, environment, notes)
    if note is None:
        return False
    done = note.model_copy(update={"finished": True})
    if now.serving not in (note.left, note.to):  # something else was deployed since
        notes.note_rollback(done)
        return False
    way = way_back(now, note, None, environment)
    for number in way.abort:
        target.abort(number)
    if way.commits:
        target.commit(note.to)
    notes.keep(
        LedgerEntry(
            key=versions.entry_key("rollback", environment, note.to, f"{note.left} {note.at.isoformat()}"),
            action="rollback",
            environment=environment,
            version=note.to,
            previous=note.left,
            outcome="undone" if note.trial else "done",
            reason="interrupted, and finished by reconcile",
            actor=job.provenance.actor,
            at=job.ports.clock.now(),
        )
    )
    notes.note_rollback(done)
    return True


def _begun(job: Job, environment: str, notes: Notes) -> RollbackNote | None:
    """Return the rollback that was begun and not ended; one that this machine ended has ended."""
    note = notes.last_rollback()
    if note is not None and not note.finished:
        return note
    try:
        told = begun(job.ports.registry.entries(job.config.model.name), environment)
    except TrainstopError:  # its own check says so
        return None
    return None if note is not None and told is not None and note.at == told.at else told


def _undone(job: Job, environment: str, now: Current, number: int) -> LedgerEntry:
    """Write down that a version was taken away."""
    at = job.ports.clock.now()
    return LedgerEntry(
        key=versions.entry_key("reconcile", environment, number, at.isoformat()),
        action="reconcile",
        environment=environment,
        version=now.serving if now.serving is not None else number,
        previous=number,
        outcome="undone",
        reason=f"version {number} was left by an interrupted deployment",
        actor=job.provenance.actor,
        at=at,
    )


def _settle_registry(job: Job, places: list[str], serving: dict[str, Current], actions: list[str]) -> str:
    """Bring ledger and aliases in line with the targets; return in words what a person has to decide."""
    name, registry = job.config.model.name, job.ports.registry
    for environment in places:
        notes = Notes(job.workspace.target(environment) / "notes")
        for entry in notes.pending():
            registry.write_entry(name, entry)
            notes.drop(entry)
            actions.append(f"ledger: wrote the {entry.action} of {environment}")
    actions.extend(f"registry: {words}" for words in registry.tidy(name))
    for environment, now in serving.items():
        _write_unwritten(job, environment, now, actions)
    return _settle_aliases(job, serving, actions)


def _write_unwritten(job: Job, environment: str, now: Current, actions: list[str]) -> None:
    """Write down a deployment that was committed and not written."""
    name, registry = job.config.model.name, job.ports.registry
    entries = registry.entries(name)
    known = known_serving(entries, environment)
    if now.serving is None or known == now.serving:
        return
    last = versions.last_entry(entries, environment)
    registry.write_entry(
        name,
        LedgerEntry(
            key=versions.entry_key("reconcile", environment, now.serving, last.key if last else ""),
            action="reconcile",
            environment=environment,
            version=now.serving,
            previous=known,
            outcome="done",
            reason="found in service; the run that deployed it did not write it down",
            actor=job.provenance.actor,
            at=job.ports.clock.now(),
        ),
    )
    actions.append(f"ledger: wrote that {environment} serves version {now.serving}")


def _settle_aliases(job: Job, serving: dict[str, Current], actions: list[str]) -> str:
    """Move aliases where the ledger proves that they are behind; `staging` simply follows its target."""
    name, registry = job.config.model.name, job.ports.registry
    found = registry.versions(name)
    pointers = versions.Pointers.among(found)
    complete = {version.number for version in found if version.complete}
    entries = registry.entries(name)
    environment = promoted_environment(entries)
    now = serving.get(environment)
    moves: list[versions.Move] = []
    words = ""
    if now and job.config.model.serving == "endpoint":  # else nothing serves it, and nothing is wrong with that
        moves, words = versions.champion_repair(entries, environment, now.serving, pointers)
    there = serving[Alias.STAGING].serving if Alias.STAGING in serving else None
    if there is not None and there != pointers.staging:
        moves = [*moves, versions.Move(alias=Alias.STAGING, to=there, expected=pointers.staging)]
    said = [words]
    for move in moves:
        if move.to is not None and move.to not in complete:
            said.append(f"version {move.to} serves and is {GONE}")
            continue
        registry.move_alias(name, move.alias, to=move.to, expected=move.expected)
        actions.append(f"registry: moved `{move.alias}` from {move.expected or 'nothing'} to {move.to or 'nothing'}")
    said.append(_stray(job, registry.alias(name, Alias.CHAMPION)))
    return "; ".join(dict.fromkeys(filter(None, said)))


def _stray(job: Job, champion: Version | None) -> str:
    """Say what is wrong with a champion that a person made one or removed; empty when nothing is."""
    if champion is None and job.config.model.serving != "endpoint":  # else what serves says more
        error = lost(job, None)
        return f"{error.what}: {error.fix}" if error else ""
    if champion is None or champion.complete:
        return ""
    helps = "`trainstop promote` moves the alias, or remove it in the registry"
    return f"`champion` points to a version that cannot be one: {champion.unusable}: {helps}"
