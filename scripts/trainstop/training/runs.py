"""The runs a training logged, and which of them counts."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from trainstop.errors import ProjectCodeError

LISTED = 8


class LoggedModel(BaseModel):
    """A model that a run logged."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: str
    """Folder on this machine, or an address elsewhere."""


class Run(BaseModel):
    """A run of the training's own tracking store, as `project_side/export_run.py` writes it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    parent: str = ""
    status: str
    start: int
    """Milliseconds since 1970."""
    params: dict[str, str] = {}
    metrics: dict[str, float] = {}
    not_finite: tuple[str, ...] = ()
    """Metrics that were logged as NaN or infinity."""
    tags: dict[str, str] = {}
    artifacts: str = ""
    models: tuple[LoggedModel, ...] = ()


class Export(BaseModel):
    """Everything the exporter found."""

    model_config = ConfigDict(frozen=True)

    mlflow: str | None = None
    """MLflow's version in the project's environment; None when it is not there."""
    runs: tuple[Run, ...] = ()
    """Oldest first."""
    models: tuple[LoggedModel, ...] = ()
    """Models that were logged outside any run, which MLflow 3 allows."""
    wrapped: str = ""
    """Folder of the plain model file that was wrapped, when one was asked for."""


def pick(runs: Sequence[Run], how: Literal["only", "last", "best"], best: str, *, where: str) -> Run | None:
    """Return the run that counts, or None when there is none at all. Runs that failed never count.

    Raises:
        ProjectCodeError: several runs and the configuration wants one; all failed; none logged the metric.

    """
    if not runs:
        return None
    finished = [run for run in runs if run.status not in {"FAILED", "KILLED"}]
    if not finished:
        raise ProjectCodeError(
            f"training logged {len(runs)} runs, and all of them failed", where=where, fix="see what it printed"
        )
    if how == "best":
        return _best(finished, best, where)
    top = [run for run in finished if not run.parent] or finished
    if how == "only" and len(top) > 1:
        raise ProjectCodeError(
            f"training made {len(top)} runs, and one was expected: {_names(top)}",
            where=where,
            fix='set train.run = "last", or train.run = "best" with train.best = "<metric>"',
        )
    return max(top, key=lambda run: run.start) if how == "last" else top[0]


def _best(runs: Sequence[Run], best: str, where: str) -> Run:
    """Return the run with the largest (or, with a leading `-`, smallest) value of a metric."""
    metric, sign = (best[1:], -1.0) if best.startswith("-") else (best, 1.0)
    having = [run for run in runs if metric in run.metrics]
    if not having:
        known = sorted({name for run in runs for name in run.metrics})
        raise ProjectCodeError(
            f"no run logged the metric `{metric}` that the best one is picked by",
            where=where,
            fix=f"set train.best to one of: {', '.join(known) or 'none was logged'}",
        )
    return max(having, key=lambda run: sign * run.metrics[metric])


def _names(runs: Sequence[Run]) -> str:
    """Name runs for a person."""
    names = [run.name or run.id for run in runs[:LISTED]]
    return ", ".join(names) + (f" and {len(runs) - LISTED} more" if len(runs) > LISTED else "")


def adopted(export: Export, project: Path, place: Path) -> Export:
    """Move what this training left in the project's own `mlruns` to `place`, and return where it is now.

    MLflow before 3.17 puts the artifacts of a new experiment there, whatever the tracking store. Only folders named
    after runs and models of this training are moved; folders that are empty then are removed.
    """
    root = (project / "mlruns").resolve()
    moved: dict[str, str] = {}
    for text in _places(export):
        folder = _owned(Path(text), root, export)
        if folder and folder.is_dir():
            target = place / folder.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, target)
            moved[str(folder)] = str(target)
            _remove_empty(folder.parent, root)
    return Export.model_validate(_moved(export.model_dump(), moved))


def _places(export: Export) -> list[str]:
    """Return every place the export names, outer ones first."""
    models = [*export.models, *(model for run in export.runs for model in run.models)]
    return sorted({*(run.artifacts for run in export.runs), *(model.path for model in models)})


def _owned(place: Path, root: Path, export: Export) -> Path | None:
    """Return the folder below `root` that belongs to one run or logged model of this training, and holds `place`."""
    names = {run.id for run in export.runs}
    for folder in (place, *place.parents):
        if root in folder.parents and (folder.name in names or folder.parent.name == "models"):
            return folder
    return None


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove folders that are empty, from `folder` up to `root`."""
    while folder == root or root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _moved(value: Any, moved: dict[str, str]) -> Any:
    """Return a value with every path that was moved written anew."""
    if isinstance(value, dict):
        return {name: _moved(inner, moved) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(inner, moved) for inner in value]
    if isinstance(value, str):
        for old, new in moved.items():
            if value == old or value.startswith(f"{old}/"):
                return new + value[len(old) :]
    return value
