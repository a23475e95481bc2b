"""Configuration of `train`."""

from typing import Literal

from trainstop.config.base import Seconds, Section


class TrainSection(Section):
    """The project's own training."""

    command: str = "python train.py"
    """Run in the project's environment and folder, with a tracking store of its own."""
    timeout: Seconds = 6 * 3600.0
    """How long it may take."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables it is given; every other secret is withheld."""
    environment: dict[str, str] = {}
    """Further environment variables; part of the fingerprint."""
    run: Literal["only", "last", "best"] = "only"
    """Which run is taken when the command makes several."""
    best: str = ""
    """Metric by which `run = "best"` picks; a leading `-` means that less is better."""
    model: str = ""
    """Where the command leaves the model when it does not log it to MLflow: an MLflow folder or a file."""
    flavor: str = ""
    """MLflow flavor of a plain model file (`sklearn`, ...)."""
    trusted_types: tuple[str, ...] = ()
    """Types that a skops file may ask to be trusted; any other one refuses the model."""
