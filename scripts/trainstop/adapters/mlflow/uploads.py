"""The run that carries a version's files: made, filled and read back before any version points to it.

A version is created last and is complete from then on, so an upload that died never is a version: it is a run without
one, which `tidy` removes.
"""

import json
import math
import platform
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psutil

from trainstop.adapters.mlflow import transfer
from trainstop.adapters.mlflow.client import Client, NotThereError
from trainstop.adapters.mlflow.run_files import RunFiles
from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.ports import Clock

KEY_TAG = "trainstop.key"
UPLOADER_TAG = "trainstop.uploader"
LONGEST_UPLOAD = 6 * 3600.0
"""Seconds after which an upload from another machine counts as dead: no hosted job runs longer."""
BATCH = 100
LONGEST_PARAM = 500


def upload(client: Client, experiment: str, key: str, bundle: Bundle, name: str, on_step: Callable[[str], None]) -> str:
    """Put a sealed bundle into a new run, read it back, and return the run's id."""
    tags = {KEY_TAG: key, UPLOADER_TAG: _uploader()}
    on_step("before the run")
    run = client.ask("making a run", lambda api: api.create_run(experiment, tags=tags, run_name=name))
    run_id = str(run.info.run_id)
    on_step("before the run's numbers")
    _describe(client, run_id, bundle)
    files = RunFiles(client, run_id)
    transfer.send(files, bundle, on_step)
    on_step("before reading back")
    transfer.read_back(files, bundle)
    on_step("before ending the run")
    client.ask("ending a run", lambda api: api.set_terminated(run_id, "FINISHED"))
    return run_id


def discard(client: Client, run_id: str, artifacts: Path | None) -> None:
    """Remove a run that no version points to, and its files where they lie on this machine."""
    try:
        run = client.ask("looking at a run", lambda api: api.get_run(run_id))
        if run.info.lifecycle_stage == "active":
            client.ask("removing a run", lambda api: api.delete_run(run_id))
    except NotThereError:
        return
    if artifacts is not None:
        place = Path(unquote(urlsplit(str(run.info.artifact_uri)).path)).resolve()
        if artifacts.resolve() in place.parents:
            shutil.rmtree(place.parent if place.name == "artifacts" else place, ignore_errors=True)


def settle(client: Client, run_id: str) -> None:
    """Take the uploader's name off a run that a version points to."""
    client.ask("closing an upload", lambda api: api.delete_tag(run_id, UPLOADER_TAG))


def dead(client: Client, experiment: str, clock: Clock) -> list[str]:
    """Return ids of runs whose uploader is gone; a version may point to one that died right after making it."""
    wanted = f"tags.`{UPLOADER_TAG}` LIKE '%'"
    found = client.ask("looking for uploads", lambda api: api.search_runs([experiment], wanted, max_results=1000))
    now = clock.now().timestamp()
    return [
        str(run.info.run_id)
        for run in found
        if not _is_alive(run.data.tags.get(UPLOADER_TAG, ""), now - run.info.start_time / 1000)
    ]


def _uploader() -> str:
    """Name this process so that another can tell whether it still runs."""
    process = psutil.Process()
    return json.dumps([platform.node(), process.pid, round(process.create_time())])


def _is_alive(uploader: str, age: float) -> bool:
    """Say whether the process that made a run `age` seconds ago may still be at it."""
    try:
        node, pid, started = json.loads(uploader)
        if node == platform.node():
            return abs(psutil.Process(int(pid)).create_time() - float(started)) <= 1.0
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, ValueError, TypeError):
        pass
    return age < LONGEST_UPLOAD


def _describe(client: Client, run_id: str, bundle: Bundle) -> None:
    """Copy the training run's params and metrics, for whoever looks at MLflow's pages; the records stay the truth."""
    params, metrics = _numbers(bundle.run)

    def log(api: Any) -> None:
        from mlflow.entities import Metric, Param

        now = api.get_run(run_id).info.start_time
        rows = [Param(name, value) for name, value in params.items()]
        points = [Metric(name, value, now, 0) for name, value in metrics.items()]
        for start in range(0, len(rows), BATCH):
            api.log_batch(run_id, params=rows[start : start + BATCH])
        for start in range(0, len(points), BATCH):
            api.log_batch(run_id, metrics=points[start : start + BATCH])

    client.ask("writing a run's numbers", log)


def _numbers(path: Path) -> tuple[dict[str, str], dict[str, float]]:
    """Read a bundle's run file: params as text, and metrics that are finite."""
    if not path.exists():
        return {}, {}
    try:
        run = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError("the training run's file is not JSON", where=str(path), fix="train again") from error
    params, metrics = (run.get(kind, {}) if isinstance(run, Mapping) else {} for kind in ("params", "metrics"))
    return (
        {_name(name): str(value)[:LONGEST_PARAM] for name, value in params.items()},
        {
            _name(name): float(value)
            for name, value in metrics.items()
            if isinstance(value, int | float) and math.isfinite(value)
        },
    )


def _name(name: str) -> str:
    """Replace what MLflow refuses in a name."""
    kept = "".join(letter if letter.isalnum() or letter in "_-. /:" else "_" for letter in str(name))
    return kept.strip("/. ")[:250] or "_"
