"""`status`: what is deployed where, and which version each alias points to."""

from collections.abc import Collection, Iterable

from trainstop.delivery.going_back import on_trial
from trainstop.errors import TrainstopError
from trainstop.job import Job
from trainstop.ports.registry import Alias, Version
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import EnvironmentStatus, StatusPart
from trainstop.records.serving import promoted_environment


def run(job: Job) -> Result[StatusPart]:
    """Ask the registry and every target; what does not answer is shown as such and hides nothing else.

    A model without an endpoint is deployed nowhere, and no target is asked.
    """
    name = job.config.model.name
    aliases: dict[str, int] = {}
    count, promoted = 0, ""
    numbers: set[int] | None = None
    try:
        found = job.ports.registry.versions(name)
        promoted = promoted_environment(job.ports.registry.entries(name))
    except TrainstopError as error:
        registry = Check(name="registry", status=CheckStatus.INCONCLUSIVE, reason=error.what)
    else:
        aliases = {alias: version.number for version in found for alias in version.aliases}
        count = sum(version.complete for version in found)
        numbers = {version.number for version in found}
        registry = _registry(found, count)
    expected = {Alias.STAGING.value: aliases.get(Alias.STAGING), promoted: aliases.get(Alias.CHAMPION)}
    places = sorted(job.config.environments) if job.config.model.serving == "endpoint" else []
    environments = [look(job, environment, expected.get(environment), numbers) for environment in places]
    part = StatusPart(model_name=name, versions=count, aliases=aliases, environments=tuple(environments))
    return conclude([registry, *map(_check, environments)], part)


def _registry(found: Iterable[Version], count: int) -> Check:
    """Show how many versions there are, and aliases that point to what no alias of ours may point to."""
    odd = [f"`{alias}`: {at.unusable}" for at in found if at.unusable for alias in at.aliases if alias in set(Alias)]
    status = CheckStatus.WARNED if odd else CheckStatus.PASSED
    return Check(name="registry", status=status, value=count, reason="; ".join(odd))


def look(job: Job, environment: str, expected: int | None, numbers: Collection[int] | None) -> EnvironmentStatus:
    """Ask one target.

    Args:
        job: where we are.
        environment: which one.
        expected: the version that the registry believes to be there, where it believes anything.
        numbers: the versions that the registry has; None when it does not answer.

    """
    try:
        now = job.ports.target(environment).current()
    except TrainstopError as error:
        return EnvironmentStatus(environment=environment, reason=error.what)
    odd = ""
    if trial := on_trial(now):
        odd = f"version {trial[0]} is on trial"
    elif now.serving is not None and not now.traffic:
        odd = "it is not running"
    elif expected is not None and now.serving != expected:
        odd = f"the registry believes that it serves version {expected}"
    elif now.serving is not None and numbers is not None and now.serving not in numbers:
        odd = f"the registry has no version {now.serving} any more"
    return EnvironmentStatus(
        environment=environment,
        serving=now.serving,
        last_good=now.last_good,
        traffic=now.traffic,
        endpoint=now.endpoint,
        reason=odd,
    )


def _check(seen: EnvironmentStatus) -> Check:
    """Turn what was seen into a check: looking is no gate, so nothing fails here."""
    if seen.serving is None and seen.reason and not seen.traffic:
        return Check(name=seen.environment, status=CheckStatus.INCONCLUSIVE, reason=seen.reason)
    status = CheckStatus.WARNED if seen.reason else CheckStatus.PASSED
    return Check(name=seen.environment, status=status, value=seen.serving, reason=seen.reason)
