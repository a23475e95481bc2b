"""Who we are on GitHub: a hidden marker counts only in a text that we wrote ourselves."""

from contextlib import suppress

from trainstop.adapters.github.answers import Person
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.trouble import RefusedError

BOT = "github-actions[bot]"
"""Who writes with the token that GitHub gives to a job. Nobody else can have a name with brackets."""
PERSONAL = ("ghp_", "github_pat_", "gho_", "ghu_")
"""Beginnings of tokens that stand for a person, whose name GitHub tells; for an app's it does not."""


class Identity:
    """The login that our texts are written under."""

    def __init__(self, api: Api, token: str, login: str = "") -> None:
        """Keep a login that is known; without one, a personal token's is asked for when first needed."""
        self._api = api
        self._login = login or BOT
        self._ask = not login and token.startswith(PERSONAL)

    @property
    def login(self) -> str:
        """The login."""
        if self._ask:
            # A token that may not ask writes as the bot, or the first answer to a write says as whom.
            with suppress(RefusedError):
                self._login = self._api.get(Person, "/user").login
            self._ask = False
        return self._login

    def learn(self, author: Person | None) -> None:
        """Take over the author that GitHub names in its answer to a write of ours."""
        if author is not None:
            self._login, self._ask = author.login, False
