"""`deploy`: a registered, verified version on an environment's target, or the old one as it was."""

from contextlib import suppress

from trainstop import digests, versions
from trainstop.config.delivery import EnvironmentSection
from trainstop.delivery.contract import repeats_golden
from trainstop.delivery.exclusive import exclusively
from trainstop.delivery.going_back import left_over, on_trial
from trainstop.delivery.holding import Hold, longest
from trainstop.delivery.notes import Notes
from trainstop.delivery.plan import Planned, plan
from trainstop.delivery.rollout import Rollout, withdraw
from trainstop.delivery.selection import completeness, selected
from trainstop.errors import TrainstopError, foreseen
from trainstop.golden import Golden
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.ports.targets import Current, Target
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.delivery import DeployPart, Step
from trainstop.records.serving import known_serving


def run(job: Job, *, environment: str = "staging", version: str | None = None) -> Result[DeployPart]:
    """Deploy a version; on any failure the old one serves on, alone.

    Raises:
        ConfigurationError: there is no such environment.
        ConflictError: another run deploys to this environment, here or on another machine.
        InputError: there is no such version, or its files are not what was registered.
        UnavailableError: the registry or the target does not answer before anything was changed.

    """
    section = job.config.environment(environment)
    if job.config.model.serving != "endpoint":
        reason = f'model.serving is "{job.config.model.serving}": there is no endpoint to deploy'
        return Result(status=Status.SKIPPED, reason=reason)
    wanted = selected(job.ports.registry, job.results, job.config.model.name, version)
    complete = completeness(wanted)
    if complete.status is CheckStatus.FAILED:
        return conclude([complete])
    hold = Hold(job, environment, longest(section))
    with exclusively(job.workspace.target(environment) / "deploy.lock", f"a deployment to {environment}"):
        hold.take()
        try:
            return _deploy(job, hold, section, wanted, complete)
        finally:
            hold.end()


def _deploy(job: Job, hold: Hold, section: EnvironmentSection, wanted: Version, complete: Check) -> Result[DeployPart]:
    """Deploy, with nobody else doing so."""
    environment = hold.environment
    target = job.ports.target(environment)
    before = target.current()
    folder = job.workspace.versions / digests.short(wanted.manifest or str(wanted.number), 32)
    bundle = job.ports.registry.download(wanted, folder)
    golden = Golden.read(bundle.golden)
    if _serves(target, before, wanted.number) and _proved(job, environment, before, golden):
        told = _record_service(job, environment, wanted.number, None, fresh=False)
        check = Check(name="serving", status=CheckStatus.PASSED, value=wanted.number, reason="it was already")
        part = _part(environment, section, wanted.number, before, before, ())
        return conclude([complete, check, told], part, reason=f"{environment} serves version {wanted.number} already")
    _clear(job, environment, target, before, wanted.number)
    previous = before.serving if before.serving != wanted.number else None
    rollout = Rollout(
        target=target,
        endpoints=job.ports.endpoints,
        clock=job.ports.clock,
        progress=job.ports.progress,
        section=section,
        version=wanted.number,
        previous=previous,
        bundle=bundle,
        golden=golden,
        renew=hold.renew,
        checks=[complete],
    )
    done, reason = _carry_out(rollout, hold, plan(section.strategy, section.steps, replaces=previous is not None))
    if not done:
        if not hold.lost():
            rollout.checks.append(withdraw(target, wanted.number, previous))
        _write(job, environment, wanted.number, previous, "stopped", reason)
    else:
        rollout.checks.append(_record_service(job, environment, wanted.number, previous, fresh=True))
    part = _part(environment, section, wanted.number, before, target.current(), tuple(rollout.steps))
    return conclude(rollout.checks, part, reason="" if not done else f"{environment} serves version {wanted.number}")


