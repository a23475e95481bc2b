"""Environments kept on disk: each is made under a lock and marked complete last, so that no half one is ever used."""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from trainstop import files
from trainstop.ports.environments import Interpreter
from trainstop.ports.progress import Progress

COMPLETE = ".complete.json"


@dataclass(frozen=True)
class Kept:
    """The folder of all environments."""

    root: Path
    progress: Progress | None = None

    def ensure(self, name: str, make: Callable[[Path], Interpreter]) -> Interpreter:
        """Return the environment called `name`, made by `make` in its folder if there is no complete one."""
        folder = self.root / name
        with self.locked(name):
            found = complete(folder)
            if found is None:
                shutil.rmtree(folder, ignore_errors=True)
                found = make(folder)
                finish(folder, found)
            return found

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
