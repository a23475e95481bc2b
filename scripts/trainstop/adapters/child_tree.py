"""A child process with everything it started: what it uses, and how all of it is ended.

Members are found by process group, by descent, and by a marker in their environment, since a grandchild may leave the
group and outlive its parent.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MARKER = "_TRAINSTOP_CHILD"
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, ProcessLookupError, OSError)
LONGEST_PAUSE = 0.5
GUARDED_PAUSE = 0.05
"""With a limit of memory: a process fills a gigabyte or two in half a second."""


class Tree:
    """The processes of one child. Samples memory and processor time; ends whatever is left."""

    def __init__(self, pid: int, marker: str, memory: int | None = None) -> None:
        """Watch the child `pid`, the leader of its own session, whose environment holds `marker`.

        `memory` is how many bytes it may take.
        """
        self.peak_memory_bytes = 0
        self._memory = memory
        self._pid = pid
        self._marker = marker
        self._started = time.monotonic()
        self._since = time.time() - 2
        self._cpu: dict[psutil.Process, float] = {}
        self._signalled: set[psutil.Process] = set()
        """Known as ours from then on: a process that is ending loses its environment before it is gone."""
        self._due = self._started
        with suppress(*GONE):
            self._cpu[psutil.Process(pid)] = 0.0

    @property
    def over_memory(self) -> bool:
        """Whether it was seen to take more memory than it may."""
        return self._memory is not None and self.peak_memory_bytes > self._memory

    @property
    def cpu_seconds(self) -> float:
        """Processor time seen so far; what lived and died between two samples is missing."""
        return sum(self._cpu.values())

    def sample(self) -> float:
        """Look at the processes if it is time to, and return the seconds until the next look."""
        now = time.monotonic()
        if now >= self._due:
            self.peak_memory_bytes = max(self.peak_memory_bytes, self._look())
            # Dense at first, for short children; a long one must not pay for being watched.
            longest = LONGEST_PAUSE if self._memory is None else GUARDED_PAUSE
            self._due = now + min(longest, max(0.02, (now - self._started) / 10))
        return max(self._due - now, 0.0)

    def _look(self) -> int:
        memory = 0
        for process in self._descendants():
            with suppress(*GONE), process.oneshot():
                memory += process.memory_info().rss
                times = process.cpu_times()
                self._cpu[process] = times.user + times.system
        return memory

    def _descendants(self) -> list[psutil.Process]:
        with suppress(*GONE):
            root = psutil.Process(self._pid)
            return [root, *root.children(recursive=True)]
        return []

    def members(self) -> list[psutil.Process]:
        """Return every process of this child that still runs, the child included."""
        found = []
        known = {*self._descendants(), *self._cpu, *self._signalled}
        # Never psutil's cached processes: one whose number was given to another since would hide that other.
        psutil.process_iter.cache_clear()
        for process in psutil.process_iter():
            with suppress(*GONE):
                if process.create_time() < self._since or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process in known or self._is_ours(process):
                    found.append(process)
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        if self._pid in (os.getpgid(process.pid), os.getsid(process.pid)):
            return True
        return bool(process.environ().get(MARKER) == self._marker)

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal to every process that is left; say whether there was one."""
        members = self.members()
        self._signalled.update(members)
        for process in members:
            # psutil compares the start time, so that a number given to somebody else meanwhile is not hit.
            with suppress(*GONE):
                process.send_signal(number)
                if number is signal.SIGTERM:
                    process.send_signal(signal.SIGCONT)
        return bool(members)


def oom_kills(files: Iterable[Path] | None = None) -> int:
    """Return how many processes the kernel has killed so far for want of memory, as far as it says so."""
    total = 0
    for path in _counters() if files is None else files:
        with suppress(OSError, ValueError):
            words = (line.split() for line in path.read_text().splitlines())
            total += sum(int(pair[1]) for pair in words if len(pair) == 2 and pair[0] == "oom_kill")
    return total


def memory_limit() -> int:
    """Return the bytes this process's group may use: the least of its limits and what the machine has."""
    limit = int(psutil.virtual_memory().total)
    for folder in _group_folders():
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):
                limit = min(limit, int((folder / name).read_text()))
    return limit


def _counters() -> list[Path]:
    names = ("memory.events", "memory.oom_control")
    return [Path("/proc/vmstat"), *(folder / name for folder in _group_folders() for name in names)]


def _group_folders() -> list[Path]:
    """Return where this process's control group may be seen; a container shows it at the root."""
    folders = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")]
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, place = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                folders.append((folders[1] if controllers else folders[0]) / place.lstrip("/"))
    return folders
