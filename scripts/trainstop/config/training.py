"""Configuration of `train`."""

from typing import Literal

from trainstop.config.base import Seconds, Section


class TrainSection(Section):
    """The project's own training. An earlier result is taken only where `data.train` says what it was made from."""

    command: str = "python train.py"
    """Run in the project's environment and folder, with a tracking store of its own."""
    timeout: Seconds = 6 * 3600.0
    """How long it may take."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables it is given; every other secret is withheld."""
    environment: dict[str, str] = {}
    """Further environment variables; part of the fingerprint."""
    run: Literal["only", "last", "best"] = "only"
    """Which finished run is taken: `only` and `last` look at runs that are nobody's child, `best` at all."""
    best: str = ""
    """Metric by which `run = "best"` picks; a leading `-` means that less is better."""
    model: str = ""
    """Name of the logged model when a run logs several; or where the command leaves it when it does not log it to
    MLflow: an MLflow folder or a file, below `TRAINSTOP_MODEL_DIR` or the project."""
    flavor: str = ""
    """MLflow flavor of a plain model file: `sklearn`, `xgboost`, `lightgbm`, `catboost` or `onnx`."""
    trusted_types: tuple[str, ...] = ()
    """Types that a skops file may ask to be trusted; any other one refuses the model."""
    allow_pickle: bool = False
    """Whether a model may hold a pickle, which runs whatever code is in it when it is loaded."""
