"""What lives outside the jobs and outlives them: a serving platform and a tracking server, each a process of ours."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainstop.adapters.mlflow.client import PROCESS_SETTINGS

PLATFORM = Path(__file__).parents[1] / "platform" / "server.py"
START_SECONDS = 300.0
LIFETIME = "5400"
"""Seconds after which a server ends by itself, whatever became of the tests."""


def fetch(address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Ask over HTTP; return status and text, status 0 when nobody answers."""
    asked = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


@dataclass(frozen=True)
class Platform:
    """A running platform. `tokens` by environment."""

    address: str
    tokens: Mapping[str, str]

    def told(self, environment: str) -> dict[str, Any]:
        """Return what an environment says of itself."""
        return dict(json.loads(fetch(f"{self.address}/{environment}")[1]))

    def serving(self, environment: str) -> int | None:
        """Return the committed version."""
        number = self.told(environment)["serving"]
        return None if number is None else int(number)

    def change(self, environment: str, what: str, **said: int) -> None:
        """Change an environment from outside, as the platform's owner."""
        token = {"Authorization": f"Bearer {self.tokens[environment]}"}
        status, text = fetch(f"{self.address}/{environment}/{what}", json.dumps(said).encode(), token)
        assert status == 200, text

    @contextmanager
    def traffic(self, environment: str, rows: Mapping[str, Any], *, pause: float = 0.05) -> Iterator[list[int]]:
        """Ask an environment all the while; gives the statuses of the answers (404: nothing was deployed yet)."""
        over, statuses = threading.Event(), list[int]()
        body = json.dumps({"dataframe_split": rows}).encode()

        def ask() -> None:
            while not over.wait(pause):
                statuses.append(fetch(f"{self.address}/{environment}/invocations", body)[0])

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield statuses
        finally:
            over.set()
            thread.join()


@contextmanager
def platform(folder: Path, tokens: Mapping[str, str], data_token: str = "") -> Iterator[Platform]:
    """Run a platform. What is kept in its warehouse is read with `data_token`."""
    folder.mkdir(parents=True, exist_ok=True)
    announced = folder / "port"
    given = {**tokens, "warehouse": data_token}
    words = [word for name, token in given.items() for word in ("--token", f"{name}={token}")]
    command = [sys.executable, str(PLATFORM), "--folder", str(folder), "--announce", str(announced), *words]
    with process(command, folder / "log", outside()) as running:
        wait_for(announced.exists, running, folder / "log")
        yield Platform(f"http://127.0.0.1:{announced.read_text()}", dict(tokens))


@contextmanager
def tracking_server(folder: Path) -> Iterator[str]:
    """Run a real MLflow server on SQLite; gives its address."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = ["timeout", "--kill-after=5", LIFETIME, sys.executable, "-m", "mlflow", "server"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with process(command, folder / "log", outside() | PROCESS_SETTINGS) as running:
        wait_for(lambda: fetch(f"{address}/health")[0] == 200, running, folder / "log")
        yield address


def outside() -> dict[str, str]:
    """Return the environment of a server: MLflow behaves differently when it sees that it is under test."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTEST_CURRENT_TEST", "PYTHONDONTWRITEBYTECODE")
    }


@contextmanager
def process(command: list[str], log: Path, environment: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a process, which ends with us."""
    with log.open("w") as out:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, env=dict(environment))
    try:
        yield running
    finally:
        assert running.stdin is not None
        running.stdin.close()
        running.terminate()
        running.wait(timeout=30)


def wait_for(ready: Any, running: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a server is there.

    Raises:
        AssertionError: it ended, or is not there after `START_SECONDS`.

    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"the server is not there: {log.read_text()[-2000:]}")
