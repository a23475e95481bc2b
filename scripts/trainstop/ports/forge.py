"""Comments, issues, approvals and dispatches: what is between us and people, on GitHub or in the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue of ours, found by its hidden marker."""

    number: int
    title: str
    body: str
    state: Literal["open", "closed"]
    labels: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Posted:
    """Where a comment is; without an address, `reason` says why there is none."""

    address: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What protects an environment.

    Attributes:
        exists: whether there is such an environment at all.
        reviewers: who may approve; one of them is enough.
        branches: `any`, `protected`, or `named`: which branches may deploy.
        patterns: names of the branches and tags, when they are named; None when they cannot be read.
        self_review: whether who started a run may approve it.
        administrators_bypass: whether administrators may pass the rules by; None when the forge does not say.
        address: where a person changes the rules.

    """

    exists: bool
    reviewers: tuple[str, ...] = ()
    branches: Literal["any", "protected", "named"] = "any"
    patterns: tuple[str, ...] | None = ()
    self_review: bool = True
    administrators_bypass: bool | None = None
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One person's word about one environment in this run."""

    environment: str
    person: str
    state: Literal["approved", "rejected", "pending"]
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """A workflow to start. `key` is part of `reason`'s words in the run's name, by which it is found again.

    Attributes:
        workflow: file name below `.github/workflows`.
        ref: branch or tag it runs on; the repository's default branch when empty.
        key: names the one occasion; a short word without spaces.
        reason: in words, for the workflow's input `reason`.
        since: a run that we started before this moment answers another occasion.
        inputs: further inputs, which the workflow must know.

    """

    workflow: str
    key: str
    reason: str
    since: datetime
    ref: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Dispatched:
    """A workflow that was started: now, or (`created` is False) by an earlier try."""

    created: bool
    address: str = ""


def hidden(marker: str) -> str:
    """Return the HTML comment that carries a marker in Markdown; one that is hidden already is returned as it is.

    What could end the comment is percent-encoded, so that two markers never look the same.
    """
    word = marker.removeprefix("<!--").removesuffix("-->").strip()
    return f"<!-- {quote(word, safe='%:/@', errors='replace')} -->"


class Forge(Protocol):
    """Where reports and incidents are shown. `marker` makes each effect happen once.

    A marker is a word like `trainstop:report:flight-delay`; the forge hides it in the text (see `hidden`).

    Raises (all methods):
        UnavailableError: the server does not answer, or asks to wait for longer than we may.
        ConfigurationError: it answers, and refuses: a right that the job was not given, or something switched off.
    """

    def put_comment(self, marker: str, body: str, *, only_update: bool = False, checked_run: int = 0) -> Posted:
        """Create or update the section with this marker in the one comment of this workflow.

        With `only_update` a comment that is not there is not made. A comment that may not or cannot be made is no
        error: it is said why. `checked_run` is the number of the run whose result it is, where that is another one
        than ours (see `ports.inbox`): the comment is that run's, and is made only while its commit still is the head.
        """

    def put_summary(self, body: str) -> str:
        """Show text in the job's summary; return where it can be read, empty when only the job's page shows it."""

    def issue(self, marker: str) -> Issue | None:
        """Return our issue with this marker, the oldest if there are several."""

    def open_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue, once per marker; an open one is returned as it is, a closed one is reopened.

        One that a newer run closed stays closed.
        """

    def update_issue(self, number: int, body: str) -> bool:
        """Replace an issue's text (the marker is kept); False when a newer run wrote it, whose text stays."""

    def comment_issue(self, number: int, key: str, body: str) -> None:
        """Add a comment to an issue, once per key."""

    def close_issue(self, number: int) -> None:
        """Close an issue, unless a newer run wrote its text."""

    def rules(self, environment: str) -> Rules | None:
        """Return what protects an environment; None where nobody keeps environments (outside GitHub)."""

    def approvals(self) -> tuple[Approval, ...] | None:
        """Return who approved or rejected this run so far; None where nobody approves (outside GitHub)."""

    def dispatch(self, wanted: Dispatch) -> Dispatched:
        """Start a workflow, once per key.

        Raises:
            InputError: there is no such workflow, or it cannot be started this way.

        """
