"""Runs child processes to their end: with a cleaned environment, a time limit for all they start, and a masked log."""

import os
import re
import selectors
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from trainstop.adapters.child_output import Output, plain
from trainstop.adapters.child_start import child_environment, log_name, start
from trainstop.adapters.child_tree import MARKER, Tree, memory_limit, oom_kills
from trainstop.adapters.environ import secret_values
from trainstop.adapters.masking import Masker
from trainstop.ports.processes import Command, Outcome
from trainstop.ports.progress import Progress

CHUNK_BYTES = 1 << 16
DRAIN_SECONDS = 2.0
DEATH_SECONDS = 10.0
"""How long the kernel may take for a child that was killed; giving back gigabytes takes a while."""
NOTE_SECONDS = 30.0
NEAR_LIMIT = 0.9
LAST_WORDS = 1000
"""Only the end of the output says why a program ended."""
NO_MEMORY = re.compile(r"^(\S*\.)?\S*MemoryError\b|std::bad_alloc|CUDA out of memory", re.MULTILINE)


@dataclass
class _Ended:
    """What the kernel says of a child that has ended: its code (negative for a signal) and its processor time."""

    code: int
    cpu_seconds: float


class _Child:
    """One running child."""

    def __init__(self, popen: subprocess.Popen[bytes], tree: Tree, output: Output) -> None:
        self.tree = tree
        self.ended: _Ended | None = None
        self._popen = popen
        self._output = output
        self._pipe = popen.stdout
        self._selector = selectors.DefaultSelector()
        if self._pipe:
            os.set_blocking(self._pipe.fileno(), False)
            self._selector.register(self._pipe, selectors.EVENT_READ)

    def reap(self) -> bool:
        """Say whether the child has ended, and remember how."""
        if self.ended is None:
            pid, status, usage = os.wait4(self._popen.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._popen.returncode = code
                self.ended = _Ended(code, usage.ru_utime + usage.ru_stime)
        return self.ended is not None

    def read(self, seconds: float) -> bool:
        """Wait for output at most this long, and take it; say whether there was any."""
        if self._pipe is None:
            time.sleep(min(seconds, 0.02))
            return False
        if not self._selector.select(seconds):
            return False
        chunk = self._pipe.read(CHUNK_BYTES)
        if chunk:
            self._output.feed(chunk)
            return True
        if chunk == b"":
            self._close_pipe()
        return False

    def end(self, grace: float) -> None:
        """End the child and all it started: asked first, and killed when `grace` seconds did not do."""
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
            until = time.monotonic() + seconds
            pause = 0.01
            if not self.tree.signal(number):
                break
            while time.monotonic() < until and (not self.reap() or self.tree.members()):
                self.read(pause)
                pause = min(pause * 2, 0.2)
                if number is signal.SIGKILL:
                    self.tree.signal(number)
        # A leader whose other threads are still dying is a zombie already, and not yet to be had from the kernel.
        until = time.monotonic() + DEATH_SECONDS
        while not self.reap() and time.monotonic() < until:
            self.read(0.01)

    def drain(self) -> None:
        """Take what is still in the pipe; somebody else may hold it open, so not for ever."""
        until = time.monotonic() + DRAIN_SECONDS
        while self._pipe is not None and time.monotonic() < until and self.read(0.05):
            pass
        self._close_pipe()
        self._selector.close()

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            self._selector.unregister(self._pipe)
            self._pipe.close()
            self._pipe = None


class ChildProcesses:
    """Fulfils `ports.processes.Processes`."""

    def __init__(
        self,
        environ: Mapping[str, str],
        logs: Path,
        *,
        progress: Progress | None = None,
        grace: float = 5.0,
        note_every: float = NOTE_SECONDS,
        killed_for_memory: Callable[[], int] = oom_kills,
    ) -> None:
        """Keep what children inherit (`environ`), where logs go, and who is told that one still runs.

        Args:
            environ: the environment to clean and hand on.
            logs: folder of the log files.
            progress: told every half minute that a child still runs.
            grace: seconds between asking a child to end and killing it.
            note_every: seconds between two notes.
            killed_for_memory: counts what the kernel killed for want of memory so far.

        """
        self._environ = environ
        self._logs = logs
        self._progress = progress
        self._grace = grace
        self._note_every = note_every
        self._killed_for_memory = killed_for_memory

    def run(self, command: Command) -> Outcome:
        """Run a command and wait for it; never raises for what the child does.

        Raises:
            InputError: the program to run does not exist, or cannot be run.

        """
        marker = uuid.uuid4().hex
        environment = child_environment(self._environ, command) | {MARKER: marker}
        masker = Masker(secret_values(self._environ, command.secrets) | secret_values(command.environment))
        log = self._logs / f"{log_name(command.name)}.log"
        killed_before = self._killed_for_memory()
        started = time.monotonic()
        # The handler is there before the child is, so that no signal finds the one without the other.
        with _terminable():
            popen = start(command, environment)
            output = Output(log, masker)
            child = _Child(popen, Tree(popen.pid, marker, command.memory), output)
            try:
                timed_out = self._follow(child, command, started)
                if child.tree.over_memory:
                    child.end(0.0)
                elif timed_out or not command.background:
                    child.end(self._grace if timed_out else min(self._grace, 1.0))
            except BaseException:
                child.end(min(self._grace, 2.0))
                raise
            finally:
                child.drain()
                output.close()
        return self._outcome(
            child,
            tail=output.tail(command.tail_lines),
            log=log,
            timed_out=timed_out,
            wall_seconds=time.monotonic() - started,
            kernel_killed=self._killed_for_memory() > killed_before,
        )

    def plain(self, text: str, secrets: tuple[str, ...] = ()) -> str:
        """Return text that a child wrote elsewhere as masked and harmless as what it prints."""
        return Masker(secret_values(self._environ, secrets)).mask(plain(text))

    def holds_secret(self, path: Path, secrets: tuple[str, ...] = ()) -> bool:
        """Say whether a file holds a secret of the environment, which cannot be masked there."""
        return Masker(secret_values(self._environ, secrets)).in_file(path)

    def _follow(self, child: _Child, command: Command, started: float) -> bool:
        """Read and sample until the child ends; say whether its time was over first."""
        deadline = started + command.timeout if command.timeout is not None else float("inf")
        note_at = started + self._note_every
        while not child.reap():
            now = time.monotonic()
            if now >= deadline:
                return True
            if self._progress and now >= note_at:
                self._progress.note(f"{command.name} has been running for {now - started:.0f} s")
                note_at = now + self._note_every
            pause = child.tree.sample()
            if child.tree.over_memory:
                return False
            child.read(max(min(pause, deadline - now, 0.1), 0.001))
        return False

    def _outcome(
        self, child: _Child, *, tail: str, log: Path, timed_out: bool, wall_seconds: float, kernel_killed: bool
    ) -> Outcome:
        ended = child.ended or _Ended(-signal.SIGKILL, 0.0)
        over = child.tree.over_memory
        killed = ended.code in (-signal.SIGKILL, 128 + signal.SIGKILL) and not timed_out and not over
        near_limit = killed and child.tree.peak_memory_bytes >= NEAR_LIMIT * memory_limit()
        return Outcome(
            exit_code=ended.code if ended.code >= 0 else None,
            signal=_signal_name(-ended.code) if ended.code < 0 else "",
            timed_out=timed_out,
            over_memory=over,
            out_of_memory=(killed and (kernel_killed or near_limit))
            or (ended.code != 0 and not timed_out and not over and bool(NO_MEMORY.search(tail[-LAST_WORDS:]))),
            tail=tail,
            wall_seconds=wall_seconds,
            cpu_seconds=max(ended.cpu_seconds, child.tree.cpu_seconds),
            peak_memory_bytes=child.tree.peak_memory_bytes,
            log=log,
        )


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end us by an exception, so that children are ended first; then end as we would have."""
    caught: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        caught.append(number)
        raise KeyboardInterrupt

    ours = []
    if threading.current_thread() is threading.main_thread():
        ours = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
        if caught:
            with suppress(OSError):
                os.kill(os.getpid(), caught[0])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
