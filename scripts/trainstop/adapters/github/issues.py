"""One issue a marker, with its life."""

from collections.abc import Sequence
from typing import Any, Literal

from trainstop.adapters.github import bodies
from trainstop.adapters.github.answers import IssueAnswer
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.comments import Comments
from trainstop.adapters.github.identity import Identity
from trainstop.adapters.github.patience import Patience
from trainstop.adapters.github.trouble import RefusedError
from trainstop.adapters.github.twins import Rank, Wanted, mark_of, marked, rank_of, same, text_of
from trainstop.ports.forge import Issue, hidden

ELSEWHERE = "the record of the run that wrote this"
REFUSED_FIELD = 422
UNIQUE = "trainstop:duplicate-of"


class Issues:
    """The issues of a repository."""

    def __init__(self, api: Api, patience: Patience, identity: Identity, comments: Comments, rank: Rank) -> None:
        """Keep what to ask with, and which run writes: a newer run's text is never replaced."""
        self._api = api
        self._rank = rank
        self._patience = patience
        self._identity = identity
        self._comments = comments
        self._listed: list[IssueAnswer] | None = None
        self._marks: dict[int, str] = {}
        self._made: dict[int, IssueAnswer] = {}
        """Issues that GitHub told us we made: a list that lags behind does not show them yet."""

    def find(self, mark: str) -> IssueAnswer | None:
        """Return our oldest issue with a marker. Until something is written, one listing serves all questions."""

        def look() -> tuple[IssueAnswer | None]:
            ours = self._ours(mark, fresh=False)
            return (ours[0] if ours else None,)

        return self._patience.settle(look)[0]

    def open(self, mark: str, title: str, body: str, labels: Sequence[str]) -> tuple[IssueAnswer, bool]:
        """Bring the repository to one open issue with a marker; return it, and whether it was made or reopened now.

        One that a newer run closed stays closed.
        """
        changed = False
        names = list(labels)
        text = self._text(mark, body)

        def step() -> IssueAnswer | None:
            nonlocal changed, names
            ours = self._ours(mark, fresh=True)
            if len(ours) == 1 and (ours[0].state == "open" or self._is_newer(ours[0])):
                return ours[0]
            if not self._patience.may_write():
                return None
            if len(ours) > 1:
                self._merge(ours)
                return None
            changed = True
            if not ours:
                names = self._create(title, text, names)
            else:
                self._patch(ours[0].number, state="open", body=text)
            return None

        return self._patience.settle(step), changed

    def update(self, number: int, body: str) -> bool:
        """Replace an issue's text under its marker; False when a newer run's is there, and stays."""
        written = False

        def step() -> tuple[bool] | None:
            nonlocal written
            seen = self.read(number)
            text = self._text(self._marks.get(number) or mark_of(seen.body or ""), body)
            # As with comments: another job of this very run may have written after us, and its text stays.
            if same(seen.body or "", text) or (written and rank_of(seen.body or "") == self._rank):
                return (True,)
            if self._is_newer(seen):
                return (False,)
            if self._patience.may_write():
                self._patch(number, body=text)
                written = True
            return None

        return self._patience.settle(step)[0]

    def comment(self, number: int, key: str, body: str) -> None:
        """Add a comment, once per key."""
        mark = hidden(f"trainstop:news:{key}")
        wanted = Wanted(mark=mark, body=bodies.fitting(text_of(mark, body), ELSEWHERE), written=True)
        self._comments.put(number, wanted)

    def close(self, number: int) -> None:
        """Close an issue; a closed one stays as it is, and so does one that a newer run wrote."""

        def step() -> bool | None:
            seen = self.read(number)
            if seen.state == "closed" or self._is_newer(seen):
                return True
            if self._patience.may_write():
                self._patch(number, state="closed", state_reason="completed")
            return None

        self._patience.settle(step)

    def read(self, number: int) -> IssueAnswer:
        """Return an issue as it is now."""
        return self._api.get(IssueAnswer, self._api.path(f"/issues/{number}"))

    def told(self, issue: IssueAnswer) -> Issue:
        """Return an issue as the port speaks of it, with our own comments."""
        own = [each for each in self._news(issue) if each.author == self._identity.login]
        return Issue(
            number=issue.number,
            title=issue.title,
            body=issue.body or "",
            state=issue.state,
            labels=tuple(label.name for label in issue.labels),
            comments=tuple(each.body for each in own),
            url=issue.html_url,
        )

    def _news(self, issue: IssueAnswer) -> list[Any]:
        """Return the comments of an issue; one that has none is not asked."""
        return self._patience.settle(lambda: self._comments.found(issue.number)) if issue.comments else []

    def _ours(self, mark: str, *, fresh: bool) -> list[IssueAnswer]:
        """Return our issues with a marker, oldest first."""
        if fresh or self._listed is None:
            login = self._identity.login
            query = {"creator": login, "state": "all", "sort": "created", "direction": "asc"}
            listed = {each.number: each for each in self._api.pages(IssueAnswer, self._api.path("/issues"), **query)}
            every = {**self._made, **listed}.values()
            self._listed = [
                each for each in every if each.pull_request is None and each.user and each.user.login == login
            ]
        ours = [each for each in self._listed if mark_of(each.body or "") == mark]
        self._marks.update({each.number: mark for each in ours})
        return sorted(ours, key=lambda each: each.number)

    def _create(self, title: str, body: str, labels: list[str]) -> list[str]:
        """Open an issue; return the labels to go on with: none, when GitHub refuses them."""
        self._listed = None
        asked = {"title": bodies.title(title), "body": body, **({"labels": labels} if labels else {})}
        try:
            made = self._api.send(IssueAnswer, "POST", self._api.path("/issues"), asked)
        except RefusedError as error:
            if error.status == REFUSED_FIELD and labels:
                return []
            raise
        self._identity.learn(made.user)
        self._made[made.number] = made
        return labels

    def _text(self, mark: str, body: str) -> str:
        """Return a text as it is kept."""
        return bodies.fitting(text_of(mark, body, self._rank), ELSEWHERE)

    def _is_newer(self, issue: IssueAnswer) -> bool:
        """Say whether a newer run than this one wrote an issue's text."""
        return rank_of(issue.body or "") > self._rank

    def _merge(self, ours: Sequence[IssueAnswer]) -> None:
        """Take one step from twins to one issue: the oldest gets the newest text, and then the others go."""
        newest = max(ours, key=lambda each: (rank_of(each.body or ""), -each.number))
        if rank_of(newest.body or "") > rank_of(ours[0].body or ""):
            self._patch(ours[0].number, body=newest.body or "")
        else:
            self._retire(ours[-1].number, ours[0].number)

    def _retire(self, number: int, kept: int) -> None:
        """Close a twin of ours, and take its marker away. Issues cannot be deleted."""
        mark = marked(UNIQUE, str(kept))
        text = f"{mark}\nOpened twice by an interrupted run: see issue {kept}."
        self._patch(number, state="closed", state_reason="not_planned", body=text)

    def _patch(self, number: int, **changes: Literal["open", "closed"] | str) -> None:
        """Change an issue."""
        self._listed = None
        self._made.pop(number, None)
        self._api.send(IssueAnswer, "PATCH", self._api.path(f"/issues/{number}"), changes)
