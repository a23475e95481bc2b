"""What `pack` and `unpack` hand on: what travels from one job to the next."""

from typing import ClassVar

from trainstop.records.base import Frozen, Part

PREDICTIONS, PREDICTIONS_FILE = "predictions", "predictions.parquet"


class Label(Frozen):
    """What a pack says of itself, in its `pack.json`."""

    content: str
    """`records`; or `candidate`, `champion`, `version`, `log`, each with the records that are there."""
    left_out: tuple[str, ...] = ()
    """What was there and does not travel: `predictions`, which are customers' rows."""
    trainstop: str


class PackPart(Part):
    """A folder fit to travel."""

    stage: ClassVar[str] = "pack"
    content: str
    digest: str
    """Of the manifest: the job that takes the pack over is told it beside the pack, not in it."""
    files: int
    bytes: int
    left_out: tuple[str, ...] = ()


class ReceivePart(Part):
    """What a pull request's own run says of itself, taken over by a run that may comment.

    Written by `receive` alone, from what GitHub tells of the run: no file that came from there can hold it.
    """

    stage: ClassVar[str] = "receive"
    run: int
    """Number of the run that checked the pull request."""
    attempt: int
    run_url: str
    pull_request: int
    commit: str
    """The head of the pull request, which that run checked."""
    repository: str
    """Where its branch is."""
    stages: tuple[str, ...] = ()
    """Whose records came."""
    left_out: int = 0
    """Entries of long lists that did not."""


class UnpackPart(Part):
    """A pack that was what its digest says, taken over."""

    stage: ClassVar[str] = "unpack"
    content: str
    digest: str
    files: int
    stages: tuple[str, ...] = ()
    """Whose records came with it."""
    left_out: tuple[str, ...] = ()
