"""Says what a training logged to its tracking store, and wraps a plain model file as an MLflow model.

Run by path in the project's interpreter: `python export_run.py REQUEST RESULT`, both JSON. Imports only the standard
library and what the project has (MLflow 2.9 or newer; the library of the model's flavor). It copies nothing: artifacts
are on this machine, and the result says where.
"""

from __future__ import annotations

import json
import math
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

PAGE = 1000
SAMPLE_ROWS = 20


class ExportError(Exception):
    """Something a person can mend: what happened, and what to do."""

    def __init__(self, what: str, fix: str) -> None:
        """Keep both."""
        super().__init__(what)
        self.what = what
        self.fix = fix


def main(request_path: Path, result_path: Path) -> int:
    """Read the request, write the result; return the exit code."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    try:
        result = export(request)
    except ExportError as error:
        result = {"error": {"what": error.what, "fix": error.fix}}
    result_path.write_text(json.dumps(result, allow_nan=False), encoding="utf-8")
    return 1 if "error" in result else 0


def export(request: dict[str, Any]) -> dict[str, Any]:
    """Return the runs of the store, and where the wrapped model is when one was asked for and no run holds any."""
    try:
        import mlflow
    except ModuleNotFoundError as error:
        if error.name != "mlflow":
            raise
        return {"mlflow": None, "runs": [], "models": [], "wrapped": ""}
    runs, models = read_store(request["store"]) if request["store"] else ([], [])
    wrapped = ""
    if request["file"] and not models and not any(run["models"] for run in runs):
        wrap(request)
        wrapped = request["out"]
    return {"mlflow": mlflow.__version__, "runs": runs, "models": models, "wrapped": wrapped}


def read_store(store: str) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return every run of a store that was not deleted, oldest first, and the models that no run logged."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=store)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    logged = logged_models(client, experiments)
    found: list[Any] = []
    token: str | None = None
    while experiments:
        page = client.search_runs(experiments, max_results=PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    runs = [describe(run, logged.get(run.info.run_id, [])) for run in found]
    return sorted(runs, key=lambda run: run["start"]), logged.get("", [])


def logged_models(client: Any, experiments: list[str]) -> dict[str, list[dict[str, str]]]:
    """Return the models that MLflow 3 keeps beside the runs, by run; older versions keep them among the artifacts."""
    by_run: dict[str, list[dict[str, str]]] = {}
    if not hasattr(client, "search_logged_models"):
        return by_run
    token: str | None = None
    while experiments:
        page = client.search_logged_models(experiments, max_results=100, page_token=token)
        for model in page:
            if str(getattr(model.status, "value", model.status)) == "READY":
                entry = {"name": model.name, "path": local_path(model.artifact_location)}
                by_run.setdefault(model.source_run_id or "", []).append(entry)
        token = page.token
        if not token:
            break
    return by_run


def describe(run: Any, logged: list[dict[str, str]]) -> dict[str, Any]:
    """Return what we keep of a run. Metrics that are not finite numbers are named apart."""
    folder = local_path(run.info.artifact_uri)
    metrics = {name: float(value) for name, value in run.data.metrics.items()}
    tags = dict(run.data.tags)
    return {
        "id": run.info.run_id,
        "name": tags.get("mlflow.runName", ""),
        "parent": tags.get("mlflow.parentRunId", ""),
        "status": run.info.status,
        "start": run.info.start_time or 0,
        "params": dict(run.data.params),
        "metrics": {name: value for name, value in metrics.items() if math.isfinite(value)},
        "not_finite": sorted(name for name, value in metrics.items() if not math.isfinite(value)),
        "tags": {name: value for name, value in tags.items() if not name.startswith("mlflow.")},
        "artifacts": folder,
        "models": logged + models_below(folder),
    }


def models_below(folder: str) -> list[dict[str, str]]:
    """Return the MLflow models among the artifacts of a run."""
    root = Path(folder)
    if "://" in folder or not root.is_dir():
        return []
    found = sorted(path.parent for path in root.rglob("MLmodel"))
    outer = [path for path in found if not any(other in path.parents for other in found)]
    return [{"name": path.relative_to(root).as_posix(), "path": str(path)} for path in outer]


def local_path(uri: str) -> str:
    """Return the path behind a `file:` address; a path, and any other address, as it is."""
    parts = urlparse(uri)
    return unquote(parts.path) if parts.scheme == "file" else uri


def wrap(request: dict[str, Any]) -> None:
    """Write a plain model file as an MLflow model folder, with a signature from a few training rows."""
    writers = {
        "sklearn": wrap_sklearn,
        "xgboost": wrap_xgboost,
        "lightgbm": wrap_lightgbm,
        "catboost": wrap_catboost,
        "onnx": wrap_onnx,
    }
    writer = writers.get(request["flavor"])
    if writer is None:
        raise ExportError(
            f"a plain model file of flavor `{request['flavor']}` cannot be wrapped",
            f"log the model with MLflow, or use one of {', '.join(sorted(writers))}",
        )
    try:
        writer(request)
    except ModuleNotFoundError as error:
        raise ExportError(
            f"`{error.name}` is not in the project's environment, and flavor `{request['flavor']}` needs it",
            "add it to the project's requirements",
        ) from error


def wrap_sklearn(request: dict[str, Any]) -> None:
    """Wrap a scikit-learn model from a skops file, or from a pickle when the project allows it."""
    import mlflow.sklearn

    path = Path(request["file"])
    trusted = list(request["trusted_types"])
    options: dict[str, Any] = {}
    if path.suffix == ".skops":
        import skops.io

        untrusted = sorted(set(skops.io.get_untrusted_types(file=path)) - set(trusted))
        if untrusted:
            raise ExportError(
                f"{path.name} asks to trust {', '.join(untrusted)}",
                "look whether you know these types, then add them to `train.trusted-types`",
            )
        model = skops.io.load(path, trusted=trusted)
        if hasattr(mlflow.sklearn, "SERIALIZATION_FORMAT_SKOPS"):
            options = {"serialization_format": "skops", "skops_trusted_types": trusted or None}
    else:
        model = unpickled(path, request)
        options = {"serialization_format": "cloudpickle"}
    signature = infer(model, model.predict, request)
    mlflow.sklearn.save_model(model, request["out"], signature=signature, **options)


def unpickled(path: Path, request: dict[str, Any]) -> Any:
    """Load a pickle or joblib file, which runs whatever it says: only when the project allows it."""
    kind = "joblib" if path.suffix == ".joblib" else "pickle"
    if kind not in request["allow_formats"]:
        raise ExportError(
            f"{path.name} is a pickle: loading it runs whatever code it holds",
            f'save the model with skops (`skops.io.dump`), or set `train.allow-formats = ["{kind}", "cloudpickle"]` '
            "(MLflow saves it with cloudpickle)",
        )
    return import_module("joblib").load(path)


def wrap_xgboost(request: dict[str, Any]) -> None:
    """Wrap an XGBoost file (JSON or UBJSON)."""
    import mlflow.xgboost

    xgboost = import_module("xgboost")
    kinds = {"regression": "XGBRegressor", "forecast": "XGBRegressor", "ranking": "XGBRanker"}
    model = getattr(xgboost, kinds.get(request["task"], "XGBClassifier"))()
    model.load_model(request["file"])
    mlflow.xgboost.save_model(model, request["out"], signature=infer(model, model.predict, request))


def wrap_lightgbm(request: dict[str, Any]) -> None:
    """Wrap a LightGBM text file."""
    import mlflow.lightgbm

    model = import_module("lightgbm").Booster(model_file=request["file"])
    model.feature_names_in_ = model.feature_name()
    signature = infer(model, model.predict, request)
    mlflow.lightgbm.save_model(model, request["out"], signature=signature)


def wrap_catboost(request: dict[str, Any]) -> None:
    """Wrap a CatBoost file."""
    import mlflow.catboost

    catboost = import_module("catboost")
    kinds = {"regression": "CatBoostRegressor", "forecast": "CatBoostRegressor", "ranking": "CatBoostRanker"}
    model = getattr(catboost, kinds.get(request["task"], "CatBoostClassifier"))()
    model.load_model(request["file"])
    mlflow.catboost.save_model(model, request["out"], signature=infer(model, model.predict, request))


def wrap_onnx(request: dict[str, Any]) -> None:
    """Wrap an ONNX file; its inputs are its signature."""
    import mlflow.onnx

    mlflow.onnx.save_model(import_module("onnx").load(request["file"]), request["out"])


def infer(model: Any, predict: Any, request: dict[str, Any]) -> Any:
    """Return the signature that the model shows on a few training rows; None without training data."""
    from mlflow.models import infer_signature

    rows = sample(request["sample"])
    if rows is None:
        return None
    names = getattr(model, "feature_names_in_", None)
    names = [name for name in rows.columns if name not in request["drop"]] if names is None else [*names]
    missing = [name for name in names if name not in rows.columns]
    if missing:
        raise ExportError(
            f"the model wants columns that the training data lacks: {', '.join(map(str, missing[:5]))}",
            "log the model with MLflow and a signature of its own",
        )
    inputs = rows[names]
    return infer_signature(inputs, predict(inputs))


def sample(path: str) -> Any:
    """Return the first rows of a table, or None when there is none."""
    if not path:
        return None
    if path.endswith(".parquet"):
        import pyarrow.parquet

        batches = pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=SAMPLE_ROWS)
        first = next(iter(batches), None)
        return None if first is None else first.to_pandas()
    import pandas as pd

    return pd.read_csv(path, nrows=SAMPLE_ROWS)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # as for the training script: what a pickle names is found there
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
