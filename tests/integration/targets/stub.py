"""A local target whose versions are tiny servers instead of MLflow, so that its life can be tried in seconds.

The stub stands in for the model's interpreter: it gets the same command line and keeps to the same contract as
`project_side/serve.py`. What it answers is in the bundle's `model/behaviour.json`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.processes import ChildProcesses
from trainstop.adapters.targets.local.target import LocalTarget
from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.ports.environments import Interpreter
from trainstop.workspace import Workspace

SCRIPT = """#!{python}
import argparse, http.server, json, os, pathlib, socketserver, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("-I", action="store_true")
parser.add_argument("script")
for name in ("owner", "version", "model", "port", "announce", "log"):
    parser.add_argument("--" + name, default="")
options = parser.parse_known_args()[0]
behaviour = json.loads((pathlib.Path(options.model) / "behaviour.json").read_text())
if behaviour.get("dies"):
    print("no such module: sklearn")
    sys.exit(1)
time.sleep(behaviour.get("starts_in", 0.0))


asked_before = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("x-trainstop-version", options.version)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if behaviour.get("sick"):
            self.answer(503, {{}})
        else:
            self.answer(200, {{"version": int(options.version), "pid": os.getpid()}})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(behaviour.get("delay", 0.0))
        rows = asked["dataframe_split"]["data"]
        good, bad = behaviour.get("status_after", (0, behaviour.get("status", 200)))
        asked_before.append(1)
        status = 200 if len(asked_before) <= good else bad
        self.answer(status, {{"predictions": [behaviour.get("answer", 1.0)] * len(rows)}})

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


try:
    server = Server(("127.0.0.1", int(options.port)), Handler)
except OSError:
    server = Server(("127.0.0.1", 0), Handler)
announce = pathlib.Path(options.announce)
beside = announce.with_name(announce.name + ".new")
beside.write_text(json.dumps({{"pid": os.getpid(), "port": server.server_port}}))
beside.replace(announce)
server.serve_forever()
"""
GOLDEN = {"columns": ["a", "b"], "rows": [[1.0, 2.0], [3.0, 4.0]], "answers": [1.0, 1.0]}


class StubEnvironments:
    """Every model runs in the stub."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "python"
        if not self.python.exists():
            self.python.parent.mkdir(parents=True, exist_ok=True)
            self.python.write_text(SCRIPT.format(python=sys.executable))
            self.python.chmod(0o755)

    def model(self, lock: Path) -> Interpreter:
        return Interpreter(python=self.python, digest="stub", version="3.11", source=str(lock))


class Silent:
    def note(self, text: str) -> None:
        pass


def bundle(folder: Path, **behaviour: Any) -> Bundle:
    """Make a bundle of a model that behaves like this."""
    made = Bundle(folder)
    made.model.mkdir(parents=True)
    (made.model / "behaviour.json").write_text(json.dumps(behaviour))
    made.environment.write_text("nothing\n")
    made.golden.write_text(json.dumps(GOLDEN))
    return made


def local_target(
    project: Path, *, lease: float = 120.0, journalled: Callable[[], None] = lambda: None, **section: Any
) -> LocalTarget:
    """Return the target of environment `staging` of a project."""
    workspace = Workspace(project)
    return LocalTarget(
        "staging",
        EnvironmentSection(**{"lifetime": 300, "start_timeout": 20, **section}),
        workspace,
        ChildProcesses(dict(os.environ), workspace.logs),
        StubEnvironments(project / "stub"),
        SystemClock(),
        Silent(),
        lease=lease,
        journalled=journalled,
    )


def until(holds: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """Wait until something holds, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"never came true: {what}")


def ready(target: LocalTarget, version: int) -> None:
    until(lambda: target.health(version).ready, f"version {version} is ready")


def deploy(target: LocalTarget, version: int, made: Bundle) -> None:
    target.prepare(version, made)
    ready(target, version)
    target.commit(version)


@contextmanager
def ended(*targets: LocalTarget) -> Iterator[None]:
    """End what a test started, however it went."""
    try:
        yield
    finally:
        for target in targets:
            target.stop()
