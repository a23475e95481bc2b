"""What stands where a champion is missing: never one, one that is lost, or one that trainstop did not register."""

from trainstop.delivery.selection import others
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import EvaluatePart

JUDGED_AGAINST = "trainstop.judged-against"
"""The tag of a version that says which version was the champion when it was judged."""
NONE = "none"
MODEL_TAG = "trainstop.model-digest"
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
    if error := lost(job, stranger):
        raise error
    if stranger is None:
        return Check(name="champion", status=CheckStatus.PASSED, reason="no champion yet")
    reason = f"{stranger.unusable}: there is nothing to compare with until `trainstop promote` moves `champion`"
    return Check(name="champion", status=CheckStatus.WARNED, reason=reason)


def lost(job: Job, stranger: Version | None) -> InputError | None:
    """Return what is wrong, and what helps, where a version was promoted and is not the champion; None else."""
    name, registry = job.config.model.name, job.ports.registry
    promoted = [entry for entry in registry.entries(name) if entry.action == "promote"]
    if not promoted:
        return None
    now = f"the champion is another: {stranger.unusable}" if stranger else "nothing is the champion"
    return InputError(
        f"version {promoted[-1].version} of `{name}` was promoted, and now {now}",
        where=registry.uri,
        fix=_what_helps(job, promoted[-1], registry.versions(name)),
    )


def _what_helps(job: Job, last: LedgerEntry, found: list[Version]) -> str:
    """Name what makes a version the champion again: the one that was, if it is still there."""
    production = _production(job, last)
    promote = "trainstop promote" + (f" --environment {production}" if production != "production" else "")
    if not others(found):
        return f"no version is left: {FIRST}, then make it the champion with `{promote}`"
    there = any(version.number == last.version and version.complete for version in found)
    if job.config.model.serving != "endpoint":
        number = str(last.version) if there else "N"
        return f"run `{promote} --version {number}`{'' if there else f', N one of {others(found)}'}"
    if not there:
        return f"deploy another version to {production} and run `{promote}`: {others(found)}"
    repair = "`trainstop reconcile`, or " if production == last.environment else ""
    return f"run {repair}`{promote}` when {production} serves a version"


def _production(job: Job, last: LedgerEntry) -> str:
    """Return what production is called: as it was when it was promoted from last, or since it was renamed."""
    names = (last.environment, job.config.monitor.environment, *sorted({*job.config.environments} - {Alias.STAGING}))
    return next((name for name in names if name in job.config.environments), last.environment)


def judged_against(part: EvaluatePart) -> str:
    """Return the value of `JUDGED_AGAINST`."""
    return NONE if part.champion_version is None else str(part.champion_version)


def judged_anew(version: Version, part: EvaluatePart, model: str) -> str | None:
    """Return `JUDGED_AGAINST` of a version that was there before, if this very model was compared with another one."""
    same = bool(model) and version.tags.get(MODEL_TAG) == model
    changed = version.tags.get(JUDGED_AGAINST) != judged_against(part)
    return judged_against(part) if same and changed and part.champion_version not in (None, version.number) else None


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
