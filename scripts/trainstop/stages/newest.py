"""`newest`: is the version that waited for its approval still the newest candidate?"""

from trainstop.delivery.selection import selected
from trainstop.job import Job
from trainstop.ports.registry import Alias
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import NewestPart


def run(job: Job, *, version: str | None = None) -> Result[NewestPart]:
    """Compare a version with the registry's `candidate`. Reads the registry only, and passes either way.

    Raises:
        InputError: there is no such version.
        UnavailableError: the registry does not answer.

    """
    name, registry = job.config.model.name, job.ports.registry
    wanted = selected(registry, job.results, name, version)
    candidate = registry.alias(name, Alias.CANDIDATE)
    superseded = candidate is not None and candidate.number != wanted.number
    part = NewestPart(
        model_version=wanted.number,
        candidate_version=candidate.number if candidate else None,
        superseded=superseded,
    )
    if candidate is None:
        reason = "the registry has no candidate: nothing newer is known"
        check = Check(name="newest", status=CheckStatus.WARNED, value=wanted.number, reason=reason)
    elif superseded:
        reason = f"version {candidate.number} is the candidate meanwhile: version {wanted.number} is not deployed"
        check = Check(name="newest", status=CheckStatus.WARNED, value=wanted.number, reason=reason)
    else:
        check = Check(name="newest", status=CheckStatus.PASSED, value=wanted.number)
    return conclude([check], part, reason=check.reason)
