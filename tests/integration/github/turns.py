"""Who goes next when several processes ask at once: drawn by a seed, so that a race can be run again."""

import random
import threading

from tests.fakes.github.routes import Asked

WAIT = 60


class Turns:
    """Holds every request until all processes that still run have one waiting, and then lets one go.

    One order is left out: that a look arrives before somebody else's edit that was sent already. GitHub can replace a
    text only blindly, so an edit on its way for longer than another job needs to write and to look would win over a
    newer one's; the workflows keep such jobs apart by `concurrency`.
    """

    def __init__(self, tokens: list[str], seed: int) -> None:
        self._draw = random.Random(seed)
        self._running = set(tokens)
        self._waiting: dict[str, Asked] = {}
        self._next = ""
        self._changed = threading.Condition()

    def __call__(self, asked: Asked) -> None:
        """Wait for the turn of a request."""
        with self._changed:
            self._waiting[asked.token] = asked
            self._choose()
            if not self._changed.wait_for(lambda: self._next == asked.token, WAIT):
                raise AssertionError(f"nobody let {asked.method} {asked.path} go")
            self._next = ""
            del self._waiting[asked.token]

    def ended(self, token: str) -> None:
        """Take note that a process asks no more."""
        with self._changed:
            self._running.discard(token)
            self._choose()

    def _choose(self) -> None:
        """Let one request go, once all are there."""
        if self._next or not self._running or not self._running <= self._waiting.keys():
            return
        edits = [token for token in sorted(self._running) if self._waiting[token].method == "PATCH"]
        self._next = self._draw.choice(edits or sorted(self._running))
        self._changed.notify_all()
