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
from trainstop.workspace import COMPLETE

UNUSED_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class Kept:
    """The folder of all environments."""

    root: Path
    progress: Progress | None = None
    needed: Callable[[Path], bool] = lambda _: False
    """Says of an environment's folder whether something counts on it that does not run now."""

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
            os.utime(folder / COMPLETE)

    def _sweep(self) -> None:
        """Remove environments that nobody used for long, unless something needs one or somebody holds it."""
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir()):
            with suppress(OSError), (self.root / f"{folder.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _unused(folder) and not self.needed(folder) and not _runs(folder):
                    (folder / COMPLETE).unlink(missing_ok=True)  # first: what a kill leaves is no environment
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


def _unused(folder: Path) -> bool:
    """Say whether an environment was last used long ago, or was left half made then."""
    mark = folder / COMPLETE
    return time.time() - (mark if mark.exists() else folder).stat().st_mtime > UNUSED_SECONDS


def _runs(folder: Path) -> bool:
    """Say whether a process runs a program of an environment, or was started for it, by a shell perhaps."""
    home = str(folder.absolute())
    for process in psutil.process_iter(["cmdline", "environ"]):
        program = (process.info["cmdline"] or [""])[0]
        if program.startswith(f"{home}{os.sep}") or (process.info["environ"] or {}).get("VIRTUAL_ENV") == home:
            return True
    return False


def finish(folder: Path, interpreter: Interpreter) -> None:
    """Mark an environment complete."""
    content = asdict(interpreter) | {"python": str(interpreter.python)}
    files.write_text(folder / COMPLETE, json.dumps(content, indent=1))


def complete(folder: Path) -> Interpreter | None:
    """Return the environment in a folder if it was finished, and its Python is still there."""
    try:
        content = json.loads((folder / COMPLETE).read_text(encoding="utf-8"))
        told = {"python": Path(content["python"]), "places": tuple(content.get("places", ()))}
        interpreter = Interpreter(**content | told)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # Its Python is a link to one that an update of the machine may have removed.
    return interpreter if interpreter.python.exists() else None
