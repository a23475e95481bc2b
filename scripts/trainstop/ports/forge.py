"""Comments and issues: what a person reads on GitHub, or in the outbox when there is no GitHub."""

from collections.abc import Sequence
from dataclasses import dataclass
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


def hidden(marker: str) -> str:
    """Return the HTML comment that carries a marker in Markdown; one that is hidden already is returned as it is.

    What could end the comment is percent-encoded, so that two markers never look the same.
    """
    word = marker.removeprefix("<!--").removesuffix("-->").strip()
    return f"<!-- {quote(word, safe='%:/@', errors='replace')} -->"


class Forge(Protocol):
    """Where reports and incidents are shown. `marker` makes each effect happen once.

    A marker is a word like `trainstop:report:flight-delay`; the forge hides it in the text (see `hidden`).

    Raises (all methods): UnavailableError when the server does not answer or refuses.
    """

    def put_comment(self, marker: str, body: str, *, only_update: bool = False) -> str:
        """Create or update the one comment with this marker; return its address.

        With `only_update` a comment that is not there is not made, and the address is empty.
        """

    def put_summary(self, body: str) -> str:
        """Show text in the job's summary; return where it can be read, empty when only the job's page shows it."""

    def issue(self, marker: str) -> Issue | None:
        """Return our issue with this marker, the oldest if there are several."""

    def open_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue, once per marker; an open one is returned as it is, a closed one is reopened."""

    def update_issue(self, number: int, body: str) -> None:
        """Replace an issue's text (the marker is kept)."""

    def comment_issue(self, number: int, key: str, body: str) -> None:
        """Add a comment to an issue, once per key."""

    def close_issue(self, number: int) -> None:
        """Close an issue."""
