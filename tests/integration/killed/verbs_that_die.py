"""A verb in a process of its own that is killed at its k-th effect: a write to the database, or one to a file."""

import os
import signal
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

WRITES = ("INSERT", "UPDATE", "DELETE")
CHANGES = ("os.rename", "os.link", "os.remove", "os.rmdir")


class Effects:
    """Counts what this process does to the outside, and ends it without a word before the k-th."""

    def __init__(self, folder: Path, kill_at: int) -> None:
        self._inside = str(folder)
        self._kill_at = kill_at
        self.count = 0

    def watch(self) -> None:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", lambda connection: self._happens())
        sys.addaudithook(self._audit)

    def _statement(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self._happens()

    def _audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            place, _, flags = arguments
            writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
        else:
            place, writes = arguments[0] if arguments else "", name in CHANGES
        if writes and str(place).startswith(self._inside):
            self._happens()

    def _happens(self) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def run_verb(folder: Path, arguments: list[str], said: Path, kill_at: int = 0, stub: Path | None = None) -> None:
    """Be `trainstop` with these arguments; what was said and how many effects there were is in `said`."""
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "TRAINSTOP_", "MLFLOW_TRACKING"))]:
        del os.environ[name]
    os.environ["USER"] = "ada"
    from trainstop import cli, live_ports

    if stub:
        from tests.integration.targets.stub import StubEnvironments

        environments = cached_property(lambda self: StubEnvironments(stub))
        environments.__set_name__(live_ports.LivePorts, "environments")
        live_ports.LivePorts.environments = environments  # type: ignore[method-assign]
    effects = Effects(folder, kill_at)
    effects.watch()
    sys.argv = ["trainstop", *arguments]
    try:
        cli.main()
    finally:
        sys.stdout.flush()
        os.write(output, f"\n{effects.count}".encode())
