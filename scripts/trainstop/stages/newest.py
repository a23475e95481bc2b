"""`newest`: is a version still the newest candidate, and may it be delivered at all?"""

from trainstop import versions
from trainstop.delivery.champions import moved_on
from trainstop.delivery.selection import selected
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import NewestPart
from trainstop.records.serving import known_serving


def run(
    job: Job, *, version: str | None = None, environment: str = "production", again: bool = False
) -> Result[NewestPart]:
    """Compare a version with the registry's `candidate` and with the ledger. Reads the registry only.

    It passes when a later run put another version forward, since nothing is wrong then. It fails when the environment
    was rolled back from the version, unless `again`.

    Raises:
        InputError: there is no such version.
        UnavailableError: the registry does not answer.

    """
    name, registry = job.config.model.name, job.ports.registry
    wanted = selected(registry, job.results, name, version)
    candidate = registry.alias(name, Alias.CANDIDATE)
    candidate = candidate if candidate and candidate.complete else None
    champion = registry.alias(name, Alias.CHAMPION)
    entries = registry.entries(name)
    names = versions.names_of(environment, entries, job.config.environments)
    left = versions.rolled_back(entries, names, wanted.number)
    newest = _newest(wanted, candidate)
    part = NewestPart(
        model_version=wanted.number,
        candidate_version=candidate.number if candidate else None,
        superseded=_superseded(wanted, candidate),
        rolled_back=left is not None,
        serving=known_serving(entries, environment) == wanted.number,
    )
    checks = [
        newest,
        *([_left(left, wanted.number, again=again or part.superseded)] if left else []),
        *([] if part.superseded else map(_again, moved_on(wanted, champion))),
    ]
    return conclude(checks, part, reason="; ".join(check.reason for check in checks if check.reason))


def _superseded(wanted: Version, candidate: Version | None) -> bool:
    """Say whether the candidate is another version, put forward by a run that began later."""
    if candidate is None or candidate.number == wanted.number:
        return False
    return versions.put_forward(candidate).later_than(versions.put_forward(wanted))


def _newest(wanted: Version, candidate: Version | None) -> Check:
    """Say how a version and the candidate stand."""
    reason = ""
    if candidate is None:
        reason = "the registry has no candidate: nothing newer is known"
    elif _superseded(wanted, candidate):
        reason = f"version {candidate.number} is the candidate meanwhile: version {wanted.number} is not deployed"
    elif candidate.number != wanted.number:
        reason = f"version {candidate.number} is the candidate, of a run that began earlier"
    status = CheckStatus.WARNED if reason else CheckStatus.PASSED
    return Check(name="newest", status=status, value=wanted.number, reason=reason)


def _again(unseen: Check) -> Check:
    """Say how a version is compared with the champion of today, while there is time for it."""
    return unseen.model_copy(update={"reason": f"{unseen.reason}; run the line again to do so"})


def _left(left: LedgerEntry, number: int, *, again: bool) -> Check:
    """Refuse what was found bad once, unless somebody wants it again."""
    why = f" ({left.reason})" if left.reason else ""
    reason = f"{left.environment} was rolled back from version {number} on {left.at:%Y-%m-%d %H:%M} UTC{why}"
    if again:
        return Check(name="rolled back", status=CheckStatus.WARNED, value=number, reason=reason)
    fix = "change what is wrong, which makes another version, or deliver this one once more with --again"
    return Check(name="rolled back", status=CheckStatus.FAILED, value=number, reason=f"{reason}: {fix}")
