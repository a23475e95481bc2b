"""What a model says of itself: the input columns of its MLflow signature."""

import json
from pathlib import Path


def model_inputs(model: Path) -> tuple[str, ...]:
    """Return the names of a model's input columns, in its order; empty when its `MLmodel` says none.

    Args:
        model: the folder of an MLflow model; it is not loaded.

    """
    import yaml  # noqa: PLC0415  # an unchanged training must not pay for it

    try:
        described = yaml.safe_load((model / "MLmodel").read_text(encoding="utf-8"))
        return tuple(str(column["name"]) for column in json.loads(described["signature"]["inputs"]))
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return ()
