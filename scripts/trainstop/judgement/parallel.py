"""Large tables on all processors: numpy leaves the interpreter to other threads while it computes."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from threadpoolctl import threadpool_limits

A = TypeVar("A")
B = TypeVar("B")

LARGE = 50_000
"""Rows, or numbers at a time, below which threads cost more than they save."""


def each(work: Callable[[A], B], items: Iterable[A], *, size: int) -> Iterator[B]:
    """Yield `work` of each item in their order, several at a time where there is much to do.

    What comes out does not depend on how many processors there are, and no more results wait than twice that many.

    Args:
        work: computes on its argument alone, mostly in numpy.
        items: what it is given, one after the other.
        size: how many numbers one call handles.

    """
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if size < LARGE or workers < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[B]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def apart() -> Iterator[None]:
    """Let each thread multiply matrices for itself.

    Threads of the multiplication would get into the way of ours, and their number would change the last digits.
    """
    with threadpool_limits(1, "blas"):
        yield
