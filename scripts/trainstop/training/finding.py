"""Where the model of a training is: logged to MLflow, left as an MLflow folder, or left as a plain file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trainstop.errors import ProjectCodeError
from trainstop.training.runs import LoggedModel

CLOCK_SLACK_SECONDS = 2.0
"""File systems keep coarser times than the clock does."""


@dataclass(frozen=True)
class Left:
    """A model that a command left on disk."""

    kind: Literal["folder", "file"]
    path: Path


def logged_model(models: Sequence[LoggedModel], name: str, *, where: str) -> Path | None:
    """Return the folder of the logged model that counts, or None when there is none.

    Args:
        models: what the run logged.
        name: `train.model`; picks when there are several.
        where: names the training for a person.

    Raises:
        ProjectCodeError: several models and no name that fits one; or it is not on this machine.

    """
    different = {model.path: model for model in models}
    named = [model for model in different.values() if name and name in {model.name, Path(model.name).name}]
    chosen = named or list(different.values())
    if not chosen:
        return None
    if len(chosen) > 1:
        raise ProjectCodeError(
            f"the run logged {len(chosen)} models: {', '.join(sorted(model.name for model in chosen))}",
            where=where,
            fix="name the one that counts in `train.model`",
        )
    path = Path(chosen[0].path)
    if not (path / "MLmodel").is_file():
        raise ProjectCodeError(
            f"the logged model `{chosen[0].name}` is not on this machine",
            where=chosen[0].path,
            fix="let `set_experiment` choose the artifact location: leave `artifact_location` out",
        )
    return path


def left_model(model_dir: Path, project: Path, name: str, *, since: float) -> Left | None:
    """Return the model that the command left on disk, or None.

    Args:
        model_dir: the folder it was given in `TRAINSTOP_MODEL_DIR`.
        project: the project's folder, where `train.model` is looked for next.
        name: `train.model`; without it, `model_dir` may hold one model folder or one file.
        since: start of the training, seconds since 1970; what is older was not made by it.

    """
    if name:
        candidates: Iterable[Path] = (model_dir / name, project / name)
    else:
        inside = sorted(path for path in model_dir.iterdir() if not path.name.startswith("."))
        candidates = (model_dir, *inside) if len(inside) == 1 else (model_dir,)
    for path in candidates:
        if (path / "MLmodel").is_file() and _newest(path) >= since - CLOCK_SLACK_SECONDS:
            return Left("folder", path)
        if path.is_file() and _newest(path) >= since - CLOCK_SLACK_SECONDS:
            return Left("file", path)
    return None


def _newest(path: Path) -> float:
    """Return when a file, or the newest file of a folder, was changed."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return max(file.stat().st_mtime for file in files)
