"""Who is busy with an environment, as a tag of the registered model, changed only under a lock of the registry."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Any

from trainstop.adapters.mlflow.client import Client, NotThereError
from trainstop.ports.registry import Lease

TAG = "trainstop.lease."


def read(client: Client, name: str, environment: str) -> Lease | None:
    """Return the lease of an environment; what cannot be read is none."""
    try:
        model = client.ask("looking at a lease", lambda api: api.get_registered_model(name))
    except NotThereError:
        return None
    try:
        said = json.loads(model.tags.get(TAG + environment, "null"))
        return Lease(owner=str(said["owner"]), until=datetime.fromisoformat(said["until"])) if said else None
    except (ValueError, KeyError, TypeError):
        return None


def swap(
    client: Client,
    lock: AbstractContextManager[None],
    name: str,
    environment: str,
    to: Lease | None,
    allowed: Callable[[Lease | None], bool],
) -> Lease | None:
    """Replace the lease if what is there allows it, while nobody else does; return what is there then.

    A model that was never registered keeps none, and nobody can be busy deploying it.
    """
    with lock:
        there = read(client, name, environment)
        if not allowed(there) or there == to:
            return there
        with suppress(NotThereError):
            client.ask("changing a lease", lambda api: _write(api, name, TAG + environment, to))
        return to


def _write(api: Any, name: str, tag: str, to: Lease | None) -> None:
    if to is None:
        api.delete_registered_model_tag(name, tag)
    else:
        api.set_registered_model_tag(name, tag, json.dumps({"owner": to.owner, "until": to.until.isoformat()}))
