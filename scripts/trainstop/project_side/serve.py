"""Serves one model with MLflow's own scoring app, and writes what it was asked and answered to the inference log.

Runs by path in the MODEL's interpreter, so it imports only the standard library and what the model's MLflow brings
(MLflow, uvicorn). The log is a thin layer around the app: it never slows, changes or fails a request; what goes wrong
in it is counted, and the counters can be read at GET /trainstop/status.

A line of the log is one request: `schema`, `at` (ISO 8601, UTC), `request_id`, `version`, `status`, `seconds`,
`columns`, `rows`, `predictions`; `truncated` is there when a body was too long to keep.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import errno
import io
import json
import math
import os
import queue
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

SCHEMA = 1
STATUS_PATH = "/trainstop/status"
BODY_BYTES = 1 << 20
"""Longer bodies are not kept; the request is logged without its rows."""
QUEUE_ENTRIES = 4096
QUEUE_BYTES = 64 << 20
FILE_BYTES = 64 << 20
CLOSE_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 75
"""Longer than the proxy keeps an idle connection, so that it is never the server that closes one first."""
GRACE_SECONDS = 20
NO_SERVER = 3
MODEL_VARIABLE = "__pyfunc_model_path__"
"""Where MLflow's app looks for the model."""


class Exchange:
    """One request and its answer, as raw as they came."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.headers = dict(headers)
        self.at = time.time()
        self.status = 500
        self.truncated = False
        self.seconds = 0.0
        self.request = bytearray()
        self.answer = bytearray()
        self._start = time.perf_counter()

    def received(self, message: Message) -> None:
        """Keep a piece of the request."""
        if message["type"] == "http.request":
            self._keep(self.request, message.get("body", b""))

    def sent(self, message: Message) -> None:
        """Keep a piece of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self._keep(self.answer, message.get("body", b""))

    def end(self) -> None:
        """Stop the watch."""
        self.seconds = time.perf_counter() - self._start

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.request) + len(self.answer)

    def _keep(self, body: bytearray, piece: bytes) -> None:
        if len(body) + len(piece) > BODY_BYTES:
            self.truncated = True
        else:
            body += piece


class InferenceLog:
    """Appends exchanges to JSON-lines files, from a thread of its own; a full queue drops, and counts it."""

    def __init__(
        self,
        folder: Path,
        version: int,
        *,
        entries: int = QUEUE_ENTRIES,
        queue_bytes: int = QUEUE_BYTES,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self.counters = {"seen": 0, "written": 0, "dropped": 0, "failed": 0}
        self.file: Path | None = None
        self._folder = folder
        self._version = version
        self._queue_bytes = queue_bytes
        self._file_bytes = file_bytes
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._queue: queue.Queue[Exchange | None] = queue.Queue(entries)
        self._number = 0
        self._written_bytes = 0
        self._thread = threading.Thread(target=self._run, name="inference-log", daemon=True)

    def start(self) -> None:
        """Start to write."""
        self._thread.start()

    def offer(self, exchange: Exchange) -> None:
        """Hand over an exchange; never waits."""
        self.counters["seen"] += 1
        if not self._reserve(exchange.size):
            self.counters["dropped"] += 1
            return
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self.counters["dropped"] += 1
            self._release(exchange.size)

    def close(self) -> None:
        """Write what is still waiting, but not for ever."""
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=CLOSE_SECONDS)
            self._thread.join(CLOSE_SECONDS)

    def _reserve(self, size: int) -> bool:
        with self._lock:
            fits = self._waiting_bytes + size <= self._queue_bytes
            self._waiting_bytes += size if fits else 0
        return fits

    def _release(self, size: int) -> None:
        with self._lock:
            self._waiting_bytes -= size

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < 64:
                    batch.append(self._queue.get_nowait())
            self._write([exchange for exchange in batch if exchange is not None])
            if None in batch:
                return

    def _write(self, batch: list[Exchange]) -> None:
        """Append a batch in one piece, so that a killed process leaves at most one half-written line."""
        lines = []
        for exchange in batch:
            try:
                lines.append(line_of(exchange, self._version))
            except Exception:  # noqa: BLE001  # whatever a client sent must not end the log
                self.counters["failed"] += 1
            self._release(exchange.size)
        if not lines:
            return
        try:
            self._append(b"".join(lines))
            self.counters["written"] += len(lines)
        except OSError:
            self.counters["failed"] += len(lines)

    def _append(self, content: bytes) -> None:
        if self.file is None or self._written_bytes >= self._file_bytes:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.file = self._folder / f"{self._version}-{os.getpid()}-{self._number}.jsonl"
            self._number += 1
            self._written_bytes = 0
        with self.file.open("ab", buffering=0) as file:
            file.write(content)
        self._written_bytes += len(content)


