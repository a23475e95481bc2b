"""Environments kept on disk: each is made under a lock and marked complete last, so that no half one is ever used.

Whenever one is made, those that nobody used for a month give their room back.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from trainstop import files
from trainstop.ports.environments import Interpreter
from trainstop.ports.progress import Progress

COMPLETE = ".complete.json"
"""Marks a complete environment; its modification time says when that was last used."""
UNUSED_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class Kept:
    """The folder of all environments."""

    root: Path
    progress: Progress | None = None
    now: Callable[[], float] = time.time
    """Seconds since 1970."""

    def ensure(self, name: str, make: Callable[[Path], Interpreter]) -> Interpreter:
        """Return the environment called `name`, made by `make` in its folder if there is no complete one."""
        folder = self.root / name
        with self.locked(name):
            found = complete(folder)
            if found is None:
                shutil.rmtree(folder, ignore_errors=True)
                self._sweep()
                found = make(folder)
                finish(folder, found)
            self._used(folder)
            return found

    def _used(self, folder: Path) -> None:
        """Note that an environment is used now."""
        with suppress(OSError):  # one that may only be read is still good for use
            os.utime(folder / COMPLETE, (self.now(), self.now()))

    def _sweep(self) -> None:
        """Remove environments that nobody used for long, unless something runs in one or somebody holds it."""
        for mark in sorted(self.root.glob(f"*/{COMPLETE}")):
            folder = mark.parent
            with suppress(OSError), (self.root / f"{folder.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.now() - mark.stat().st_mtime > UNUSED_SECONDS and not _runs(folder):
                    mark.unlink()  # first, so that what a kill leaves is no environment
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock of one environment; the kernel lets go of it when its holder dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.progress:
                    self.progress.note("waiting for another run that makes the same environment")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _runs(folder: Path) -> bool:
    """Say whether a process was started by a program of an environment."""
    inside = f"{folder.absolute()}{os.sep}"
    return any((process.info["cmdline"] or [""])[0].startswith(inside) for process in psutil.process_iter(["cmdline"]))


def finish(folder: Path, interpreter: Interpreter) -> None:
    """Mark an environment complete."""
    content = asdict(interpreter) | {"python": str(interpreter.python)}
    files.write_text(folder / COMPLETE, json.dumps(content, indent=1))


def complete(folder: Path) -> Interpreter | None:
    """Return the environment in a folder if it was finished, and its Python is still there."""
    try:
        content = json.loads((folder / COMPLETE).read_text(encoding="utf-8"))
        interpreter = Interpreter(**content | {"python": Path(content["python"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # Its Python is a link to one that an update of the machine may have removed.
    return interpreter if interpreter.python.exists() else None
