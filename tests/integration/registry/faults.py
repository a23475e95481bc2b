"""A proxy in front of a real server that loses answers: the request arrives, and its sender never learns of it."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["lost", "error", "refused"]
"""`lost`: done, then the connection is cut. `error`: done, then 502. `refused`: not done, the connection is cut."""


@dataclass
class Faults:
    """Which requests go wrong, by a part of their path; each fault is used up."""

    address: str = ""
    planned: list[tuple[str, Fault]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def take(self, path: str) -> Fault | None:
        for index, (part, fault) in enumerate(self.planned):
            if part in path:
                del self.planned[index]
                return fault
        return None


@contextmanager
def proxy(server: str) -> Iterator[Faults]:
    """Forward to `server` as long as the block runs."""
    faults = Faults()
    target = urlsplit(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            faults.seen.append(f"{self.command} {self.path}")
            fault = faults.take(self.path)
            if fault == "refused":
                self.close_connection = True
                return
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
            headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
            connection.request(self.command, self.path, body, headers | {"Host": target.netloc})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if fault == "lost":
                self.close_connection = True
                return
            self.send_response(502 if fault == "error" else answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815  # names of the standard library

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        faults.address = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield faults
        finally:
            listener.shutdown()
            thread.join()
