"""What started this run: read from the event's file, which anybody who can open a pull request has a hand in."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainstop.errors import InputError
from trainstop.ports.inbox import CheckedRun

WITH_PULL_REQUEST = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events that are about one pull request, whose report belongs there. A merge queue's run has none."""
ENDED_RUN = "workflow_run"
"""The event that says that a run has ended, and starts ours on the default branch."""
LARGEST = 32 << 20
WORKFLOWS = ".github/workflows/"


class Head(BaseModel):
    """The commit a pull request stood at when the run started."""

    model_config = ConfigDict(frozen=True)

    sha: str = Field(pattern=r"^[0-9a-f]{40,64}$")


class PullRequest(BaseModel):
    """The pull request of an event."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(gt=0)
    head: Head


class Account(BaseModel):
    """A person, an organisation, or a bot."""

    model_config = ConfigDict(frozen=True)

    login: str


class Place(BaseModel):
    """A repository."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(gt=0)
    full_name: str
    owner: Account


class EndedRun(BaseModel):
    """A run that has ended. Its branch, and the repository that this is in, may be gone."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(gt=0)
    run_attempt: int = Field(gt=0)
    html_url: str
    event: str
    path: str
    head_sha: str = Field(pattern=r"^[0-9a-f]{40,64}$")
    head_branch: str | None = None
    head_repository: Place | None = None
    actor: Account | None = None


class Ended(BaseModel):
    """The event of a run that has ended."""

    model_config = ConfigDict(frozen=True)

    workflow_run: EndedRun
    repository: Place


def checked_run(name: str, path: Path | None) -> CheckedRun:
    """Return the run that an event says has ended.

    Args:
        name: of the event.
        path: of its file.

    Raises:
        InputError: the event is about no such run, or its file does not say which.

    """
    if name != ENDED_RUN:
        raise InputError(
            f"no run has ended: this one was started by `{name or 'nobody'}`",
            where="GITHUB_EVENT_NAME",
            fix="receive in a workflow with `on: workflow_run`, as the example's report.yml",
        )
    try:
        ended = Ended.model_validate(_read(path))
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(
            f"the file of the event `{name}` does not say which run has ended",
            where=str(path or "GITHUB_EVENT_PATH"),
            fix="leave GITHUB_EVENT_PATH as the runner set it",
        ) from error
    return _told(ended)


def _told(ended: Ended) -> CheckedRun:
    """Return the run in the port's words."""
    run, source = ended.workflow_run, ended.workflow_run.head_repository
    return CheckedRun(
        number=run.id,
        attempt=run.run_attempt,
        address=run.html_url,
        event=run.event,
        workflow=run.path.partition("@")[0].removeprefix(WORKFLOWS),
        commit=run.head_sha,
        branch=run.head_branch or "",
        owner=source.owner.login if source else "",
        repository=source.full_name if source else "",
        repository_id=source.id if source else 0,
        own=source is not None and source.id == ended.repository.id,
        actor=run.actor.login if run.actor else "",
    )


def pull_request(name: str, path: Path | None) -> PullRequest | None:
    """Return the pull request that a run is about, or None.

    Args:
        name: of the event.
        path: of its file.

    Raises:
        InputError: the event is about a pull request, and its file does not say which.

    """
    if name not in WITH_PULL_REQUEST:
        return None
    try:
        return PullRequest.model_validate(_read(path).get("pull_request"))
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(
            f"the file of the event `{name}` does not say which pull request it is about",
            where=str(path or "GITHUB_EVENT_PATH"),
            fix="leave GITHUB_EVENT_PATH as the runner set it",
        ) from error


def _read(path: Path | None) -> dict[str, Any]:
    """Return the event."""
    if path is None or path.stat().st_size > LARGEST:
        raise ValueError("no event file of a sane size")
    event = json.loads(path.read_bytes())
    if not isinstance(event, dict):
        raise ValueError("an event is an object")  # noqa: TRY004  # one kind for whatever is no event
    return event
