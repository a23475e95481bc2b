"""The registry without a server: MLflow on SQLite, on one machine. Owns its first creation and its locks."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trainstop.errors import ConflictError, InputError, UnavailableError
from trainstop.ports import Clock

PAUSE = 0.02
HEADER = b"SQLite format 3\0"


@dataclass(frozen=True)
class Embedded:
    """A database file and the folder of its artifacts."""

    database: Path
    artifacts: Path

    @property
    def uri(self) -> str:
        """Address for MLflow."""
        return f"sqlite:///{self.database.resolve()}"

    def create(self, clock: Clock, timeout: float) -> None:
        """Make the database if there is none, whole or not at all, however many processes try and whenever one dies.

        MLflow makes its tables in many small steps; a process killed between them would leave a file that no later one
        can open. So they are made in a file beside, which then gets its name.
        """
        if self.database.exists():
            self._refuse_other_files()
            return
        self.database.parent.mkdir(parents=True, exist_ok=True)
        with self.locked("schema", clock, max(timeout, 60.0)):
            if self.database.exists():
                return
            beside = Path(tempfile.mkdtemp(dir=self.database.parent, prefix=".mlflow-"))
            try:
                _make_tables(beside / "new.db")
                (beside / "new.db").replace(self.database)
            finally:
                shutil.rmtree(beside, ignore_errors=True)

    def _refuse_other_files(self) -> None:
        """Say at once that a file is no database; MLflow would try again for minutes."""
        with self.database.open("rb") as file:
            start = file.read(len(HEADER))
        if start != HEADER:
            raise InputError(
                "the embedded registry's file is not an SQLite database",
                where=str(self.database),
                fix="move it away; a new one is made",
            )

    @contextmanager
    def locked(self, name: str, clock: Clock, timeout: float) -> Iterator[None]:
        """Hold a lock among the processes of this machine; the kernel gives it back when its holder dies.

        Raises:
            ConflictError: somebody else holds it for longer than `timeout` seconds.

        """
        path = self.database.with_name(f"{self.database.name}.{name}.lock")
        deadline = clock.monotonic() + timeout
        with path.open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if clock.monotonic() >= deadline:
                        raise ConflictError(
                            f"another process has held the registry's lock `{name}` for {timeout:g} s",
                            where=str(path),
                            fix="wait for it, or end it; the lock frees itself",
                        ) from None
                    clock.sleep(PAUSE)
            yield


def _make_tables(database: Path) -> None:
    """Let MLflow make its tables in a new file."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        MlflowClient(tracking_uri=f"sqlite:///{database}").search_experiments(max_results=1)
    except (MlflowException, OSError) as error:
        raise UnavailableError(
            f"the embedded registry cannot be made: {next(iter(str(error).splitlines()), '')}"[:300],
            where=str(database.parent),
            fix="look whether the disk is full or read-only",
        ) from error
