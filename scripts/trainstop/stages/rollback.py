"""`rollback`: back to the last good version, from any state, and with the registry down."""

from trainstop import versions
from trainstop.delivery.going_back import WayBack, way_back
from trainstop.delivery.notes import Notes, RollbackNote
from trainstop.errors import TrainstopError
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry
from trainstop.ports.targets import Current, Target
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import RollbackPart

TRAFFIC = ("deploy", "rollback", "reconcile")


def run(job: Job, *, environment: str = "production", reason: str | None = None) -> Result[RollbackPart]:
    """Take a version on trial away, or else bring the last good version back; then tell the registry.

    Traffic comes first. The registry is asked once, and what it does not take is noted for `reconcile`.

    Raises:
        UnavailableError: the target does not answer.

    """
    target = job.ports.target(environment)
    notes = Notes(job.workspace.target(environment) / "notes")
    note, now = notes.last_rollback(), target.current()
    way, silence = _decide(job, environment, now, note)
    if way.impossible:
        check = Check(name="way back", status=CheckStatus.FAILED, reason=way.impossible)
        return conclude([check], reason=f"{environment} is left as it is: {way.impossible}")

    begun = _begin(job, notes, way, note)
    for number in way.abort:
        job.ports.progress.note(f"takes version {number} away")
        target.abort(number)
    if way.commits and way.to is not None:
        job.ports.progress.note(f"brings version {way.to} back")
        target.commit(way.to)
    serves = _serving(target, environment, way)
    entry = _entry(job, environment, way, reason or "", begun)
    notes.keep(entry)
    told = _unsaid(silence) if silence else _tell(job, notes, entry, way)
    if begun is not None:
        notes.note_rollback(begun.model_copy(update={"finished": True}))
    part = RollbackPart(
        environment=environment,
        from_version=way.left,
        to_version=way.to,
        aborted=way.abort,
        registry_updated=told.status is CheckStatus.PASSED,
    )
    place = f"version {way.to}" if way.to is not None else "no version"
    back = f"{environment} serves {place} again, without version {way.left}"
    return conclude([serves, told], part, reason="" if serves.status is CheckStatus.FAILED else back)


def _decide(job: Job, environment: str, now: Current, note: RollbackNote | None) -> tuple[WayBack, str]:
    """Return the way back, and why the registry is silent if it was asked and is.

    It is asked before the traffic moves only where it can change the way: to tell whether the last good version was
    itself rolled back from, when this machine has no note of that, or an old one.
    """
    way = way_back(now, note, None)
    if way.impossible == "" and not (way.commits and note is None):
        return way, ""
    if now.serving is None or now.last_good is None:
        return way, ""
    try:
        entries = job.ports.registry.entries(job.config.model.name)
    except TrainstopError as error:
        return way, error.what
    done = [entry for entry in entries if entry.outcome == "done"]
    return way_back(now, note, versions.last_entry(done, environment, *TRAFFIC)), ""


def _begin(job: Job, notes: Notes, way: WayBack, note: RollbackNote | None) -> RollbackNote | None:
    """Note a rollback before its first side effect; one that was begun keeps its own note."""
    if way.to is None or way.left is None or (not way.commits and (note is None or note.finished)):
        return None
    if note is not None and not note.finished and (note.to, note.left) == (way.to, way.left):
        return note
    begun = RollbackNote(left=way.left, to=way.to, at=job.ports.clock.now())
    notes.note_rollback(begun)
    return begun


def _serving(target: Target, environment: str, way: WayBack) -> Check:
    """Ask the target whether it serves what it should, and nothing else."""
    if way.to is None:
        return Check(
            name="serving", status=CheckStatus.WARNED, reason=f"nothing else was ever deployed in {environment}"
        )
    now, health = target.current(), target.health(way.to)
    if now.serving != way.to or now.traffic != {way.to: 100}:
        reason = f"{environment} still says that it serves {now.traffic}"
    elif not health.ready:
        reason = f"version {way.to} does not answer: {health.reason}"
    else:
        return Check(name="serving", status=CheckStatus.PASSED, value=way.to)
    return Check(name="serving", status=CheckStatus.FAILED, value=way.to, reason=reason)


def _entry(job: Job, environment: str, way: WayBack, reason: str, begun: RollbackNote | None) -> LedgerEntry:
    """Write what was done. A version that was only on trial was never in service, so nothing there changed hands."""
    at = begun.at if begun is not None else job.ports.clock.now()
    version = way.to if way.to is not None else way.left or 0
    return LedgerEntry(
        key=versions.entry_key("rollback", environment, version, f"{way.left} {at.isoformat()}"),
        action="rollback",
        environment=environment,
        version=version,
        previous=way.left,
        outcome="done" if begun is not None else "undone",
        reason=reason,
        actor=job.provenance.actor,
        at=at,
    )


def _tell(job: Job, notes: Notes, entry: LedgerEntry, way: WayBack) -> Check:
    """Write the ledger and move the aliases of the environment that the champion belongs to."""
    name = job.config.model.name
    try:
        registry = job.ports.registry
        registry.write_entry(name, entry)
        notes.drop(entry)
        if way.to is not None and versions.promoted_environment(registry.entries(name)) == entry.environment:
            aliases = {alias: found.number for found in registry.versions(name) for alias in found.aliases}
            champion, previous = aliases.get(Alias.CHAMPION), aliases.get(Alias.PREVIOUS)
            moves = versions.return_to(way.to, champion, previous) if champion == way.left else []
            for move in moves:
                registry.move_alias(name, move.alias, to=move.to, expected=move.expected)
    except TrainstopError as error:
        return _unsaid(error.what)
    return Check(name="registry", status=CheckStatus.PASSED, reason="ledger and aliases say so too")


def _unsaid(why: str) -> Check:
    """Warn that the registry does not know yet."""
    return Check(name="registry", status=CheckStatus.WARNED, reason=f"run `trainstop reconcile` later: {why}")
