"""Configuration of `train`."""

from typing import Literal

from pydantic import Field

from trainstop.config.base import Seconds, Section

CodeFormat = Literal["pickle", "cloudpickle", "dill", "joblib", "torch", "keras", "tensorflow"]


class TrainSection(Section):
    """The project's own training. An earlier result is taken only where `data.train` says what it was made from."""

    command: str = "python train.py"
    """Run in the project's environment and folder, with a tracking store of its own."""
    timeout: Seconds = 6 * 3600.0
    """How long it may take, each time it is run."""
    seeds: int = Field(default=1, ge=1)
    """How many times the command is run, with `TRAINSTOP_SEED` 0, 1 and so on: from 2 on the verdict is about the code
    and no longer about one model file. Training and asking the model cost that many times as much; the first model is
    the candidate. Two are allowed and tell little; five are a good number."""
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
    allow_formats: tuple[CodeFormat, ...] = ()
    """Formats that run whatever code is in a file of theirs when it is loaded, and that a model may have all the same.
    `pickle` is any pickle that nothing tells apart. Safe ones (skops, ONNX, safetensors, the libraries' own) need no
    permission."""
