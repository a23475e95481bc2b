"""What started this run: read from the event's file, which anybody who can open a pull request has a hand in."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainstop.errors import InputError

WITH_PULL_REQUEST = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events that are about one pull request, whose report belongs there. A merge queue's run has none."""
LARGEST = 32 << 20


class Head(BaseModel):
    """The commit a pull request stood at when the run started."""

    model_config = ConfigDict(frozen=True)

    sha: str = Field(pattern=r"^[0-9a-f]{40,64}$")


class PullRequest(BaseModel):
    """The pull request of an event."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(gt=0)
    head: Head


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
