"""What other processes do to a registry while a test looks on."""

import os
import signal
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import Bundle
from trainstop.errors import ConflictError, UnavailableError
from trainstop.ports.registry import Lease

WAIT = 60


def connect(uri: str, embedded: Embedded | None, on_step: object = None) -> MlflowRegistry:
    options = {} if on_step is None else {"on_step": on_step}
    return MlflowRegistry(uri, SystemClock(), 20, embedded=embedded, **options)  # type: ignore[arg-type]


def publish_rounds(
    uri: str, embedded: Embedded | None, name: str, root: Path, rounds: int, start: Barrier, answer: Connection
) -> None:
    """Publish a key a round, at the same moment as everybody else; answer with the numbers."""
    registry = connect(uri, embedded)
    numbers = []
    for number in range(rounds):
        start.wait(WAIT)
        numbers.append(registry.publish(name, f"key-{number}", Bundle(root), {}).number)
    answer.send(numbers)


def register_everything(
    uri: str, name: str, root: Path, keys: int, offset: int, start: Barrier, answer: Connection
) -> None:
    """Publish a key a round, in each at the same moment as everybody else; then reach for the champion.

    What the registry does not answer is run again, as a person would. Answers with the numbers, what had to be run
    again, whether the champion is this process's, and from when to when each round took (by the system's clock).
    """
    registry = connect(uri, None)
    numbers: dict[str, int] = {}
    again: list[str] = []
    spans: list[tuple[float, float]] = []
    for key in (f"key-{number}" for number in range(keys)):
        start.wait(WAIT)
        begun = time.monotonic()
        while key not in numbers:
            try:
                numbers[key] = registry.publish(name, key, Bundle(root), {}).number
            except UnavailableError as error:
                again.append(str(error))
                if len(again) > keys:
                    raise
        spans.append((begun, time.monotonic()))
    start.wait(WAIT)
    own = numbers[f"key-{offset % keys}"]
    try:
        registry.move_alias(name, "champion", to=own, expected=None)
        won = own
    except ConflictError:
        won = 0
    answer.send((numbers, again, won, spans))


def move_rounds(
    uri: str, embedded: Embedded | None, name: str, own: int, rounds: int, start: Barrier, answer: Connection
) -> None:
    """Take an alias from version 1 to the own one, each round at the same moment; answer with who got it."""
    registry = connect(uri, embedded)
    won = []
    for _ in range(rounds):
        start.wait(WAIT)
        try:
            registry.move_alias(name, "champion", to=own, expected=1)
            won.append(True)
        except ConflictError:
            won.append(False)
        start.wait(WAIT)
        if won[-1]:
            registry.move_alias(name, "champion", to=1, expected=own)
        start.wait(WAIT)
    answer.send(won)


def lease_rounds(
    uri: str, embedded: Embedded | None, name: str, index: int, rounds: int, start: Barrier, answer: Connection
) -> None:
    """Take a free environment each round at the same moment as everybody else; answer with who got it."""
    registry = connect(uri, embedded)
    own = Lease(owner=f"run {index}", until=datetime(2026, 3, 1, tzinfo=UTC))
    won = []
    for number in range(rounds):
        start.wait(WAIT)
        won.append(registry.swap_lease(name, f"place-{number}", own, lambda there: there is None) == own)
    answer.send(won)


def publish_and_die(uri: str, embedded: Embedded | None, name: str, key: str, root: Path, step: str) -> None:
    """Publish, and be killed when a step is reached."""

    def die(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    connect(uri, embedded, die).publish(name, key, Bundle(root), {})
