"""What `train` hands on."""

from datetime import datetime
from typing import ClassVar

from pydantic import FiniteFloat

from trainstop.records.base import Frozen, Part


class Fingerprint(Frozen):
    """Everything training depends on, as digests; `digest` is the digest of the others."""

    digest: str
    code: str
    data: str
    """Of the training data; with that of the evaluation data where the training itself writes what is judged."""
    command: str
    """Of the command, its environment variables and the rest of the `train` section; for a plain model file also of
    the settings it is wrapped by."""
    environment: str
    """Of the project's lock and Python version."""


class Cost(Frozen):
    """What a child process used."""

    wall_seconds: FiniteFloat
    cpu_seconds: FiniteFloat
    peak_memory_bytes: int


class TrainPart(Part):
    """A trained model in `.trainstop/candidate`."""

    stage: ClassVar[str] = "train"
    fingerprint: Fingerprint
    restored: bool
    """Whether an earlier training with the same fingerprint was taken."""
    cost: Cost
    """Of the training that made the model, whether now or earlier; of several seeds' together."""
    seeds: int = 1
    """How many times it was trained, each with a seed of its own."""
    trained_at: datetime | None = None
    """When that training ended."""
    trained_commit: str = ""
    """Commit it ran on."""
    run_name: str = ""
    params: dict[str, str] = {}
    metrics: dict[str, FiniteFloat] = {}
    """As the run logged them; one that is not a finite number is left out."""
    found: str = ""
    """How the model was found: `logged`, `folder` or `file`; empty on rungs without a model."""
    inputs: tuple[str, ...] = ()
    """The model's input columns by its signature; empty where it has none."""
    model_digest: str = ""
    environment_lock: str = ""
    """Digest of the model's own lock."""
    training_rows: int | None = None
    elsewhere: tuple[str, ...] = ()
    """What it depends on besides the files of the project's folder: globs, local packages and files of requirements
    that lead out of it or into a tool's folder, as seen from there."""
