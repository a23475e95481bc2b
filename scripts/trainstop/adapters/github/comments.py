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
            todo = next_step(own(self.found(number), state.mark, self._identity.login), state, only_update=only_update)
            if isinstance(todo, Done):
                return todo
            if self._patience.may_write() and self._take(number, todo) == state.body:
                state = state.taken()
            return None

        return self._patience.settle(step)

    def found(self, number: int) -> list[Found]:
        """Return all comments of an issue or a pull request."""
        comments = self._api.pages(Comment, self._api.path(f"/issues/{number}/comments"))
        return [
            Found(id=each.id, author=each.user.login if each.user else "", body=each.body, address=each.html_url)
            for each in comments
        ]

    def _take(self, number: int, todo: Create | Edit | Remove) -> str:
        """Take one step; return the text that GitHub took, if it took one."""
        if isinstance(todo, Create):
            path = self._api.path(f"/issues/{number}/comments")
            made = self._api.send(Comment, "POST", path, {"body": todo.body})
            self._identity.learn(made.user)
            return todo.body
        try:
            path = self._api.path(f"/issues/comments/{todo.id}")
            if isinstance(todo, Edit):
                self._api.send(Comment, "PATCH", path, {"body": todo.body})
                return todo.body
            self._api.send(object, "DELETE", path)
        except RefusedError as error:
            if error.status not in GONE:
                raise
            # Somebody deleted it meanwhile: the next look shows what is there now.
        return ""
