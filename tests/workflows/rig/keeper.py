"""Runs act, and stays the parent of whatever it starts: a process that no job's end can lose.

A script of its own: `python keeper.py act ARGUMENTS`. Whatever is orphaned below it, in a session of its own or not,
becomes its child (Linux's child subreaper), so `leftovers` finds all that an earlier job left running.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
STAT = Path("/proc")


def parents() -> dict[int, int]:
    """Return the parent of every process that is alive; one that has ended and waits to be read is not."""
    found = {}
    for entry in STAT.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if fields[0] not in "ZX":
            found[int(entry.name)] = int(fields[1])
    return found


def below(root: int, tree: dict[int, int]) -> set[int]:
    """Return all descendants of a process."""
    found: set[int] = set()
    fresh = {root}
    while fresh:
        fresh = {pid for pid, parent in tree.items() if parent in fresh} - found
        found |= fresh
    return found


def line_to(root: int, pid: int, tree: dict[int, int]) -> set[int]:
    """Return a process and its ancestors, up to `root`."""
    line = set()
    while pid not in (root, 0):
        line.add(pid)
        pid = tree.get(pid, 0)
    return line


def end_leftovers(root: int, mine: int) -> list[str]:
    """End every descendant of `root` but `mine` and its ancestors; return what they were called.

    Raises:
        RuntimeError: something is still there after ten seconds of killing.

    """
    ended: list[str] = []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        tree = parents()
        left = below(root, tree) - line_to(root, mine, tree)
        if not left:
            return ended
        ended.extend(filter(None, map(_end, left)))  # one that ended by itself had no name any more
        time.sleep(0.01)  # the kernel needs a moment to take them away
    raise RuntimeError(f"processes that cannot be ended: {sorted(left)}")


def _end(pid: int) -> str:
    """End one process and return its command."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        os.kill(pid, signal.SIGKILL)
    except (OSError, ProcessLookupError):  # it ended by itself
        return ""
    return command[:200]


def main(argv: list[str]) -> int:
    """Run a command to its end, then end whatever it left behind."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    environment = {**os.environ, "RIG_KEEPER": str(os.getpid())}
    pid = os.posix_spawnp(argv[0], argv, environment)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: os.kill(pid, signal.SIGKILL))
    code = 1
    while True:
        found, status = os.wait()
        if found == pid:
            code = os.waitstatus_to_exitcode(status)
            break
    end_leftovers(os.getpid(), os.getpid())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
