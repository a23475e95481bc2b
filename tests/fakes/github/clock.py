"""Time that only passes when somebody waits, for the fake and for all processes that talk to it."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from multiprocessing.context import BaseContext
from typing import Any

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class VirtualClock:
    """Seconds since the start, shared among processes. Fulfils `trainstop.ports.Clock`."""

    def __init__(self, context: BaseContext | None = None) -> None:
        self._seconds: Any = (context or multiprocessing.get_context()).Value("d", 0.0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return float(self._seconds.value)

    def sleep(self, seconds: float) -> None:
        with self._seconds.get_lock():
            self._seconds.value += seconds
