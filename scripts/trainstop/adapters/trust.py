"""What a model folder asks to be trusted, compared with the project's configuration before anything is loaded.

MLflow trusts whatever list the `MLmodel` file itself carries, and loads pickles without a question: so both are looked
at here, from outside, by reading files only.
"""

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from trainstop.errors import InputError, ProjectCodeError

PICKLE_SUFFIXES = frozenset({".pkl", ".pickle", ".joblib", ".dill", ".pth", ".pt"})
PICKLE_FORMATS = frozenset({"pickle", "cloudpickle", "dill", "joblib"})
PICKLE_PROTOCOLS = tuple(bytes([0x80, number]) for number in range(2, 6))
"""How a pickle of any protocol since 2003 begins."""


def refuse_untrusted(model: Path, *, trusted_types: Collection[str], allow_pickle: bool) -> None:
    """Raise when loading a model could run code, or make types, that the configuration does not allow.

    Args:
        model: MLflow model folder.
        trusted_types: types that a skops file may ask to be trusted.
        allow_pickle: whether pickles are allowed.

    Raises:
        InputError: there is no readable `MLmodel` file.
        ProjectCodeError: the model holds a pickle, or asks for types that are not allowed.

    """
    flavors = read_flavors(model)
    asked = {str(name) for flavor in flavors.values() for name in flavor.get("skops_trusted_types") or ()}
    if unknown := sorted(asked - set(trusted_types)):
        listed = ", ".join(f'"{name}"' for name in unknown)
        raise ProjectCodeError(
            f"the model asks to trust types that are not allowed: {', '.join(unknown)}",
            where=f"{model / 'MLmodel'}, skops_trusted_types",
            fix=f"look whether you know them, then allow them: train.trusted-types = [{listed}]",
        )
    if not allow_pickle and (pickles := sorted(set(declared_pickles(flavors)) | set(pickles_in(model)))):
        raise ProjectCodeError(
            f"the model holds a pickle, and loading one runs whatever code is in it: {', '.join(pickles[:5])}",
            where=str(model),
            fix="save it in a safe format (skops, which MLflow 3 takes for scikit-learn; ONNX; the library's own), "
            "or set train.allow-pickle = true",
        )


def read_flavors(model: Path) -> dict[str, dict[str, Any]]:
    """Return the flavors of an MLflow model folder.

    Raises:
        InputError: there is no readable `MLmodel` file.

    """
    path = model / "MLmodel"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {str(name): dict(flavor or {}) for name, flavor in content["flavors"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise InputError(
            f"not an MLflow model: {type(error).__name__}: {error}".splitlines()[0],
            where=str(path),
            fix="log or save the model with MLflow",
        ) from error


def declared_pickles(flavors: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield what the flavors themselves call a pickle."""
    for name, flavor in flavors.items():
        if str(flavor.get("serialization_format", "")).lower() in PICKLE_FORMATS:
            yield str(flavor.get("pickled_model", name))


def pickles_in(model: Path) -> Iterator[str]:
    """Yield the files of a folder that are pickles by name or by content, and PyTorch's archives with one inside."""
    for path in model.rglob("*"):
        if path.is_file() and (path.suffix.lower() in PICKLE_SUFFIXES or _begins_as_pickle(path) or _holds_one(path)):
            yield path.relative_to(model).as_posix()


def _begins_as_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) in PICKLE_PROTOCOLS


def _holds_one(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(Path(name).suffix in PICKLE_SUFFIXES for name in archive.namelist())
