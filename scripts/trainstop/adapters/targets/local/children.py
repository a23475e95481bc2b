"""The processes of one environment: starting, finding again, asking and ending them.

A process is ours when its command line names our state folder; nothing is ever signalled by a remembered id alone.
"""

import contextlib
import http.client
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from trainstop.adapters.targets.local.state import Entry, Seen, State
from trainstop.adapters.targets.local.store import Store

SERVE = Path(__file__).parents[3] / "project_side" / "serve.py"
PROBE_SECONDS = 2.0
END_SECONDS = 25.0
TAIL_LINES = 8
TAIL_BYTES = 4000


class Child:
    """One process, started by us or found again."""

    def __init__(self, process: psutil.Process, popen: "subprocess.Popen[bytes] | None" = None) -> None:
        self.process = process
        self._popen = popen

    def alive(self) -> bool:
        """Say whether it runs; a dead one of ours is cleared away by asking."""
        if self._popen is not None:
            return self._popen.poll() is None
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def terminate(self) -> None:
        """Ask it to end; psutil refuses to signal another process that was given the same id."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.terminate()

    def kill(self) -> None:
        """End it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.kill()


def start(argv: Sequence[str], log: Path, cwd: Path) -> Child:
    """Start a process in a session of its own, with both streams in a new log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        popen = subprocess.Popen(
            argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return Child(psutil.Process(popen.pid), popen)


def end(children: Sequence[Child]) -> None:
    """End processes: asked first, killed when they do not."""
    for child in children:
        child.terminate()
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until and any(child.alive() for child in children):
        time.sleep(0.05)
    for child in children:
        if child.alive():
            child.kill()
            with contextlib.suppress(psutil.TimeoutExpired):
                child.process.wait(5)


def serve_command(store: Store, state: State, version: int, entry: Entry, port: int) -> tuple[str, ...]:
    """Return the command of a version's server; `-I` keeps our own Python settings out of the model's world."""
    log = ("--log", str(store.inference_log)) if state.log else ()
    return (
        entry.python,
        "-I",
        str(SERVE),
        "--owner",
        str(store.folder),
        "--version",
        str(version),
        "--model",
        str(store.bundles / entry.folder / "model"),
        "--port",
        str(port),
        "--announce",
        str(announcement(store, version)),
        *log,
    )


def announcement(store: Store, version: int) -> Path:
    """Return the file in which a version's server says where it listens."""
    return store.servers / f"{version}.json"


def announced_port(store: Store, version: int, pid: int) -> int:
    """Return the port a server says it listens on, or 0 when it has not said."""
    try:
        said = json.loads(announcement(store, version).read_bytes())
        return int(said["port"]) if said["pid"] == pid else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def find_servers(store: Store) -> list[tuple[int, Child]]:
    """Return the servers of this environment that run, whoever started them, with their version."""
    found = []
    for process, argv in _processes():
        if _after(argv, "--owner") == str(store.folder) and str(SERVE) in argv:
            found.append((int(_after(argv, "--version") or 0), Child(process)))
    return found


def find_proxies(store: Store) -> list[Child]:
    """Return the proxies of this environment that run."""
    ours = str(store.envoy / "bootstrap.json")
    return [Child(process) for process, argv in _processes() if _after(argv, "-c") == ours]


def is_running(seen: Seen) -> bool:
    """Say whether the process that was seen still runs, and not another one with its id."""
    try:
        process = psutil.Process(seen.pid)
        return abs(process.create_time() - seen.started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def answers(version: int, port: int) -> bool:
    """Say whether this version, and not something else, answers on this port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/trainstop/status")
        status = json.loads(connection.getresponse().read())
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.client.OK and status["version"] == version
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()


def last_words(log: Path) -> str:
    """Return the end of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-TAIL_LINES:])


def _processes() -> list[tuple[psutil.Process, list[str]]]:
    """Return the processes whose command line we may read."""
    found = []
    psutil.process_iter.cache_clear()  # a number may have been given to another process since the last look
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append((process, process.cmdline()))
    return found


def _after(argv: Sequence[str], flag: str) -> str:
    """Return the word after a flag."""
    return argv[argv.index(flag) + 1] if flag in argv[:-1] else ""
