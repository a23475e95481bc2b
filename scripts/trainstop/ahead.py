"""Imports what the stages of a stretch need while the programs of the first ones run.

Importing is more than half of what the line itself costs; most of it is the registry's client, which MLflow imports
piece by piece at its first calls.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import Any

from trainstop import verbs

Work = Callable[[], object]
MEASURING = {"model-test", "staging-test"}
"""Stages that take times themselves: nothing is done beside one that begins a stretch."""


@contextmanager
def at_work(pieces: Sequence[Work]) -> Iterator[None]:
    """Do pieces of work one after the other in a thread, as far as they get until the block ends.

    What goes wrong is left to those who need it: they do it again, and can say what it means.
    """
    ended = Event()

    def work() -> None:
        for piece in pieces:
            if ended.is_set():
                return
            with suppress(Exception):
                piece()

    thread = Thread(target=work, name="imports ahead")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def imports(stages: Sequence[str], environ: Mapping[str, str]) -> list[partial[Any]]:
    """Return the imports that these stages of the line need, those of the first ones first.

    None for a single stage, nor where the first one measures.

    Args:
        stages: names of verbs.
        environ: environment variables: without a registry's address in them it may be the embedded one.

    """
    if not stages or stages[0] in MEASURING:
        return []
    needed = [verbs.BY_NAME[stage] for stage in stages[1:]]
    pieces: list[partial[Any]] = [partial(importlib.import_module, verb.module) for verb in needed]
    if any("registry" in verb.extras for verb in needed):
        pieces.append(partial(_import_registry, embedded=False))
        if not environ.get("MLFLOW_TRACKING_URI"):
            pieces.append(partial(_import_registry, embedded=True))
    if any("evaluation" in verb.extras for verb in needed):
        pieces.append(partial(importlib.import_module, "duckdb"))
    return pieces


def _import_registry(*, embedded: bool) -> None:
    """Import the registry's client."""
    from trainstop.adapters.mlflow.client import import_mlflow  # noqa: PLC0415  # nobody else here pays for it

    import_mlflow(embedded=embedded)