class Layer:
    """The app, plus the log, the status page, and a header that says which version answered."""

    def __init__(self, app: App, version: int, log: InferenceLog | None) -> None:
        self._app = app
        self._version = version
        self._log = log
        self._header = (b"x-trainstop-version", str(version).encode())

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on, and take notes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == STATUS_PATH:
            await self._status(send)
        else:
            await self._watched(scope, receive, send)

    async def _watched(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        asked = self._log is not None and scope["path"] == "/invocations" and scope["method"] == "POST"
        exchange = Exchange(scope["headers"]) if asked else None

        async def receiving() -> Message:
            message = await receive()
            if exchange is not None:
                exchange.received(message)
            return message

        async def sending(message: Message) -> None:
            if exchange is not None:
                exchange.sent(message)
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), self._header]
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            if exchange is not None and self._log is not None:
                exchange.end()
                self._log.offer(exchange)

    async def _status(self, send: Send) -> None:
        """Say which version this is, and what became of the log."""
        log = {**self._log.counters, "file": str(self._log.file or "")} if self._log else None
        body = json.dumps({"version": self._version, "pid": os.getpid(), "log": log}).encode()
        headers = [(b"content-type", b"application/json"), self._header]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def line_of(exchange: Exchange, version: int) -> bytes:
    """Return an exchange as one line of JSON, with null where a number is not finite."""
    columns, rows = table_of(bytes(exchange.request), exchange.headers.get(b"content-type", b"").decode("latin-1"))
    entry = {
        "schema": SCHEMA,
        "at": datetime.fromtimestamp(exchange.at, tz=timezone.utc).isoformat(),  # noqa: UP017  # models may need 3.10
        "request_id": exchange.headers.get(b"x-request-id", b"").decode("latin-1") or str(uuid.uuid4()),
        "version": version,
        "status": exchange.status,
        "seconds": round(exchange.seconds, 6),
        "columns": columns,
        "rows": rows,
        "predictions": predictions_of(bytes(exchange.answer)) if exchange.status == 200 else [],
    }
    if exchange.truncated:
        entry["truncated"] = True
    try:
        text = json.dumps(entry, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(finite(entry), allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def finite(value: Any) -> Any:
    """Replace numbers that JSON does not know by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    return value


def table_of(body: bytes, content_type: str) -> tuple[list[Any], list[Any]]:
    """Return columns and rows of a request; nothing when it is no table, which is then why it was refused.

    A table is a list of lists, each as long as there are columns where those are named.
    """
    try:
        columns, rows = _csv_of(body) if content_type.partition(";")[0].strip() == "text/csv" else _json_of(body)
    except (ValueError, csv.Error, RecursionError):
        return [], []
    if not isinstance(columns, list) or not isinstance(rows, list):
        return [], []
    whole = all(isinstance(row, list) and (not columns or len(row) == len(columns)) for row in rows)
    return (columns, rows) if whole else ([], [])


def _csv_of(body: bytes) -> tuple[Any, Any]:
    """Return the header and the lines of CSV text; an empty line is no row."""
    lines = [line for line in csv.reader(io.StringIO(body.decode())) if line]
    return (lines[0], lines[1:]) if lines else ([], [])


def _json_of(body: bytes) -> tuple[Any, Any]:
    """Return what stands in the places of columns and rows in any of MLflow's formats, whatever it is."""
    payload = json.loads(body)
    if not isinstance(payload, dict):
        return [], []
    split = payload.get("dataframe_split")
    if isinstance(split, dict):
        return split.get("columns") or [], split.get("data") or []
    for key in ("dataframe_records", "instances", "inputs"):
        if key in payload:
            return _rows_of(payload[key])
    return [], []


def _rows_of(value: Any) -> tuple[list[Any], list[Any]]:
    """Return columns and rows of records, of columns by name, or of bare rows."""
    if isinstance(value, dict):
        if all(isinstance(column, list) for column in value.values()):
            if len({len(column) for column in value.values()}) > 1:
                return [], []
            return list(value), [list(row) for row in zip(*value.values())]  # noqa: B905  # models may need 3.9
        return list(value), [list(value.values())]
    if not isinstance(value, list):
        return [], [[value]]
    if value and all(isinstance(record, dict) for record in value):
        columns = list(dict.fromkeys(name for record in value for name in record))
        return columns, [[record.get(name) for name in columns] for record in value]
    return [], [row if isinstance(row, list) else [row] for row in value]


def predictions_of(body: bytes) -> list[Any]:
    """Return the predictions of an answer."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return []
    answers = payload.get("predictions", payload) if isinstance(payload, dict) else payload
    return answers if isinstance(answers, list) else [answers]


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a bound socket: on `port`, or on a free one when that is taken or 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        bound.bind((host, 0))
    return bound


def announce(path: Path, port: int) -> None:
    """Say on which port we listen, in a file that is never seen half-written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps({"pid": os.getpid(), "port": port}), encoding="utf-8")
    beside.replace(path)


def end_with_parent() -> None:
    """End when standard input closes, which the kernel does when whoever started us is gone, however it went."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def missing(error: ImportError) -> str:
    """Say what an environment lacks that cannot serve: MLflow 2 has another server, mlflow-skinny none."""
    try:
        from mlflow.version import VERSION
    except ImportError:
        VERSION = ""  # noqa: N806  # MLflow's own name
    if VERSION.startswith(("0.", "1.", "2.")):
        return f"it has MLflow {VERSION}, and serving needs 3 or newer; log the model again with MLflow 3"
    return f"{error}; it needs mlflow >= 3 (not skinny)"


def arguments(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Serve one MLflow model.")
    parser.add_argument("--model", type=Path, required=True, help="MLflow model folder")
    parser.add_argument("--version", type=int, default=0, help="version number, for the log and the header")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="preferred port; a free one when it is taken")
    parser.add_argument("--announce", type=Path, required=True, help="file to write the port to")
    parser.add_argument("--log", type=Path, help="folder of the inference log; none is written when left out")
    parser.add_argument("--end-with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--owner", default="", help="whose process this is; not used here")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Serve until told to end."""
    options = arguments(argv)
    if options.end_with_parent:
        end_with_parent()
    os.environ[MODEL_VARIABLE] = str(options.model)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # One warning a request, as it gives for every extra column, would fill the disk.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    # Read by OpenMP when a model's library loads it: threads that wait by spinning slow one another on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    bound = bound_socket(options.host, options.port)
    announce(options.announce, bound.getsockname()[1])
    try:
        import uvicorn
        from mlflow.pyfunc.scoring_server.app import app
    except ImportError as error:
        print(f"the model's environment cannot serve it: {missing(error)}", file=sys.stderr)
        return NO_SERVER
    log = InferenceLog(options.log, options.version) if options.log else None
    if log:
        log.start()
    config = uvicorn.Config(
        Layer(app, options.version, log),
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        uvicorn.Server(config).run(sockets=[bound])
    finally:
        if log:
            log.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
