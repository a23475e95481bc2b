"""Starting a workflow once: by its name in the list of runs, since a start has no key of its own."""

from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

from trainstop.adapters.github.answers import Answer, Run, Runs
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.identity import Identity
from trainstop.adapters.github.patience import Patience
from trainstop.adapters.github.trouble import LimitedError, RefusedError, UnclearError
from trainstop.ports.forge import Dispatch, Dispatched

OURS = "(trainstop "
SKEW = timedelta(minutes=1)
"""By how much the runner's clock and GitHub's may differ."""
APPEARS = 15.0
"""Seconds after which a run that was started is listed, with room."""
NOT_TAKEN = 422


class Started(Answer):
    """GitHub's answer to a start; older servers give none."""

    html_url: str


class Dispatches:
    """Starts of workflows."""

    def __init__(self, api: Api, patience: Patience, identity: Identity) -> None:
        """Keep what to ask with."""
        self._api = api
        self._patience = patience
        self._identity = identity

    def start(self, wanted: Dispatch) -> Dispatched:
        """Start a workflow, unless a run of ours answers the same occasion already.

        Raises:
            RefusedError: there is no such workflow, it takes no such inputs, or we may not.
            UnavailableError: GitHub does not answer.

        """
        tried = False

        def step() -> Dispatched | None:
            nonlocal tried
            place = self._api.path(f"/actions/workflows/{quote(wanted.workflow, safe='')}")
            since = (wanted.since - SKEW).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            query = {"event": "workflow_dispatch", "created": f">={since}"}
            runs = self._api.get(Runs, f"{place}/runs", per_page=100, **query).workflow_runs
            run = answering(runs, wanted, self._identity.login)
            if run is not None:
                return Dispatched(created=tried, address=run.html_url)
            if not self._patience.may_write():
                return None
            tried = True
            return Dispatched(created=True, address=self._post(place, wanted))

        return self._patience.settle(step)

    def _post(self, place: str, wanted: Dispatch) -> str:
        """Start it; return the run's address, if GitHub tells it."""
        inputs = {"reason": f"{wanted.reason} {OURS}{wanted.key})", **wanted.inputs}
        body = {"ref": wanted.ref or self._api.repository().default_branch, "inputs": inputs}
        try:
            started = self._send(place, {**body, "return_run_details": True})
        except UnclearError as error:
            raise LimitedError(f"the answer to a start was lost: {error}", APPEARS) from error
        except RefusedError as error:
            if error.status != NOT_TAKEN or "return_run_details" not in error.reason:
                raise
            started = self._send(place, body)
        return started.html_url if started else ""

    def _send(self, place: str, body: Mapping[str, Any]) -> Started | None:
        """Send the start."""
        shape: Any = Started | None
        found: Started | None = self._api.send(shape, "POST", f"{place}/dispatches", body)
        return found


def answering(runs: Iterable[Run], wanted: Dispatch, login: str) -> Run | None:
    """Return the run that answers an occasion: ours, and named by its key where the workflow shows its reason at all.

    A workflow without `run-name: ${{ inputs.reason }}` is recognised by author and time alone.
    """
    for run in runs:
        ours = run.actor is not None and run.actor.login == login and run.created_at >= wanted.since - SKEW
        if ours and (f"{OURS}{wanted.key})" in run.display_title or OURS not in run.display_title):
            return run
    return None
