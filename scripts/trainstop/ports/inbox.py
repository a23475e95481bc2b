"""A run that checked a pull request and may not comment, and what it left for the run that may."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class CheckedRun:
    """A run that has ended, as the forge itself tells of it; what was checked has no say in this.

    Attributes:
        number: of the run.
        attempt: which try of it has ended.
        address: where a person can look at it.
        event: what started it.
        workflow: its file, below `.github/workflows`.
        commit: the head of the branch that was checked.
        branch: its name.
        owner: of the repository that the branch is in; empty when that repository is gone.
        repository: that repository's name with its owner.
        repository_id: its number, which a new name does not change; 0 when it is gone.
        own: whether it is the very repository that we run for.
        actor: who started it.

    """

    number: int
    attempt: int
    address: str
    event: str
    workflow: str
    commit: str
    branch: str = ""
    owner: str = ""
    repository: str = ""
    repository_id: int = 0
    own: bool = False
    actor: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenPull:
    """An open pull request, and where its branch stands now. `repository_id` is 0 when that repository is gone."""

    number: int
    commit: str
    repository_id: int


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """An artifact's archive; where there is none that could be taken over, `reason` says why."""

    content: bytes = b""
    reason: str = ""


class Inbox(Protocol):
    """What a run left. Nothing of it is opened, and none of it is believed, here.

    Raises (all methods):
        UnavailableError: the server does not answer, or asks to wait for longer than we may.
        ConfigurationError: it answers, and refuses: a right that the job was not given.
    """

    def checked(self) -> CheckedRun:
        """Return the run that has ended.

        Raises:
            InputError: nothing says that one has.

        """

    def pull_requests(self, run: CheckedRun) -> tuple[OpenPull, ...]:
        """Return the open pull requests of a run's branch."""

    def artifact(self, run: CheckedRun, name: str, size: int) -> Parcel:
        """Return the newest artifact of this name that a run left, if it has at most `size` bytes."""


def only_one(run: CheckedRun, pulls: Iterable[OpenPull]) -> OpenPull | str:
    """Return the one open pull request that a run is about; else, in words, why there is none."""
    if not run.repository_id:
        return f"the repository that run {run.number} checked a branch of is gone"
    there = [pull for pull in pulls if pull.repository_id == run.repository_id and pull.commit == run.commit]
    if not there:
        return f"no open pull request stands at commit {run.commit[:7]}: it was closed, or its branch has moved on"
    if len(there) > 1:
        numbers = ", ".join(str(pull.number) for pull in there)
        return f"pull requests {numbers} stand at commit {run.commit[:7]}, and nothing says which one was checked"
    return there[0]
