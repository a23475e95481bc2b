"""A lock inside a registry that has none: a name that can be taken once.

MLflow sets an alias without asking what it was, so two jobs that both read, decide and set lose one of the two. Names
of registered models are unique, which makes taking a name the one thing that only one of two can do. A holder that died
is outlasted: whoever sees the same holding unchanged for a whole lease takes it away.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from trainstop.adapters.mlflow.client import Client, ExistsError, NotThereError
from trainstop.errors import ConflictError, TrainstopError
from trainstop.ports import Clock

PAUSE = 0.1
LEASE = 15.0
"""Seconds. A lock is held for three short calls."""


@contextmanager
def name_lock(client: Client, name: str, clock: Clock, lease: float = LEASE) -> Iterator[None]:
    """Hold the lock `name` while the block runs.

    Args:
        client: the registry.
        name: a model name nobody uses otherwise.
        clock: time.
        lease: seconds after which a holding that did not change counts as dead; must be longer than any living one.

    Raises:
        ConflictError: others, one after the other, held it for twice the lease.
        UnavailableError: the registry does not answer.

    """
    owner = secrets.token_hex(8)
    _take(client, name, owner, clock, lease)
    try:
        yield
    finally:
        with suppress(TrainstopError):  # the work is done; a lock that stays behind is outlasted
            if _holder(client, name) == owner:
                _free(client, name)


def _take(client: Client, name: str, owner: str, clock: Clock, lease: float) -> None:
    """Wait for the name and take it."""
    deadline = clock.monotonic() + 2 * lease
    seen, since = "", clock.monotonic()
    while True:
        try:
            client.ask("taking a lock", lambda api: api.create_registered_model(name, description=owner))
        except (ExistsError, NotThereError):  # the server finds it taken, looks by whom, and by then it is free
            holder = _holder(client, name)
        else:
            return
        if holder == owner:  # the answer to an earlier try was lost
            return
        if holder != seen:
            seen, since = holder, clock.monotonic()
        elif holder and clock.monotonic() - since >= lease:
            _free(client, name)
        elif clock.monotonic() >= deadline:
            raise ConflictError(
                "another job is moving this alias", where=name, fix="run this again when the other job is done"
            )
        clock.sleep(PAUSE)


def _holder(client: Client, name: str) -> str:
    """Return who holds the name; empty when nobody does."""

    def read(api: Any) -> str:
        return str(api.get_registered_model(name).description or "")

    try:
        return client.ask("looking at a lock", read)
    except NotThereError:
        return ""


def _free(client: Client, name: str) -> None:
    """Give the name back."""
    try:
        client.ask("giving a lock back", lambda api: api.delete_registered_model(name))
    except NotThereError:
        return
