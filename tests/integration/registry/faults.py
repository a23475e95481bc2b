"""A proxy in front of a real server, where requests go wrong in every way a network and a server have."""

import http.client
import itertools
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

Fault = Literal[
    "lost", "error", "cut", "stalled", "refused", "reset", "unavailable", "busy, come back", "busy", "login page"
]
"""Done, and the sender does not learn of it: `lost` (the connection is closed), `error` (502), `cut` (half the answer),
`stalled` (the answer comes late). Not done: `refused` (closed), `reset`, `unavailable` (503), `busy` (429, with and
without saying when to come back), `login page` (200, and some HTML)."""
EVERY = get_args(Fault)
DONE = ("lost", "error", "cut", "stalled")
PLAIN = tuple(fault for fault in EVERY if fault != "login page")
"""What may happen to any request of a healthy server; a login page is somebody's mistake, and is told at once."""
STATUS = {"unavailable": 503, "busy, come back": 429, "busy": 429, "login page": 200}
PAGE = b"<!doctype html><title>Sign in</title>"


@dataclass
class Faults:
    """Which requests go wrong: those planned by a part of their path, each used up, and a share of all others."""

    address: str = ""
    planned: list[tuple[str, Fault]] = field(default_factory=list)
    share: float = 0.0
    kinds: tuple[Fault, ...] = PLAIN
    seed: int = 0
    stall_seconds: float = 1.0
    seen: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def take(self, path: str) -> Fault | None:
        """Return what happens to a request; of the nth request it depends on the seed alone."""
        for index, (part, fault) in enumerate(self.planned):
            if part in path:
                del self.planned[index]
                return fault
        chance = random.Random(f"{self.seed} {next(self._numbers)}")
        return chance.choice(self.kinds) if chance.random() < self.share else None


class Handler(BaseHTTPRequestHandler):
    """Forwards one connection's requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    faults: Faults
    target: SplitResult

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.faults.seen.append(f"{self.command} {self.path}")
        fault = self.faults.take(self.path)
        if fault:
            self.faults.happened[fault] += 1
        if fault in ("refused", "reset"):
            self.hang_up(reset=fault == "reset")
        elif fault in STATUS:
            self.answer(STATUS[fault], PAGE, "text/html", wait="1" if fault == "busy, come back" else "")
        else:
            self.pass_on(body, fault)

    def pass_on(self, body: bytes, fault: Fault | None) -> None:
        status, content, kind = self.ask(body)
        if fault == "stalled":
            time.sleep(self.faults.stall_seconds)
        if fault == "lost":
            self.hang_up()
        else:
            self.answer(502 if fault == "error" else status, content, kind, cut=fault == "cut")

    def ask(self, body: bytes) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port, timeout=30)
        headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
        connection.request(self.command, self.path, body, headers | {"Host": self.target.netloc})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers.get("Content-Type", "application/json")

    def answer(self, status: int, content: bytes, kind: str, *, wait: str = "", cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if wait:
            self.send_header("Retry-After", wait)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.hang_up()

    def hang_up(self, *, reset: bool = False) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815  # names of the standard library

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """Takes connections of many at once."""

    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # no farewell before a reset

    def handle_error(self, *words: object) -> None:
        """Say nothing: a client that gave up is no news."""


@contextmanager
def proxy(server: str, **options: Any) -> Iterator[Faults]:
    """Forward to `server` as long as the block runs."""
    faults = Faults(**options)
    handler = type("Handler", (Handler,), {"faults": faults, "target": urlsplit(server)})
    with Listener(("127.0.0.1", 0), handler) as listener:
        faults.address = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield faults
        finally:
            listener.shutdown()
            thread.join()
