"""Child processes: project code, tools, project-side scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run. The child inherits the environment less everything that could be a secret or a runner's file."""

    argv: tuple[str, ...]
    cwd: Path
    name: str
    """Names the log file and the messages."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables set on top of the cleaned environment."""
    secrets: tuple[str, ...] = ()
    """Names of variables that are passed although they may be secret; their values are masked in the log."""
    timeout: float | None = None
    """Seconds; then the child and all its children are ended."""
    tail_lines: int = 30
    """How many of the last lines of output come back."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a child process."""

    exit_code: int | None
    """None when it was ended by a signal."""
    signal: str = ""
    """Name of the signal that ended it, like `SIGSEGV`."""
    timed_out: bool = False
    out_of_memory: bool = False
    """Whether the kernel ended it for want of memory, as far as can be told."""
    tail: str = ""
    """The last lines it printed (both streams, in order), masked and free of control characters."""
    wall_seconds: float
    cpu_seconds: float
    """Processor time of the child and all its children."""
    peak_memory_bytes: int
    """Largest resident memory of the child with all its children, sampled."""
    log: Path
    """All it printed, masked."""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.exit_code == 0 and not self.timed_out


class Processes(Protocol):
    """Runs child processes to their end."""

    def run(self, command: Command) -> Outcome:
        """Run a command and wait for it; never raises for what the child does.

        Raises:
            InputError: the program to run does not exist.

        """
