"""What a model folder asks to be trusted, compared with the project's configuration before anything is loaded.

MLflow trusts whatever list the `MLmodel` file itself carries, and loads pickles without a question: so both are looked
at here, from outside, by reading files only.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from trainstop.adapters.code_formats import formats_in
from trainstop.errors import InputError, ProjectCodeError

PICKLE_FORMATS = frozenset({"pickle", "cloudpickle", "dill", "joblib"})


def refuse_untrusted(model: Path, *, trusted_types: Collection[str], allowed: Collection[str]) -> None:
    """Raise when loading a model could run code, or make types, that the configuration does not allow.

    Args:
        model: MLflow model folder.
        trusted_types: types that a skops file may ask to be trusted.
        allowed: formats that run code and are allowed by name.

    Raises:
        InputError: there is no readable `MLmodel` file.
        ProjectCodeError: the model holds a format that runs code, or asks for types that are not allowed.

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
    found = dict(formats_in(model))
    found |= {name: kind for name, kind in declared(flavors) if found.get(name, "pickle") == "pickle"}
    if refused := {name: kind for name, kind in found.items() if kind not in allowed}:
        files = ", ".join(f"{name} ({kind})" for name, kind in list(refused.items())[:5])
        listed = ", ".join(f'"{kind}"' for kind in sorted({*allowed, *refused.values()}))
        raise ProjectCodeError(
            f"the model holds files that run whatever code is in them when they are loaded: {files}",
            where=str(model),
            fix="save it in a safe format (skops, which MLflow 3 takes for scikit-learn; ONNX; safetensors; the "
            f"library's own), or allow these by name: train.allow-formats = [{listed}]",
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


def declared(flavors: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield file and format of what the flavors themselves call a pickle."""
    for name, flavor in flavors.items():
        kind = str(flavor.get("serialization_format", "")).lower()
        if kind in PICKLE_FORMATS:
            yield str(flavor.get("pickled_model", name)), kind
