"""The files of one environment's state: written whole, changed under a lock, readable at any moment."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trainstop import files
from trainstop.adapters.targets.local.state import Observed, State
from trainstop.errors import InputError, TimeLimitError

LOCK_SECONDS = 30.0
POLL_SECONDS = 0.02


class Store:
    """Where everything of one environment lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundles = folder / "bundles"
        self.envoy = folder / "envoy"
        self.servers = folder / "servers"
        self.logs = folder / "logs"
        self.inference_log = folder / "log"
        self.journal = folder / "journal.jsonl"
        self._state = folder / "state.json"
        self._observed = folder / "observed.json"
        self._touched = folder / "touched"
        self._lock = folder / "lock"
        self._supervisor = folder / "supervisor.lock"

    def state(self) -> State | None:
        """Return the wish, or None when nothing was ever deployed here.

        Raises:
            InputError: the file was damaged.

        """
        try:
            return State.model_validate_json(self._state.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise InputError(
                "the state of a deployment target cannot be read",
                where=str(self._state),
                fix="restore the file, or remove the folder and deploy again",
            ) from error

    def write_state(self, state: State) -> None:
        """Replace the wish; this one rename is what a change comes down to."""
        files.write_text(self._state, state.model_dump_json(indent=1))

    def observed(self) -> Observed:
        """Return what the supervisor saw last."""
        try:
            return Observed.model_validate_json(self._observed.read_bytes())
        except (OSError, ValidationError):
            return Observed()

    def write_observed(self, observed: Observed) -> None:
        """Replace what was seen."""
        files.write_text(self._observed, observed.model_dump_json(indent=1))

    def touch(self) -> None:
        """Note that a verb has just looked after this environment."""
        if self.folder.is_dir():
            self._touched.touch()

    def touched(self) -> int:
        """Return a number that changes with every touch."""
        try:
            return self._touched.stat().st_mtime_ns
        except OSError:
            return 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from changing the state; given up by the kernel when we are killed.

        Raises:
            TimeLimitError: somebody else holds it for too long.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _lock(handle, LOCK_SECONDS):
                raise TimeLimitError(
                    "another run is changing this environment's state, and does not finish",
                    where=str(self._lock),
                    fix="end that run, then try again",
                )
            yield
        finally:
            os.close(handle)

    @contextmanager
    def supervising(self, patience: float) -> Iterator[bool]:
        """Be the one supervisor while the block lasts; gives False when there is one already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._supervisor, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield _lock(handle, patience)
        finally:
            os.close(handle)

    def supervised(self) -> bool:
        """Say whether a supervisor runs."""
        try:
            handle = os.open(self._supervisor, os.O_RDWR)
        except OSError:
            return False
        try:
            return not _lock(handle, 0.0, fcntl.LOCK_SH)
        finally:
            os.close(handle)


class Journal:
    """What was done to an environment, a line before and a line after each side effect."""

    def __init__(self, path: Path, now: Callable[[], str], written: Callable[[], None] = lambda: None) -> None:
        """Keep where the lines go, how the time is told, and what is called after each line (tests crash there)."""
        self._path = path
        self._now = now
        self._written = written

    @contextmanager
    def step(self, action: str, **details: Any) -> Iterator[None]:
        """Write that something begins, and that it ended, or how it failed."""
        self.note(action, "begin", **details)
        try:
            yield
        except BaseException as error:
            self.note(action, "failed", error=str(error).splitlines()[:1], **details)
            raise
        self.note(action, "end", **details)

    def note(self, action: str, phase: str, **details: Any) -> None:
        """Append one line."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": self._now(), "pid": os.getpid(), "action": action, "phase": phase, **details})
        with self._path.open("ab", buffering=0) as file:
            file.write(line.encode() + b"\n")
        self._written()


def _lock(handle: int, patience: float, kind: int = fcntl.LOCK_EX) -> bool:
    """Take a lock within `patience` seconds, and say whether we have it."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True