def _carry_out(rollout: Rollout, hold: Hold, planned: tuple[Planned, ...]) -> tuple[bool, str]:
    """Carry out a plan; say whether all went well, and if not, why."""
    try:
        done = rollout.run(planned)
    except (TrainstopError, OSError) as error:
        if (known := foreseen(error)) is None:
            raise
        rollout.checks.append(Check(name="deployment", status=CheckStatus.FAILED, reason=known.what))
        done = False
    except KeyboardInterrupt:
        if not hold.lost():
            withdraw(rollout.target, rollout.version, rollout.previous)
        raise
    last = rollout.checks[-1]
    return done, "" if done else f"{last.name}: {last.reason}"


def _serves(target: Target, now: Current, number: int) -> bool:
    """Say whether a version is in service, alone and answering."""
    return now.serves_alone(number) and target.health(number).ready


def _proved(job: Job, environment: str, now: Current, golden: Golden) -> bool:
    """Say whether what serves keeps its contract: its deployment may have failed there, with nothing to go back to.

    Without an address to ask, the ledger must know that it once did.
    """
    if now.endpoint:
        asked = repeats_golden(job.ports.endpoints, now.endpoint, golden, "golden predictions, at the endpoint")
        return asked.status is CheckStatus.PASSED
    return known_serving(job.ports.registry.entries(job.config.model.name), environment) == now.serving


def _clear(job: Job, environment: str, target: Target, before: Current, number: int) -> None:
    """Take away what an interrupted deployment left, this version's own traffic too."""
    for other in dict.fromkeys((*on_trial(before), *left_over(before))):
        if other != number or before.traffic.get(other):
            job.ports.progress.note(f"takes version {other} away, which an interrupted deployment left")
            target.abort(other)
            _write(job, environment, other, before.serving, "undone", "left by an interrupted deployment")


def _record_service(job: Job, environment: str, number: int, previous: int | None, *, fresh: bool) -> Check:
    """Tell the registry what serves now: ledger, and the alias of staging."""
    name, registry = job.config.model.name, job.ports.registry
    try:
        if fresh or known_serving(registry.entries(name), environment) != number:
            told = _write(job, environment, number, previous, "done", "")
            if told:
                return _untold(told)
        if environment == Alias.STAGING:
            there = registry.alias(name, Alias.STAGING)
            registry.move_alias(name, Alias.STAGING, to=number, expected=there.number if there else None)
    except TrainstopError as error:
        return _untold(error.what)
    return Check(name="registry", status=CheckStatus.PASSED, reason="the ledger says so too")


def _untold(why: str) -> Check:
    reason = f"the deployment stands, and `trainstop reconcile` must write it down later: {why}"
    return Check(name="registry", status=CheckStatus.WARNED, reason=reason)


def _write(job: Job, environment: str, number: int, previous: int | None, outcome: str, reason: str) -> str:
    """Write a line of the ledger, noted first so that it is not lost; return why it could not be written."""
    name, registry, at = job.config.model.name, job.ports.registry, job.ports.clock.now()
    notes = Notes(job.workspace.target(environment) / "notes")
    failure = ""
    try:
        last = versions.last_entry(registry.entries(name), environment)
        after = last.key if last else ""
    except TrainstopError as error:
        after, failure = at.isoformat(), error.what
    entry = LedgerEntry(
        key=versions.entry_key(f"deploy {outcome}", environment, number, after),
        action="deploy",
        environment=environment,
        version=number,
        previous=previous,
        outcome=outcome,
        reason=reason,
        actor=job.provenance.actor,
        at=at,
    )
    with suppress(OSError):  # where there is no room for a note, the ledger may still take the line
        notes.keep(entry)
    if failure:
        return failure
    try:
        registry.write_entry(name, entry)
    except TrainstopError as error:
        return error.what
    notes.drop(entry)
    return ""


def _part(
    environment: str, section: EnvironmentSection, number: int, before: Current, now: Current, steps: tuple[Step, ...]
) -> DeployPart:
    return DeployPart(
        environment=environment,
        model_version=number,
        previous_version=before.serving if before.serving != number else before.last_good,
        strategy=section.strategy,
        endpoint=now.endpoint,
        steps=steps,
    )
