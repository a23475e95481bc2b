"""What a file looks like without being read, and when that can be trusted to show a change."""

import os

STILL_MOVING_SECONDS = 2.0
"""A file changed so recently could change again within the same tick of the file system's clock."""


def state(status: os.stat_result) -> list[int]:
    """Return what differs once a file was touched; no program can set the change time among it."""
    return [status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def changed_at(status: os.stat_result) -> float:
    """Return when a file last changed (seconds since 1970), whatever its modification time was set to."""
    return max(status.st_mtime, status.st_ctime)


def settled(changed: float, now: float) -> bool:
    """Tell whether what changed at one time (seconds since 1970) would look different if it changed again `now`."""
    return now - changed > STILL_MOVING_SECONDS
