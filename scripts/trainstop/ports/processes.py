"""Child processes: project code, tools, project-side scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run. The child inherits the environment less everything that could be a secret or a runner's file."""

    argv: tuple[str, ...]
    """A program without a slash is looked for on the child's PATH, one with a slash from `cwd`."""
    cwd: Path
    name: str
    """Names the log file and the messages."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables set on top of the cleaned environment."""
    path: tuple[Path, ...] = ()
    """Folders put in front of the child's PATH."""
    secrets: tuple[str, ...] = ()
    """Names (or patterns like `UV_*`) of variables passed although they may be secret; masked in the log."""
    timeout: float | None = None
    """Seconds; then the child and all its children are ended."""
    memory: int | None = None
    """Bytes of resident memory; then the child and all its children are ended."""
    modules: tuple[Path, ...] = ()
    """Folders put at the end of the child's PYTHONPATH."""
    background: bool = False
    """Whether what it leaves running lives on; otherwise that is ended with it."""
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
    over_memory: bool = False
    """Whether it took more memory than it was given, and was ended."""
    out_of_memory: bool = False
    """Whether it ended for want of memory (killed by the kernel, or out of its own), as far as can be told."""
    tail: str = ""
    """The last lines it printed (both streams, in order), masked and free of control characters and commands."""
    wall_seconds: float
    cpu_seconds: float
    """Processor time of the child and all its children."""
    peak_memory_bytes: int
    """Largest resident memory of the child with all its children, sampled; a page shared by two counts twice."""
    log: Path
    """All it printed, masked; the middle is left out when it is very long."""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.exit_code == 0 and not self.timed_out and not self.over_memory

    @property
    def ending(self) -> str:
        """How it ended, in words: `took longer than it was given`, `ended by SIGSEGV`, `exit code 3`."""
        if self.timed_out:
            return f"took longer than it was given, and was ended after {self.wall_seconds:.0f} s"
        if self.over_memory:
            return f"took more memory than it was given, and was ended at {self.peak_memory_bytes / 1e6:,.0f} MB"
        how = f"ended by {self.signal}" if self.signal else f"exit code {self.exit_code}"
        return f"ran out of memory ({how})" if self.out_of_memory else how


class Processes(Protocol):
    """Runs child processes to their end."""

    def run(self, command: Command) -> Outcome:
        """Run a command and wait for it; never raises for what the child does.

        Raises:
            InputError: the program to run does not exist, or cannot be run.

        """

    def plain(self, text: str, secrets: tuple[str, ...] = ()) -> str:
        """Return text that a child wrote elsewhere (in a report) as masked and harmless as what it prints.

        `secrets` are the names that were passed to it.
        """

    def holds_secret(self, path: Path, secrets: tuple[str, ...] = ()) -> bool:
        """Say whether a file that a child wrote holds a long secret, which cannot be masked there.

        `secrets` are the names that were passed to it.
        """
