"""One comment with our marker on an issue or a pull request, whatever happens in between."""

from trainstop.adapters.github.answers import Comment
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.identity import Identity
from trainstop.adapters.github.patience import Patience
from trainstop.adapters.github.trouble import RefusedError
from trainstop.adapters.github.twins import Create, Done, Edit, Found, Remove, Wanted, next_step, own

GONE = frozenset({404, 410})


class Comments:
    """The comments of a repository."""

    def __init__(self, api: Api, patience: Patience, identity: Identity) -> None:
        """Keep what to ask with."""
        self._api = api
        self._patience = patience
        self._identity = identity
        self._made: dict[int, dict[int, Found]] = {}
        """By issue, comments that GitHub told us we made: a list that lags behind does not show them yet."""

    def put(self, number: int, wanted: Wanted, *, only_update: bool = False) -> Done:
        """Bring an issue or a pull request to one comment with a marker, that says the newest that was found out.

        Args:
            number: of the issue or the pull request.
            wanted: what this run has to say.
            only_update: leave it without a comment if it has none.

        Raises:
            RefusedError: GitHub does not allow it, or there is no such issue.
            UnavailableError: it does not answer.

        """
        state = wanted

        def step() -> Done | None:
            nonlocal state
            there = {**self._made.get(number, {}), **{each.id: each for each in self.found(number)}}
            ours = own(there.values(), state.mark, self._identity.login)
            todo = next_step(ours, state, only_update=only_update)
            if isinstance(todo, Done):
                return todo
            if self._patience.may_write() and state.is_in(self._take(number, todo)):
                state = state.taken()
            return None

        return self._patience.settle(step)

    def found(self, number: int) -> list[Found]:
        """Return all comments of an issue or a pull request."""
        comments = self._api.pages(Comment, self._api.path(f"/issues/{number}/comments"))
        return list(map(_found, comments))

    def _take(self, number: int, todo: Create | Edit | Remove) -> str:
        """Take one step; return the text that GitHub took, if it took one."""
        if isinstance(todo, Create):
            path = self._api.path(f"/issues/{number}/comments")
            made = self._api.send(Comment, "POST", path, {"body": todo.body})
            self._identity.learn(made.user)
            self._made.setdefault(number, {})[made.id] = _found(made)
            return todo.body
        try:
            path = self._api.path(f"/issues/comments/{todo.id}")
            if isinstance(todo, Edit):
                self._api.send(Comment, "PATCH", path, {"body": todo.body})
                return todo.body
            self._api.send(object, "DELETE", path)
            self._forget(number, todo.id)
        except RefusedError as error:
            if error.status not in GONE:
                raise
            # Somebody deleted it meanwhile: the next look shows what is there now.
            self._forget(number, todo.id)
        return ""

    def _forget(self, number: int, comment: int) -> None:
        """Forget a comment that is not there any more."""
        self._made.get(number, {}).pop(comment, None)


def _found(comment: Comment) -> Found:
    author = comment.user.login if comment.user else ""
    return Found(id=comment.id, author=author, body=comment.body, address=comment.html_url)
