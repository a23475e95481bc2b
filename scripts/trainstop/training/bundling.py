"""Filling a candidate's bundle: the model, what its run logged, and the reference profile of its data."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop import digests, files
from trainstop.bundles import Bundle
from trainstop.training.runs import Export, Run

if TYPE_CHECKING:
    from trainstop.config.root import DataSection

ARTIFACT_BYTES = 50_000_000
"""Artifacts of a run beyond this stay out of the bundle: it travels between jobs."""


def copy_model(source: Path, bundle: Bundle) -> str:
    """Copy a model folder into the bundle, links as the files they point to; return its digest."""
    shutil.copytree(source, bundle.model)
    paths = sorted(path for path in bundle.model.rglob("*") if path.is_file())
    return digests.of_files(bundle.model, paths)


def copy_artifacts(run: Run, bundle: Bundle) -> list[str]:
    """Copy what a run logged beside its models into the bundle; return the names of what was too much."""
    root = Path(run.artifacts)
    if not run.artifacts or not root.is_dir():
        return []
    models = [Path(model.path) for model in run.models]
    left_out = []
    room = ARTIFACT_BYTES
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if any(model in path.parents for model in models):
            continue
        name = path.relative_to(root)
        room -= path.stat().st_size
        if room < 0:
            room += path.stat().st_size
            left_out.append(name.as_posix())
            continue
        target = bundle.root / "artifacts" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return left_out


def write_run(export: Export, run: Run | None, bundle: Bundle) -> None:
    """Write what the run that counts logged, as JSON; empty when nothing was logged."""
    words = {
        "id": run.id if run else "",
        "name": run.name if run else "",
        "params": run.params if run else {},
        "metrics": run.metrics if run else {},
        "tags": run.tags if run else {},
        "runs": len(export.runs),
        "mlflow": export.mlflow,
    }
    files.write_text(bundle.run, json.dumps(words, indent=1, sort_keys=True))


def profile_settings(data: "DataSection") -> str:
    """Digest of the settings that change the reference profile though the data stays."""
    return digests.of_value([data.time, data.period, sorted(_not_profiled(data))])


def write_profile(tables: Sequence[Path], data: "DataSection", bundle: Bundle) -> None:
    """Write the reference profile of the training data.

    Raises:
        InputError: the tables cannot be read, have no rows, or lack the time column.

    """
    from trainstop.tables.profiling import profile_table  # noqa: PLC0415  # an unchanged training must not pay for it

    profile = profile_table(tables, time=data.time, period=data.period, exclude=_not_profiled(data))
    files.write_text(bundle.profile, profile.model_dump_json())


def _not_profiled(data: "DataSection") -> set[str]:
    """Return the columns that say nothing about what the model is asked."""
    return {name for name in (data.target, data.id, data.cluster, data.query, *data.exclude) if name}
