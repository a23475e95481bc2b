"""Whether the version that is watched is alive: asked of its target, where that can be asked from here."""

from collections.abc import Callable, Iterable
from datetime import datetime

from trainstop.errors import ConfigurationError, NoCredentialError, TrainstopError
from trainstop.ports.targets import Current, Health, Target
from trainstop.records.serving import Entry, moved
from trainstop.records.watching import Signal

PATIENCE = 10.0
"""Seconds that a target is given for an answer: a look is no deployment."""
NAME = "health"
LONGEST_REASON = 300
"""Letters of what a target says: it may be all that a command printed."""


def health(open_target: Callable[[], Target], version: int, *, bound: str = "") -> Signal | None:
    """Ask a target whether it serves a version, and whether that is healthy.

    A target that does not answer says nothing about the version: the fault may lie between it and us.

    Args:
        open_target: makes the target.
        version: that should be served.
        bound: name of the environment where its target knows only what was deployed from this machine, so that nothing
            may be elsewhere, and ends by itself.

    Returns:
        None where there is no target that could be asked from here.

    """
    try:
        target = open_target()
        now = target.current()
        ready = Health(ready=False) if now.serving is None or not now.traffic else target.health(now.serving)
    except (ConfigurationError, NoCredentialError):  # no such environment, or one for other machines or jobs to ask
        return None
    except TrainstopError as error:
        return Signal(name=NAME, level="not enough data", reason=f"the target cannot be asked: {error.what}")
    if bound and now.serving is None:
        return None
    if bound and not now.traffic:
        ended = f"it was stopped, or ended by itself after `environments.{bound}.lifetime`"
        again = f"`trainstop deploy --environment {bound} --version {now.serving}` starts it again"
        return Signal(name=NAME, level="look", reason=f"version {now.serving} does not run: {ended}; {again}")
    return _judged(now, ready, version)


def _judged(now: Current, ready: Health, version: int) -> Signal:
    """Judge what the target said. Another version that is healthy may be one that waits for its promotion."""
    if now.serving is None:
        return Signal(name=NAME, level="act", reason=f"nothing is served, and version {version} should be")
    if not now.traffic:
        return Signal(name=NAME, level="act", reason=f"version {now.serving} is committed, and does not run")
    if not ready.ready:
        words = " ".join(ready.reason.split())[:LONGEST_REASON]
        why = f": {words}" if words else ""
        return Signal(name=NAME, level="act", reason=f"version {now.serving} is served, and is not healthy{why}")
    if now.serving != version:
        return Signal(
            name=NAME, level="look", reason=f"version {now.serving} is served, and version {version} should be"
        )
    return Signal(name=NAME, level="quiet", reason=f"version {version} is served, and is healthy")


def promoted_at(entries: Iterable[Entry], environment: str, version: int) -> datetime | None:
    """Return since when an environment serves a version, by the ledger; None when that does not say.

    Of what was done in a row for one version (a deployment, then its promotion) the first counts.
    """
    since = None
    for entry in moved(entries, environment):
        since = (since or entry.at) if entry.version == version else None
    return since
