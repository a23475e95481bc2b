"""One deployment at a time: a lock that the kernel gives up when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainstop.errors import ConflictError


@contextmanager
def exclusively(lock: Path, what: str) -> Iterator[None]:
    """Be the only one on this machine to do `what` while the block lasts.

    Raises:
        ConflictError: somebody else is doing it.

    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                f"another run is busy with {what}", where=str(lock), fix="wait until it has ended, then run this again"
            ) from error
        yield
    finally:
        os.close(handle)
