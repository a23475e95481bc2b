"""`promote`: the version that production serves becomes the champion; without an endpoint, the registered one."""

from trainstop import versions
from trainstop.delivery.champions import moved_on
from trainstop.delivery.going_back import on_trial
from trainstop.delivery.protection import approved
from trainstop.delivery.selection import completeness, others, selected
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.delivery import PromotePart
from trainstop.records.serving import moved


def run(
    job: Job, *, environment: str = "production", version: str | None = None, unprotected: bool = False
) -> Result[PromotePart]:
    """Move `champion` and `previous`, if they are where they are expected, and close the ledger entry.

    With a `version` only that one is promoted: between its deployment and this step a newer one may have taken its
    place, which is promoted by whoever deployed it, or it may have been rolled back from. A model without an endpoint
    is deployed nowhere: no target is asked, and the version is the one that `register` made or that is named.

    Raises:
        ConfigurationError: there is no such environment.
        InputError: nothing is committed there, the registry does not know it as complete, or no such `version`.
        ConflictError: somebody else moved an alias meanwhile.
        UnavailableError: registry or target do not answer.

    """
    job.config.environment(environment)
    if job.config.model.serving != "endpoint":
        return _undeployed(job, environment, version, unprotected=unprotected)
    now = job.ports.target(environment).current()
    if now.serving is None:
        raise InputError(
            f"nothing is committed in {environment}, so nothing can be promoted",
            where=f"environment `{environment}`",
            fix=f"run `trainstop deploy --environment {environment}` first",
        )
    name, registry = job.config.model.name, job.ports.registry
    meant = registry.version(name, version).number if version else None
    if meant is not None and meant != now.serving:
        return _not_served(job, environment, meant, now.serving)
    if meant is None and (trial := on_trial(now)):
        check = Check(
            name="champion",
            status=CheckStatus.FAILED,
            reason=f"version {trial[0]} is still on trial in {environment}: finish its deployment, or roll it back",
        )
        return conclude([check])
    if not now.serves_alone(now.serving) and not on_trial(now):
        check = Check(
            name="champion",
            status=CheckStatus.FAILED,
            reason=f"version {now.serving} is committed in {environment} and does not run there: deploy it again",
        )
        return conclude([check])
    return _promote(job, environment, _served(job, environment, now.serving), unprotected=unprotected)


def _served(job: Job, environment: str, number: int) -> Version:
    """Return the version that an environment serves, as the registry knows it.

    Raises:
        InputError: it was removed, or is not complete.

    """
    registry = job.ports.registry
    found = registry.versions(job.config.model.name)
    served = next((version for version in found if version.number == number), None)
    if served is None or not served.complete:
        what = f"{environment} serves version {number}, which is not in the registry"
        raise InputError(
            f"what {environment} serves cannot be the champion: {served.unusable}" if served else what,
            where=registry.uri,
            fix=f"deploy a registered version to {environment} first: {others(found) or 'there is none'}",
        )
    return served


def _undeployed(job: Job, environment: str, version: str | None, *, unprotected: bool) -> Result[PromotePart]:
    """Promote a version that no target serves, unless it is incomplete or was rolled back from."""
    wanted = selected(job.ports.registry, job.results, job.config.model.name, version)
    complete = completeness(wanted)
    if complete.status is CheckStatus.FAILED:
        return conclude([complete])
    entries = job.ports.registry.entries(job.config.model.name)
    left = versions.rolled_back(
        entries, versions.names_of(environment, entries, job.config.environments), wanted.number
    )
    if left is not None:
        reason = f"{left.environment} was rolled back from version {wanted.number}: promote another one"
        return conclude([Check(name="champion", status=CheckStatus.FAILED, reason=reason)])
    return _promote(job, environment, wanted, unprotected=unprotected)


def _promote(job: Job, environment: str, version: Version, *, unprotected: bool) -> Result[PromotePart]:
    """Make a version the champion, and write it down."""
    unseen = moved_on(version, job.ports.registry.alias(version.name, Alias.CHAMPION))
    champion, before = _move(job, version)
    approved_by, told = approved(job, environment, unprotected=unprotected)
    warning = "".join(check.reason for check in unseen)
    _write_down(job, environment, version.number, before, approved_by, warning)
    reason = "it was the champion already" if champion == version.number else ""
    check = Check(name="champion", status=CheckStatus.PASSED, value=version.number, reason=reason)
    return conclude(
        [check, *unseen, *told],
        PromotePart(model_version=version.number, previous_version=before, approved_by=approved_by),
        reason=reason or "; ".join(filter(None, (f"version {version.number}", warning))),
    )


def _not_served(job: Job, environment: str, version: int, serving: int) -> Result[PromotePart]:
    """Pass when a newer version took its place, and fail when it was taken back."""
    entries = job.ports.registry.entries(job.config.model.name)
    said = f"{environment} serves version {serving}, not version {version}"
    deployed = any(entry.version == version for entry in moved(entries, environment))
    if deployed and versions.rolled_back(entries, {environment}, version) is None:
        return Result(status=Status.SKIPPED, reason=f"{said}, whose place it took meanwhile: nothing is promoted")
    check = Check(name="champion", status=CheckStatus.FAILED, reason=f"{said}: deploy it again before it is promoted")
    return conclude([check])


def _move(job: Job, version: Version) -> tuple[int | None, int | None]:
    """Move the aliases; return the champion that was, and the version before the new one."""
    name, registry = job.config.model.name, job.ports.registry
    now = versions.Pointers.among(registry.versions(name))
    for move in versions.promotion(version.number, now):
        registry.move_alias(name, move.alias, to=move.to, expected=move.expected)
    return now.champion, now.previous if now.champion == version.number else now.ours


def _write_down(job: Job, environment: str, version: int, previous: int | None, approved_by: str, warning: str) -> None:
    """Add the promotion to the ledger; its key follows what came before, so that entering it again adds nothing.

    That is the deployment, or, of a model that is never deployed, the last promotion of another version.
    """
    name, registry = job.config.model.name, job.ports.registry
    deploys = job.config.model.serving == "endpoint"
    done = [entry for entry in registry.entries(name) if entry.outcome == "done"]
    before = done if deploys else [entry for entry in done if entry.version != version]
    actions = ("deploy", "rollback", "reconcile", *(() if deploys else ("promote",)))
    followed = versions.last_entry(before, environment, *actions)
    registry.write_entry(
        name,
        LedgerEntry(
            key=versions.entry_key("promote", environment, version, followed.key if followed else ""),
            action="promote",
            environment=environment,
            version=version,
            previous=previous,
            outcome="done",
            reason=warning,
            actor=job.provenance.actor,
            approved_by=approved_by,
            at=job.ports.clock.now(),
        ),
    )
