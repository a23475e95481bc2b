"""What stands where a champion is missing: never one, one that is lost, or one that trainstop did not register."""

from trainstop.delivery.selection import others
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.ports.registry import LedgerEntry, Version
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import EvaluatePart

JUDGED_AGAINST = "trainstop.judged-against"
"""The tag of a version that says which version was the champion when it was judged."""
NONE = "none"
FIRST = "register one without a comparison (`trainstop train`, `evaluate`, `register`)"


def none_yet(job: Job, stranger: Version | None) -> Check:
    """Say that nothing was promoted yet, so that nothing is compared with.

    MLflow drops an alias together with its version, and anybody may point one elsewhere: where a version was promoted,
    comparing with nothing would let the next one pass unseen.

    Args:
        job: where we are.
        stranger: the version that the alias points to and that cannot be the champion; None when it points nowhere.

    Raises:
        InputError: a version was promoted, and the alias does not point to it or a later one.

    """
    name, registry = job.config.model.name, job.ports.registry
    promoted = [entry for entry in registry.entries(name) if entry.action == "promote"]
    if promoted:
        now = f"the champion is another: {stranger.unusable}" if stranger else "nothing is the champion"
        raise InputError(
            f"version {promoted[-1].version} of `{name}` was promoted, and now {now}",
            where=registry.uri,
            fix=_what_helps(job, promoted[-1], registry.versions(name)),
        )
    if stranger is None:
        return Check(name="champion", status=CheckStatus.PASSED, reason="no champion yet")
    reason = f"{stranger.unusable}: there is nothing to compare with until `trainstop promote` moves `champion`"
    return Check(name="champion", status=CheckStatus.WARNED, reason=reason)


def _what_helps(job: Job, last: LedgerEntry, found: list[Version]) -> str:
    """Name what makes a version the champion again: the one that was, if it is still there."""
    place = f" --environment {last.environment}" if last.environment != "production" else ""
    if not others(found):
        return f"no version is left: {FIRST}, then make it the champion with `trainstop promote{place}`"
    there = any(version.number == last.version and version.complete for version in found)
    if job.config.model.serving != "endpoint":
        number = str(last.version) if there else "N"
        return f"run `trainstop promote{place} --version {number}`{'' if there else f', N one of {others(found)}'}"
    if there:
        return f"run `trainstop reconcile`, or `trainstop promote{place}` when {last.environment} serves a version"
    return f"deploy another version to {last.environment} and run `trainstop promote{place}`: {others(found)}"


def judged_against(part: EvaluatePart) -> str:
    """Return the value of `JUDGED_AGAINST`."""
    return NONE if part.champion_version is None else str(part.champion_version)


def moved_on(version: Version, champion: Version | None) -> list[Check]:
    """Point at a champion that a version was never compared with; that stops nothing, since runs queue up."""
    against = version.tags.get(JUDGED_AGAINST, "")
    if champion is None or champion.unusable or champion.number == version.number:
        return []
    if against in ("", str(champion.number)) or champion.tags.get(JUDGED_AGAINST) == str(version.number):
        return []
    then = "when there was no champion" if against == NONE else f"against version {against}"
    reason = f"it was judged {then}, and the champion is version {champion.number}: nobody compared the two"
    return [Check(name="judged against", status=CheckStatus.WARNED, value=version.number, reason=reason)]
