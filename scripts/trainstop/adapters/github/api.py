"""GitHub over HTTP, by PyGithub: one request a call, never repeated blindly, with answers that were checked."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from pydantic import TypeAdapter, ValidationError

from trainstop import __version__
from trainstop.adapters.github.answers import Answer, Repository
from trainstop.adapters.github.trouble import RefusedError, UnclearError, trouble
from trainstop.ports import Clock

if TYPE_CHECKING:
    from github.Requester import Requester

T = TypeVar("T")
TIMEOUT = 20
"""Seconds an answer may take."""
PAGE = 100
PAGES = 1000


class Api:
    """Requests about one repository. Every failure is one of `UnclearError`, `LimitedError` and `RefusedError`."""

    def __init__(self, address: str, token: str, repository: str, clock: Clock) -> None:
        """Keep where to ask; nothing is imported or asked before the first request."""
        self.address = address
        self._token = token
        self._named = repository
        self._clock = clock
        self._made: Requester | None = None
        self._repository: Repository | None = None
        self.written_at: float | None = None
        """When the last write ended, by the clock's `monotonic`."""

    def repository(self) -> Repository:
        """Return the repository. A renamed one answers under its new name, which later requests then use.

        PyGithub follows a rename's redirect without the query, which would silently drop every filter.
        """
        if self._repository is None:
            self._repository = self.get(Repository, f"/repos/{self._named}")
        return self._repository

    def path(self, rest: str) -> str:
        """Return a path below the repository."""
        return f"/repos/{self.repository().full_name}{rest}"

    def get(self, shape: type[T], path: str, **query: str | int) -> T:
        """Return one thing."""
        return _shaped(shape, self._ask("GET", path, query)[1])

    def pages(self, shape: type[Answer], path: str, **query: str | int) -> Iterator[Any]:
        """Yield the things of a list, from all its pages."""
        headers, body = self._ask("GET", path, {**query, "per_page": PAGE})
        for _ in range(PAGES):
            yield from _shaped(tuple[shape, ...], body)  # type: ignore[valid-type]  # a class at run time
            links = requests.utils.parse_header_links(headers.get("link") or "<>")
            following = next((link["url"] for link in links if link.get("rel") == "next"), None)
            if following is None:
                return
            headers, body = self._ask("GET", following, {})
        raise UnclearError(f"a list of more than {PAGES} pages")

    def send(self, shape: type[T], method: str, path: str, body: Mapping[str, Any] | None = None) -> T:
        """Change something, once. A shape of `object` takes any answer, also none."""
        try:
            answer = self._ask(method, path, {}, body)[1]
        finally:
            self.written_at = self._clock.monotonic()
        return _shaped(shape, answer)

    def _ask(
        self, method: str, path: str, query: Mapping[str, str | int], body: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, str], Any]:
        """Send one request; return headers and body."""
        from github.GithubException import GithubException

        try:
            headers, answer = self._requester().requestJsonAndCheck(method, path, parameters=dict(query), input=body)
        except GithubException as error:
            raise trouble(error.status, error.headers or {}, _message(error.data), self._clock.now()) from error
        except (requests.RequestException, ValueError) as error:
            raise UnclearError(f"{type(error).__name__}: {error}"[:300]) from error
        except (AssertionError, RuntimeError) as error:
            # PyGithub's way to say that a link or a redirect leads to another host.
            raise RefusedError(421, f"GitHub's answer leads elsewhere: {error}"[:300]) from error
        if isinstance(answer, dict) and {"message", "documentation_url"} <= answer.keys() and method != "GET":
            # PyGithub takes 307, the answer to a write after a rename, for a success.
            self._repository = None
            raise UnclearError("the repository was renamed just now")
        return headers, answer

    def _requester(self) -> "Requester":
        """Return PyGithub's connection: no retries and no pauses of its own, since it looks before neither."""
        if self._made is None:
            import github

            self._made = github.Github(
                auth=github.Auth.Token(self._token),
                base_url=self.address,
                user_agent=f"trainstop/{__version__}",
                timeout=TIMEOUT,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
            ).requester
        return self._made


def _message(answer: object) -> str:
    """Return GitHub's words of an error; PyGithub's own are missing where it knows the error."""
    return str(answer.get("message") or "")[:500] if isinstance(answer, dict) else ""


def _shaped(shape: type[T], answer: object) -> T:
    """Return an answer in its shape."""
    if shape is object:
        return answer  # type: ignore[return-value]  # anything is an object
    try:
        return TypeAdapter(shape).validate_python(answer)
    except ValidationError as error:
        raise UnclearError(
            f"the answer has not the shape that GitHub describes: {error.error_count()} faults"
        ) from error
