"""`rollback`: back to the last good version, from any state, and with the registry down."""

from collections.abc import Sequence
from dataclasses import replace

from trainstop import versions
from trainstop.delivery.going_back import GONE, NAME_IT, WayBack, begun, way_back
from trainstop.delivery.holding import Hold
from trainstop.delivery.notes import Notes, RollbackNote
from trainstop.delivery.undeployed import champion_back
from trainstop.errors import InputError, TrainstopError
from trainstop.job import Job
from trainstop.ports.registry import LedgerEntry
from trainstop.ports.targets import Current, Target
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import RollbackPart
from trainstop.records.serving import promoted_environment


def run(
    job: Job, *, environment: str = "production", reason: str | None = None, from_version: str | None = None
) -> Result[RollbackPart]:
    """Take a version on trial away, or else bring the last good version back; then tell the registry.

    The ledger is told what is about to happen before any traffic moves, so that a second try finishes the first. A
    registry that is down keeps nothing from going back; it is asked once.

    A model without an endpoint is served nowhere: the champion before becomes the champion again, and what it has to
    score anew is for whoever uses it.

    Raises:
        ConfigurationError: there is no such environment.
        InputError: `from_version` is no number.
        ConflictError: somebody else moved an alias of a model without an endpoint meanwhile.
        UnavailableError: the target does not answer, or the registry where there is no target.

    """
    leave = _number(from_version)
    job.config.environment(environment)
    if job.config.model.serving != "endpoint":
        return _undeployed(job, environment, leave, reason or "")
    target = job.ports.target(environment)
    notes = Notes(job.workspace.target(environment) / "notes")
    noted, now = notes.last_rollback(), target.current()
    entries, silence = _ledger(job, notes)
    note = _unfinished(noted, entries, environment)
    way = _once(job, way_back(now, note, entries, environment, leave), environment, note, entries, leave)
    if way.needless:
        return _stay(job, environment, now, way, leave, silence)
    if way.impossible:
        check = Check(name="way back", status=CheckStatus.FAILED, reason=way.impossible)
        return conclude([check], reason=f"{environment} is left as it is: {way.impossible}")

    hold = Hold(job, environment)
    silence = silence or _take_over(hold)
    try:
        return _go_back(job, environment, target, way, note, reason or "", silence)
    finally:
        if not silence:
            hold.end()


def _undeployed(job: Job, environment: str, leave: int | None, reason: str) -> Result[RollbackPart]:
    """Make the champion before the champion again. The ledger is told before and after, so a second try ends it."""
    name, registry = job.config.model.name, job.ports.registry
    entries, found = registry.entries(name), registry.versions(name)
    note = begun(entries, environment)
    names = versions.names_of(environment, entries, job.config.environments)
    way = _once(job, champion_back(found, entries, names, note, leave), environment, note, entries, leave)
    if way.needless:
        check = Check(name="way back", status=CheckStatus.PASSED, reason=way.needless)
        champion = versions.Pointers.among(found).champion
        part = RollbackPart(environment=environment, to_version=champion, registry_updated=True)
        return conclude([check], part, reason=f"nothing is touched: {way.needless}")
    if way.impossible or way.to is None or way.left is None:
        check = Check(name="way back", status=CheckStatus.FAILED, reason=way.impossible)
        return conclude([check], reason=f"the champion stays: {way.impossible}")
    intent = note if note and (note.left, note.to) == (way.left, way.to) else None
    if intent is None:
        intent = RollbackNote(left=way.left, to=way.to, at=job.ports.clock.now())
        registry.write_entry(name, _announcement(job, environment, intent, reason))
    for move in versions.return_to(way.to, versions.Pointers.among(found)):
        registry.move_alias(name, move.alias, to=move.to, expected=move.expected)
    registry.write_entry(name, _entry(job, environment, way, reason, intent))
    said = (
        f"version {way.to} is the champion again, without version {way.left}: what that answered is to be scored anew"
    )
    return conclude(
        [Check(name="champion", status=CheckStatus.PASSED, value=way.to)],
        RollbackPart(environment=environment, from_version=way.left, to_version=way.to, registry_updated=True),
        reason=said,
    )


def _stay(
    job: Job, environment: str, now: Current, way: WayBack, leave: int | None, silence: str
) -> Result[RollbackPart]:
    """Touch nothing, and say why; a ledger that could not be asked may still have to be told."""
    part = RollbackPart(environment=environment, to_version=now.serving, registry_updated=not silence)
    checks = [Check(name="way back", status=CheckStatus.PASSED, value=now.serving, reason=way.needless)]
    if silence and leave is not None:
        checks.append(_unsaid(job, environment, leave, silence, known=False))
    reasons = [f"nothing is touched: {way.needless}", *(check.reason for check in checks[1:])]
    return conclude(checks, part, reason="; ".join(reasons))


