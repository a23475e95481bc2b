"""Which pull request a run may comment on, and as which run's result."""

from dataclasses import dataclass

from trainstop.adapters.github.event import ENDED_RUN, Head, PullRequest, pull_request
from trainstop.adapters.github.twins import Rank
from trainstop.ports.inbox import Inbox, only_one
from trainstop.settings import Settings

NO_PULL_REQUEST = "this run is about no pull request; the job's summary says the same"


@dataclass(frozen=True)
class Place:
    """A pull request, and the workflow and run whose result is shown there."""

    pull: PullRequest
    workflow: str
    rank: Rank


@dataclass(frozen=True)
class Nowhere:
    """There is none. `surprising` when there was one a moment ago."""

    reason: str
    surprising: bool = False


def place_of(settings: Settings, inbox: Inbox, checked_run: int) -> Place | Nowhere:
    """Return where a result belongs.

    Args:
        settings: of our own run.
        inbox: tells of the run that ended, where ours was started by one, and looks anew at its pull request.
        checked_run: number of the run whose result it is, when that is not ours.

    """
    if settings.event != ENDED_RUN:
        pull = pull_request(settings.event, settings.event_file)
        rank = Rank(settings.run, settings.attempt)
        return Place(pull, settings.workflow, rank) if pull else Nowhere(NO_PULL_REQUEST)
    if not checked_run:
        return Nowhere(NO_PULL_REQUEST)
    run = inbox.checked()
    if run.number != checked_run:
        return Nowhere(f"the records are of run {checked_run}, and the one that ended is {run.number}", surprising=True)
    found = only_one(run, inbox.pull_requests(run))
    if isinstance(found, str):
        return Nowhere(found, surprising=True)
    pull = PullRequest(number=found.number, head=Head(sha=found.commit))
    return Place(pull, run.workflow, Rank(run.number, run.attempt))
