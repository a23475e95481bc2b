"""A single model server for the length of a test, ended for sure: it watches a pipe that only we hold open."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trainstop.adapters.environ import cleaned
from trainstop.bundles import Bundle
from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.ports.environments import Interpreter
from trainstop.workspace import Workspace

SERVE = Path(__file__).parents[1] / "project_side" / "serve.py"
POLL_SECONDS = 0.05
END_SECONDS = 25.0
TAIL_LINES = 15


class UvicornServers:
    """Fulfils `ports.serving.ModelServers`."""

    def __init__(self, workspace: Workspace, environ: Mapping[str, str] | None = None) -> None:
        """Keep where logs go, and the environment whose harmless part the servers inherit (ours, when left out)."""
        self._workspace = workspace
        self._environ = os.environ if environ is None else environ

    @contextmanager
    def serve(self, bundle: Bundle, interpreter: Interpreter, *, timeout: float) -> Iterator[str]:
        """Serve a model on a free loopback port."""
        self._workspace.scratch.mkdir(parents=True, exist_ok=True)
        self._workspace.logs.mkdir(parents=True, exist_ok=True)
        log = self._workspace.logs / "model-server.log"
        with (
            tempfile.TemporaryDirectory(dir=self._workspace.scratch, prefix="server-") as folder,
            log.open("wb") as out,
        ):
            announcement = Path(folder).resolve() / "port.json"
            argv = (str(interpreter.python), "-I", str(SERVE), "--model", str(bundle.model.resolve()))
            server = subprocess.Popen(
                (*argv, "--announce", str(announcement), "--end-with-parent"),
                cwd=folder,
                env=cleaned(self._environ),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            try:
                yield _healthy(server, announcement, log, time.monotonic() + timeout)
            finally:
                _end(server)


def _healthy(server: "subprocess.Popen[bytes]", announcement: Path, log: Path, until: float) -> str:
    """Wait until the server answers, and return its address."""
    while True:
        if server.poll() is not None:
            raise ProjectCodeError(
                f"the model's server ended before it answered (exit code {server.returncode})",
                where=f"{log}, which ends:\n{_tail(log)}",
                fix="see whether the model's own environment has all it needs, `mlflow` (not skinny) among it",
            )
        port = _announced(announcement)
        if port and _answers(port):
            return f"http://127.0.0.1:{port}"
        if time.monotonic() > until:
            raise TimeLimitError(
                "the model's server did not answer in time",
                where=f"{log}, which ends:\n{_tail(log)}",
                fix="raise the stage's `timeout`, or make the model load faster",
            )
        time.sleep(POLL_SECONDS)


def _announced(announcement: Path) -> int:
    try:
        return int(json.loads(announcement.read_bytes())["port"])
    except (OSError, ValueError, KeyError):
        return 0


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the server: asked first, killed when it does not."""
    server.terminate()
    try:
        server.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdin:
        server.stdin.close()


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-TAIL_LINES:])
