"""Where artifacts lie: a server of its own, which must never see the token."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.github.world import World


@dataclass
class Storage:
    """What it holds, and what it saw.

    Attributes:
        world: holds the artifacts.
        faults: what goes wrong with the next requests, the first first: a status, `cut`, or `endless`.
        seen: the headers of every request.
        sent: bytes that were sent in all.

    """

    world: World
    faults: list[str] = field(default_factory=list)
    seen: list[Mapping[str, str]] = field(default_factory=list)
    sent: int = 0


class Blobs(BaseHTTPRequestHandler):
    """One connection."""

    storage: Storage

    def do_GET(self) -> None:
        """Send an artifact, or fail."""
        self.storage.seen.append({name.lower(): value for name, value in self.headers.items()})
        fault = self.storage.faults.pop(0) if self.storage.faults else ""
        found = self.storage.world.artifacts.get(int(self.path.partition("?")[0].rpartition("/")[2]))
        if fault.isdecimal() or found is None:
            self.send_response(int(fault or 404))
            self.end_headers()
            return
        self.send_response(200)
        if fault != "endless":
            self.send_header("Content-Length", str(len(found["content"])))
        self.end_headers()
        with suppress(OSError):  # a client that has had enough
            self._send(found["content"], fault)

    def _send(self, content: bytes, fault: str) -> None:
        """Send all of it, half of it, or more than anybody wants: 100 MB."""
        pieces = [content[: len(content) // 2]] if fault == "cut" else [content]
        for piece in [b"0" * 1_000_000] * 100 if fault == "endless" else pieces:
            self.wfile.write(piece)
            self.storage.sent += len(piece)

    def log_message(self, *words: Any) -> None:
        """Say nothing."""