def _take_over(hold: Hold) -> str:
    """Stop whatever deploys there, before its next step; return why that could not be said."""
    try:
        hold.take(from_anybody=True)
    except TrainstopError as error:
        return error.what
    return ""


def _go_back(
    job: Job, environment: str, target: Target, way: WayBack, note: RollbackNote | None, reason: str, silence: str
) -> Result[RollbackPart]:
    """Go back; the ledger is told before and after, unless the registry is silent already."""
    notes = Notes(job.workspace.target(environment) / "notes")
    intent = _begin(job, notes, way, note)
    if intent is not None and intent is not note:
        silence = silence or _announce(job, environment, intent, reason)
    for number in way.abort:
        job.ports.progress.note(f"takes version {number} away")
        target.abort(number)
    if way.commits and way.to is not None:
        job.ports.progress.note(f"brings version {way.to} back")
        target.commit(way.to)
    serves = _serving(target, environment, way)
    entry = _entry(job, environment, way, reason, intent)
    notes.keep(entry)
    told = _unsaid(job, environment, way.left, silence, known=False) if silence else _tell(job, notes, entry, way)
    if intent is not None and not intent.trial:
        notes.note_rollback(intent.model_copy(update={"finished": True}))
    part = RollbackPart(
        environment=environment,
        from_version=way.left,
        to_version=way.to,
        aborted=way.abort,
        registry_updated=told.status is CheckStatus.PASSED,
    )
    place = f"version {way.to}" if way.to is not None else "no version"
    back = f"{environment} serves {place} again, without version {way.left}"
    if told.status is CheckStatus.INCONCLUSIVE:
        back = f"{back}; {told.reason}"
    return conclude([serves, told], part, reason="" if serves.status is CheckStatus.FAILED else back)


