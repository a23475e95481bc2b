"""GitHub's refusals in words a person can act on. Pure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from trainstop.adapters.github.answers import Pull
from trainstop.adapters.github.event import PullRequest
from trainstop.adapters.github.trouble import RefusedError
from trainstop.errors import ConfigurationError

PLACE = "GitHub"


@dataclass(frozen=True)
class Notice:
    """A notice beside the job; the runner's door escapes it."""

    message: str
    kind: str = "notice"
    properties: Mapping[str, str | int] = field(default_factory=lambda: {"title": "trainstop"})


def no_comment(error: RefusedError, number: int) -> str:
    """Say why there is no comment, where that is no error; empty where it is one.

    A pull request from a fork gets a token that may read only, on purpose.
    """
    words = error.reason.lower()
    if "locked" in words and error.status in {403, 422}:
        return f"the conversation of pull request {number} is locked; the job's summary says the same"
    if error.status == 403 and "archived" in words:
        return "the repository is archived; the job's summary says the same"
    if error.status == 403:
        return (
            "this job's token may not comment (a pull request from a fork, or no `pull-requests: write`); "
            "the job's summary says the same"
        )
    if error.status in {404, 410}:
        return f"pull request {number} is not there any more, or this job's token may not see it"
    return ""


def moved_on(now: Pull, then: PullRequest) -> str:
    """Say what became of a pull request since its event; empty when nothing did."""
    if now.merged:
        return f"pull request {then.number} was merged meanwhile; its comment is up to date all the same"
    if now.state == "closed":
        return f"pull request {then.number} was closed meanwhile; its comment is up to date all the same"
    if now.head.sha != then.head.sha:
        return (
            f"pull request {then.number} stands at commit {now.head.sha[:7]} meanwhile; "
            f"its comment tells of {then.head.sha[:7]} until that one's run is through"
        )
    return ""


@contextmanager
def allowed(what: str, right: str) -> Iterator[None]:
    """Turn a refusal within the block into words; see `refusal`."""
    try:
        yield
    except RefusedError as error:
        raise refusal(error, what, right) from error


def refusal(error: RefusedError, what: str, right: str) -> ConfigurationError:
    """Return a refusal as an error with what to do.

    Args:
        error: what GitHub said.
        what: was wanted, in words.
        right: that the job needs, as a workflow writes it.

    """
    fixes = {
        401: "give the step GITHUB_TOKEN: ${{ github.token }}; a job's token ends with the job",
        403: f"give the job `permissions: {{ {right} }}`; a pull request from a fork never gets it",
        404: f"look whether it exists, and give the job `permissions: {{ {right} }}`",
        410: "switch issues on in the repository's settings, or leave `alert` out",
        421: "set GITHUB_API_URL to the address of the API itself",
    }
    reason = {410: "issues are switched off in this repository"}.get(error.status, error.reason)
    return ConfigurationError(
        f"GitHub refuses {what}: {reason}", where=PLACE, fix=fixes.get(error.status, "see what GitHub says above")
    )
