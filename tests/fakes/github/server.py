"""A small fake GitHub over real HTTP on loopback, whose every request and answer is held against the description."""

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.github.contract import Contract, github
from tests.fakes.github.faults import LIMIT_WITHOUT_TIME, Fault, Planned
from tests.fakes.github.kinds import kind_of
from tests.fakes.github.routes import Asked, handle
from tests.fakes.github.storage import Blobs, Storage
from tests.fakes.github.world import Answer, World, failure

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
PAGE = b"<html><title>Sign in</title></html>"
BETWEEN_WRITES = 1.0


@dataclass
class FakeGitHub:
    """A server and what it saw.

    Attributes:
        world: what it holds; change it before or between requests.
        faults: what goes wrong, by (token, number of the request of that token, from 0).
        planned: what goes wrong, by what a request is for.
        before: called with every request before it is carried out; a race is steered here.
        kill: called where a fault kills whoever asked.
        seen: every request, in order.
        storage: the server that artifacts lie on, and what it saw.
        complaints: what was not as GitHub describes it, or not as a good client behaves.

    """

    world: World
    contract: Contract = field(default_factory=github)
    faults: dict[tuple[str, int], Fault] = field(default_factory=dict)
    planned: list[Planned] = field(default_factory=list)
    before: Callable[[Asked], None] = lambda asked: None
    kill: Callable[[str], None] = lambda token: None
    address: str = ""
    storage: Storage | None = None
    seen: list[Asked] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    _limited_until: dict[str, float] = field(default_factory=dict)
    _written: dict[str, float] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def take(self, asked: Asked) -> tuple[Answer | None, Fault | None]:
        """Carry a request out, or not; return what goes back, and what goes wrong on the way."""
        self.before(asked)
        with self._lock:
            number = self._counts.get(asked.token, 0)
            self._counts[asked.token] = number + 1
            self.seen.append(asked)
            self.complaints += self.contract.request(asked.method, asked.path, asked.query, asked.body)
            self._check_manners(asked)
            fault = self.faults.get((asked.token, number)) or self._planned_for(asked)
            answer = handle(asked, self.world) if fault is None or fault.done else None
            if answer is not None:
                answer = self._complete(asked, answer)
            if fault is not None and fault.answer.isdecimal():
                answer = self._limit(asked, fault)
        if fault is not None and fault.kills:
            self.kill(asked.token)
        return answer, fault

    def requests(self, method: str) -> list[str]:
        """Return the paths that a method was used on."""
        return [asked.path for asked in self.seen if asked.method == method]

    def _planned_for(self, asked: Asked) -> Fault | None:
        """Return what was planned for a request of this kind, and take note that it happens."""
        kind = kind_of(asked.method, asked.path)
        self._kinds.update([("", kind), (asked.token, kind)])
        for plan in self.planned:
            if plan.kind == kind and not plan.fired and self._kinds[plan.token, kind] == plan.nth:
                plan.fired = plan.token in {"", asked.token}
                if plan.fired:
                    return plan.fault
        return None

    def _complete(self, asked: Asked, answer: Answer) -> Answer:
        """Add what GitHub always says, and check that it is all: of refusals too."""
        if answer.body is not None:
            answer.body = self.contract.filled(asked.method, asked.path, answer.status, answer.body)
            self.complaints += [
                f"fake: {fault}" for fault in self.contract.answer(asked.method, asked.path, answer.status, answer.body)
            ]
        return answer

    def _check_manners(self, asked: Asked) -> None:
        """Complain about a client that does not wait when it was asked to, or writes too fast."""
        now = self.world.clock.monotonic()
        if now < self._limited_until.get(asked.token, 0.0):
            self.complaints.append(f"{asked.method} {asked.path} came before the limit's end")
        if asked.method in WRITES:
            last = self._written.get(asked.token)
            if last is not None and now < last + BETWEEN_WRITES:
                self.complaints.append(f"{asked.method} {asked.path} came {now - last:.2f} s after another write")
            self._written[asked.token] = now

    def _limit(self, asked: Asked, fault: Fault) -> Answer:
        """Answer with an error, and remember until when nobody should come back."""
        answer = failure(int(fault.answer), fault.message)
        now = self.world.clock.monotonic()
        if fault.answer in {"403", "429"}:
            self._limited_until[asked.token] = now + (LIMIT_WITHOUT_TIME if fault.wait is None else fault.wait)
        if fault.by == "retry-after":
            answer.headers["retry-after"] = f"{fault.wait:.0f}"
        elif fault.by == "x-ratelimit-reset" and fault.wait is not None:
            reset = int(self.world.clock.now().timestamp() + fault.wait)
            answer.headers.update({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)})
        return answer


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeGitHub

    def answer(self) -> None:
        """Answer one request, or do not."""
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        place = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=place.path,
            query=dict(parse_qsl(place.query, keep_blank_values=True)),
            body=json.loads(content) if content else None,
            token=self.headers.get("Authorization", "").split(" ")[-1],
        )
        answer, fault = self.fake.take(asked)
        if fault is not None and (fault.answer == "none" or fault.kills):
            self._reset()
        elif fault is not None and fault.answer == "page":
            self._send(Answer(200), PAGE, "text/html")
        elif answer is not None:
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            self._send(answer, body, "application/json", cut=fault is not None and fault.answer == "cut")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815  # names of the standard library

    def _send(self, answer: Answer, body: bytes, kind: str, *, cut: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in answer.headers.items():
            # GitHub's addresses are whole ones.
            whole = value.replace("</", f"<{self.fake.address}/")
            here = name == "location" and value.startswith("/")
            self.send_header(name, f"{self.fake.address}{whole}" if here else whole)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut

    def _reset(self) -> None:
        """Cut the connection so that the other side sees a reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def handle(self) -> None:
        """Serve a connection; one that its client left is no trouble of ours."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@contextmanager
def running(world: World) -> Iterator[FakeGitHub]:
    """Serve as long as the block runs, and artifacts beside it."""
    fake = FakeGitHub(world)
    with ExitStack() as stack:
        fake.address = stack.enter_context(listening(type("BoundHandler", (Handler,), {"fake": fake})))
        fake.storage = Storage(world)
        world.storage = stack.enter_context(listening(type("BoundBlobs", (Blobs,), {"storage": fake.storage})))
        yield fake


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with a handler as long as the block runs; give the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener:
        listener.daemon_threads = True
        listener.block_on_close = False
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.server_address[1]}"
        finally:
            listener.shutdown()
            thread.join()