def _number(text: str | None) -> int | None:
    """Read a version number; an input of an action that is left out is an empty text."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InputError(f"`{text[:40]}` is no version number", where="--from-version", fix="give a number, like 7")
    return int(text)


def _ledger(job: Job, notes: Notes) -> tuple[list[LedgerEntry] | None, str]:
    """Return the ledger with what it does not have yet, or why the registry is silent."""
    try:
        entries = job.ports.registry.entries(job.config.model.name)
        return sorted([*entries, *notes.pending()], key=lambda entry: (entry.at, entry.key)), ""
    except TrainstopError as error:
        return None, error.what


def _unfinished(
    note: RollbackNote | None, entries: Sequence[LedgerEntry] | None, environment: str
) -> RollbackNote | None:
    """Return the rollback to finish, else the last one noted here. What this machine ended, it ended."""
    if note is not None and not note.finished:
        return note
    open_one = begun(entries or (), environment)
    return note if open_one is None or (note is not None and note.at == open_one.at) else open_one


def _once(
    job: Job,
    way: WayBack,
    environment: str,
    note: RollbackNote | None,
    entries: Sequence[LedgerEntry] | None,
    leave: int | None,
) -> WayBack:
    """Return the way back. A run of a workflow goes back once, however often it is tried."""
    finishes = note is not None and not note.finished and (way.left, way.to) == (note.left, note.to)
    if leave is not None or finishes or not job.run.fleeting:
        return way
    before = next(
        (entry for entry in entries or () if entry.key == _announced(environment, entry, job.run.owner)), None
    )
    if before is not None:
        return WayBack(needless=f"this run went back from version {before.previous} already")
    if job.run.attempt > 1:
        return WayBack(
            impossible=f"this is attempt {job.run.attempt} of a run, and whether an earlier one went back is nowhere "
            f"written; {NAME_IT}"
        )
    return way


def _begin(job: Job, notes: Notes, way: WayBack, note: RollbackNote | None) -> RollbackNote | None:
    """Note a rollback before its first side effect; one that was begun keeps its own note."""
    if way.to is None or way.left is None:
        return None
    if note is not None and not note.finished and (note.to, note.left) == (way.to, way.left):
        return note
    intent = RollbackNote(left=way.left, to=way.to, at=job.ports.clock.now(), trial=bool(way.abort) and not way.commits)
    if not intent.trial:
        notes.note_rollback(intent)
    return intent


def _announced(environment: str, entry: LedgerEntry, who: str) -> str:
    """Return the key under which a rollback is announced: one a run of a workflow, one a rollback elsewhere."""
    return versions.entry_key("rollback begun", environment, entry.previous or 0, who)


def _announce(job: Job, environment: str, intent: RollbackNote, reason: str) -> str:
    """Write to the ledger what is about to happen; return why it could not be written."""
    try:
        job.ports.registry.write_entry(job.config.model.name, _announcement(job, environment, intent, reason))
    except TrainstopError as error:
        return error.what
    return ""


def _announcement(job: Job, environment: str, intent: RollbackNote, reason: str) -> LedgerEntry:
    """Return the entry that says what is about to happen."""
    entry = LedgerEntry(
        key="",
        action="rollback",
        environment=environment,
        version=intent.to,
        previous=intent.left,
        outcome="begun",
        reason=reason,
        actor=job.provenance.actor,
        at=intent.at,
    )
    return replace(
        entry, key=_announced(environment, entry, job.run.owner if job.run.fleeting else intent.at.isoformat())
    )


def _serving(target: Target, environment: str, way: WayBack) -> Check:
    """Ask the target whether it serves what it should, and nothing else."""
    if way.to is None:
        return Check(
            name="serving", status=CheckStatus.WARNED, reason=f"nothing else was ever deployed in {environment}"
        )
    now, health = target.current(), target.health(way.to)
    if not now.serves_alone(way.to):
        reason = f"{environment} still says that it serves {now.traffic}"
    elif not health.ready:
        reason = f"version {way.to} does not answer: {health.reason}"
    else:
        return Check(name="serving", status=CheckStatus.PASSED, value=way.to)
    return Check(name="serving", status=CheckStatus.FAILED, value=way.to, reason=reason)


def _entry(job: Job, environment: str, way: WayBack, reason: str, intent: RollbackNote | None) -> LedgerEntry:
    """Write what was done. A version that was only on trial was never in service, so nothing there changed hands."""
    at = job.ports.clock.now()
    began = intent.at if intent is not None else at
    version = way.to if way.to is not None else way.left or 0
    return LedgerEntry(
        key=versions.entry_key("rollback", environment, version, f"{way.left} {began.isoformat()}"),
        action="rollback",
        environment=environment,
        version=version,
        previous=way.left,
        outcome="undone" if intent is None or intent.trial else "done",
        reason=reason,
        actor=job.provenance.actor,
        at=at,
    )


def _tell(job: Job, notes: Notes, entry: LedgerEntry, way: WayBack) -> Check:
    """Write the ledger and move the aliases of the environment that the champion belongs to."""
    name, written = job.config.model.name, False
    try:
        registry = job.ports.registry
        registry.write_entry(name, entry)
        notes.drop(entry)
        written = True
        if way.to is not None and promoted_environment(registry.entries(name)) == entry.environment:
            found = registry.versions(name)
            pointers = versions.Pointers.among(found)
            moves = versions.return_to(way.to, pointers) if pointers.champion == way.left else []
            if moves and not any(version.complete and version.number == way.to for version in found):
                return _stays(way)
            for move in moves:
                registry.move_alias(name, move.alias, to=move.to, expected=move.expected)
    except TrainstopError as error:
        return _unsaid(job, entry.environment, way.left, error.what, known=written)
    return Check(name="registry", status=CheckStatus.PASSED, reason="ledger and aliases say so too")


def _stays(way: WayBack) -> Check:
    """Say that the champion cannot be what serves: that was removed from the registry since it was deployed."""
    reason = f"the ledger says so; `champion` stays at version {way.left}, since version {way.to} is {GONE}"
    return Check(name="registry", status=CheckStatus.WARNED, reason=reason)


def _unsaid(job: Job, environment: str, left: int | None, why: str, *, known: bool) -> Check:
    """Say that the registry is behind, and what brings it up to date.

    Args:
        job: where we are; what is noted here may be gone with the machine.
        environment: where.
        left: the version that was gone back from.
        why: the registry does not know.
        known: whether the ledger says it, and only the aliases do not.

    """
    if not job.run.fleeting:
        return Check(name="registry", status=CheckStatus.WARNED, reason=f"run `trainstop reconcile` later: {why}")
    place = f"--environment {environment}"
    again = f"reconcile {place}" if known else f"rollback {place} --from-version {left}"
    reason = f"the registry was not told, and this machine goes away: run `trainstop {again}` when it answers: {why}"
    return Check(name="registry", status=CheckStatus.INCONCLUSIVE, reason=reason)
