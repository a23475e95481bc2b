"""An artifact's archive: GitHub says where it lies, and there it is read up to a limit, without our token.

PyGithub refuses to follow to another host, and would hold whatever comes in memory; so this is plain HTTP.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
import urllib3

from trainstop import __version__
from trainstop.adapters.github.trouble import RefusedError, UnclearError, trouble
from trainstop.ports import Clock

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""
PIECE = 1 << 16
MOVED = frozenset({301, 307, 308})
GONE = frozenset({404, 410})
OK, FOUND, BAD = 200, 302, 400


class TooLargeError(Exception):
    """More came than it may be; the rest was not read."""


class Downloads:
    """Downloads of artifacts. Every failure is one of `UnclearError`, `LimitedError`, `RefusedError`."""

    def __init__(self, address: str, token: str, clock: Clock) -> None:
        """Keep where to ask."""
        self._address = address.rstrip("/")
        self._token = token
        self._clock = clock

    def get(self, path: str, size: int) -> bytes:
        """Return what lies behind a path of the API, at most `size` bytes of it.

        Raises:
            TooLargeError: it is larger.
            RefusedError: it is not there, or we may not.
            UnclearError: it did not come, or not whole.

        """
        try:
            return self._read(self._place(path), size)
        except requests.RequestException as error:
            # Its words may hold the address, which is as good as a key for a minute.
            raise UnclearError(type(error).__name__) from error

    def _place(self, path: str) -> str:
        """Return where an artifact lies: the answer to the question is a redirect, and nothing else."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        with self._ask(f"{self._address}{path}", headers) as answer:
            if answer.status_code in MOVED:
                raise UnclearError("the repository was renamed just now")
            if answer.status_code != FOUND:
                raise self._trouble(answer)
            place = answer.headers.get("Location", "")
        if urlsplit(place).scheme != urlsplit(self._address).scheme or not urlsplit(place).netloc:
            raise RefusedError(421, "GitHub's answer does not lead to an artifact")
        return place

    def _read(self, place: str, size: int) -> bytes:
        """Read what lies at a place, piece by piece."""
        content = bytearray()
        with self._ask(place, {}) as answer:
            if answer.status_code in GONE:
                raise RefusedError(answer.status_code, "it is not there any more")
            if answer.status_code != OK:
                # Also a 403: a place is good for a minute, and GitHub gives a new one when it is asked again.
                raise UnclearError(f"an answer {answer.status_code} where the artifact should be")
            for piece in answer.iter_content(PIECE):
                content += piece
                if len(content) > size:
                    raise TooLargeError
        return bytes(content)

    def _ask(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        """Send one request, which is led nowhere by itself, and to which no credential of this machine is added."""
        own = {"User-Agent": f"trainstop/{__version__}", "Accept-Encoding": "identity", **headers}
        return requests.get(address, headers=own, stream=True, allow_redirects=False, timeout=TIMEOUT, auth=_as_it_is)

    def _trouble(self, answer: requests.Response) -> Exception:
        """Return what an answer of GitHub's means that is not the one hoped for."""
        if answer.status_code < BAD:
            return UnclearError(f"an answer {answer.status_code} that leads nowhere")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return trouble(answer.status_code, headers, _message(answer), self._clock.now())


def _message(answer: requests.Response) -> str:
    """Return GitHub's words of an error, by which a limit is told from a missing right."""
    try:
        said = json.loads(answer.raw.read(PIECE, decode_content=True))
    except (ValueError, RecursionError, urllib3.exceptions.HTTPError):
        return ""
    return str(said.get("message") or "")[:500] if isinstance(said, dict) else ""


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is: without this, `requests` adds what it finds in `.netrc`."""
    return request
