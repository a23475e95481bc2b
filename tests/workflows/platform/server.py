"""A small serving platform that outlives jobs: real models behind real HTTP, with weights between versions.

A script of its own: `python server.py --folder FOLDER --announce FILE`. It ends when its standard input is closed.
Every environment has versions, at most two of which take requests: the committed one and one that is being tried.

    PUT  /<environment>/versions/<n>               a model (tar) is made ready; it takes no request yet
    POST /<environment>/versions/<n>/invocations   asks that version alone
    POST /<environment>/invocations                asks whichever version the weights say
    POST /<environment>/shift, commit, abort       {"version": n, "percent": p}
    POST /<environment>/stop, break                ends an environment; makes a version fail under traffic (for tests)
    GET  /<environment>                            what serves, what was seen
    GET  /<environment>/log                        what was asked and answered, a JSON object a line
    PUT, GET /warehouse/<name>                     a file that is kept, and read with the token of `warehouse`

What changes an environment needs its bearer token: `--token staging=...`.
"""

import argparse
import io
import json
import os
import shutil
import sys
import tarfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ["MLFLOW_ENABLE_ASYNC_LOGGING"] = "false"

import mlflow.pyfunc
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import scoring_server

WAREHOUSE = "warehouse"


@dataclass
class Seen:
    """Requests of one version since its traffic last changed."""

    requests: int = 0
    errors: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests += 1
        self.errors += status >= 500
        self.refused += 400 <= status < 500
        self.seconds.append(seconds)

    def told(self) -> dict[str, Any]:
        """Return it as `observe` prints it."""
        ordered = sorted(self.seconds)
        shares = (
            {f"p{percent}_seconds": ordered[len(ordered) * percent // 100] for percent in (50, 95, 99)}
            if ordered
            else {}
        )
        return {"requests": self.requests, "errors": self.errors, "refused": self.refused, **shares}


@dataclass
class Environment:
    """One place where a model serves."""

    models: dict[int, Any] = field(default_factory=dict)
    committed: int | None = None
    last_good: int | None = None
    tried: int | None = None
    percent: int = 0
    turn: int = 0
    broken: set[int] = field(default_factory=set)
    seen: dict[int, Seen] = field(default_factory=dict)
    total: Seen = field(default_factory=Seen)
    changes: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def whose_turn(self) -> int | None:
        """Return the version that answers the next request: of any 100 in a row, the tried one answers its percent."""
        if self.tried is None:
            return self.committed
        self.turn += 1
        before, now = (self.turn - 1) * self.percent // 100, self.turn * self.percent // 100
        return self.tried if now > before or self.committed is None else self.committed

    def shift(self, version: int, percent: int) -> None:
        """Send a share of the requests to a version."""
        self.tried, self.percent, self.turn = version, percent, 0
        self.seen = {}

    def commit(self, version: int) -> None:
        """Let a version answer everything."""
        if version != self.committed:
            back = version == self.last_good
            self.committed, self.last_good = version, None if back else self.committed
        self.tried, self.percent, self.seen = None, 0, {}

    def abort(self, version: int) -> None:
        """Take a version away, unless it is the committed one."""
        if self.tried == version:
            self.tried, self.percent = None, 0
        if version not in (self.committed, self.last_good):
            self.models.pop(version, None)

    def told(self, address: str) -> dict[str, Any]:
        """Return what serves, as `current` prints it, and what was seen."""
        traffic = {} if self.committed is None else {self.committed: 100 - self.percent}
        if self.tried is not None:
            traffic[self.tried] = self.percent if self.committed is not None else 100
        return {
            "serving": self.committed,
            "traffic": traffic,
            "last_good": self.last_good,
            "endpoint": address,
            "prepared": sorted(self.models),
            "seen": {version: seen.told() for version, seen in self.seen.items()},
            "total": self.total.told(),
            "changes": self.changes,
        }


class Platform:
    """All environments, and one lock around what changes them."""

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        self.folder = folder
        self.tokens = tokens
        self.environments: dict[str, Environment] = {}
        self.warehouse: dict[str, bytes] = {}
        self.lock = threading.RLock()

    def environment(self, name: str) -> Environment:
        """Return an environment; the first question makes it."""
        with self.lock:
            return self.environments.setdefault(name, Environment())

    def take(self, name: str, version: int, body: bytes) -> None:
        """Unpack and load a model, which may take seconds; nobody waits for it."""
        target = self.folder / name / str(version)
        shutil.rmtree(target, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            archive.extractall(target, filter="data")
        model = mlflow.pyfunc.load_model(str(target))
        with self.lock:
            self.environment(name).models[version] = model

    def ask(self, name: str, version: int | None, body: bytes, kind: str) -> tuple[int, str, int | None]:
        """Ask a version, or whichever has its turn; return status, text and the version that answered."""
        place = self.environment(name)
        start = time.perf_counter()
        with self.lock:
            chosen = place.whose_turn() if version is None else version
            model = place.models.get(chosen) if chosen is not None else None
        if model is None:
            return 404, json.dumps({"error": "nothing serves here"}), None
        # A version that breaks does so under traffic alone: asked directly, before it has any, it answers well.
        breaks = version is None and chosen in place.broken
        status, text = (500, "broken") if breaks else answer(model, body, kind)
        if version is None:
            with self.lock:
                seconds = time.perf_counter() - start
                place.total.add(status, seconds)
                place.seen.setdefault(chosen, Seen()).add(status, seconds)
                place.log.append(logged(chosen, status, seconds, body, text))
        return status, text, chosen


def answer(model: Any, body: bytes, kind: str) -> tuple[int, str]:
    """Answer as MLflow's scoring server does."""
    try:
        found = scoring_server.invocations(body.decode(), kind, model, model.metadata.get_input_schema())
    except MlflowException as error:
        return error.get_http_status_code(), error.serialize_as_json()
    return found.status, str(found.response)


def logged(version: int, status: int, seconds: float, body: bytes, text: str) -> str:
    """Return one request as a line of the inference log."""
    try:
        asked, said = json.loads(body)["dataframe_split"], json.loads(text)
        rows = [dict(zip(asked["columns"], row, strict=True)) for row in asked["data"]]
    except (ValueError, KeyError):
        rows, said = [], {}
    line = {"at": time.time(), "version": version, "status": status, "seconds": seconds, "rows": rows}
    return json.dumps({**line, "predictions": said.get("predictions", [])})


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    platform: Platform

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Tell about an environment, or its log, or give a file of the warehouse."""
        name, _, rest = self.path.strip("/").partition("/")
        if name == "health":
            return self._say(200, "ok")
        if name == WAREHOUSE:
            found = self.platform.warehouse.get(rest.partition("?")[0]) if self._may(name) else None
            return self._say(401, "a token, or the file, is missing") if found is None else self._give(200, found)
        place = self.platform.environment(name)
        with self.platform.lock:
            if rest == "log":
                return self._say(200, "\n".join(place.log))
            return self._say(200, json.dumps(place.told(f"http://{self.headers['Host']}/{name}")))

    def do_PUT(self) -> None:
        """Take a model, or a file for the warehouse."""
        name, _, rest = self.path.strip("/").partition("/")
        body = self._body()
        if not self._may(name):
            return self._say(401, "a token is needed")
        if name == WAREHOUSE:
            self.platform.warehouse[rest] = body
            return self._say(200, "{}")
        version = int(rest.removeprefix("versions/"))
        try:
            self.platform.take(name, version, body)
        except (tarfile.TarError, OSError, ValueError, MlflowException) as error:
            return self._say(422, f"{type(error).__name__}: {error}")
        self.platform.environment(name).changes.append(f"prepare {version}")
        return self._say(200, "{}")

    def do_POST(self) -> None:
        """Answer a question, or change an environment."""
        name, _, rest = self.path.strip("/").partition("/")
        body = self._body()
        if rest.endswith("invocations"):
            alone = int(rest.split("/")[1]) if rest.startswith("versions/") else None
            status, text, version = self.platform.ask(name, alone, body, self.headers.get("Content-Type", ""))
            return self._say(status, text, version)
        if not self._may(name):
            return self._say(401, "a token is needed")
        return self._say(*self._change(name, rest, json.loads(body or b"{}")))

    def _change(self, name: str, what: str, said: dict[str, int]) -> tuple[int, str]:
        """Change an environment."""
        with self.platform.lock:
            place, version = self.platform.environment(name), said.get("version", 0)
            if what in ("shift", "commit") and version not in place.models:
                return 409, f"version {version} was never prepared"
            match what:
                case "shift":
                    place.shift(version, said["percent"])
                case "commit":
                    place.commit(version)
                case "abort":
                    place.abort(version)
                case "break":
                    place.broken ^= {version}
                case "stop":
                    self.platform.environments[name] = Environment()
                case _:
                    return 404, f"no such thing: {what}"
            place.changes.append(" ".join(str(word) for word in (what, version, said.get("percent", "")) if word != ""))
        return 200, "{}"

    def _may(self, name: str) -> bool:
        """Say whether the request carries the environment's token."""
        token = self.platform.tokens.get(name, "")
        return not token or self.headers.get("Authorization") == f"Bearer {token}"

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _say(self, status: int, text: str, version: int | None = None) -> None:
        """Answer in words."""
        self._give(status, text.encode(), version)

    def _give(self, status: int, content: bytes, version: int | None = None) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if version is not None:
            self.send_header("x-trainstop-version", str(version))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve until nobody holds our standard input open any more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--announce", type=Path, required=True)
    parser.add_argument("--token", action="append", default=[])
    given = parser.parse_args()
    Handler.platform = Platform(given.folder, dict(pair.split("=", 1) for pair in given.token))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    part = given.announce.with_suffix(".part")
    part.write_text(str(server.server_address[1]))
    part.rename(given.announce)
    sys.stdin.read()


if __name__ == "__main__":
    main()
