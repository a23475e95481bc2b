"""Metrics of the project's own, computed in its environment by a project-side script; fulfils `ports.own_metrics`."""

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from trainstop.errors import ConfigurationError, ProjectCodeError, TimeLimitError, TrainstopError
from trainstop.ports.environments import Environments
from trainstop.ports.own_metrics import OwnMetricRequest, OwnMetricValues
from trainstop.ports.processes import Command, Outcome, Processes
from trainstop.ports.progress import Progress
from trainstop.workspace import Workspace

SCRIPT = Path(__file__).parents[1] / "project_side" / "own_metric.py"
GROUP = "trainstop group"
"""A column of ours for the script alone; the function never sees it."""


class ProjectMetrics:
    """Runs one child process a metric, so that one that hangs or crashes costs no other."""

    def __init__(
        self, workspace: Workspace, processes: Processes, environments: Environments, progress: Progress
    ) -> None:
        """Keep by what the script is run."""
        self._workspace = workspace
        self._processes = processes
        self._environments = environments
        self._progress = progress

    def measure(self, request: OwnMetricRequest) -> tuple[OwnMetricValues, OwnMetricValues | None]:
        """Return the candidate's and the champion's values."""
        self._workspace.scratch.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix="metric-", dir=self._workspace.scratch)).resolve()
        try:
            answer = self._ask(request, room)
        finally:
            shutil.rmtree(room, ignore_errors=True)
        return _values(answer["candidate"]), _values(answer["champion"]) if answer["champion"] else None

    def _ask(self, request: OwnMetricRequest, room: Path) -> dict[str, Any]:
        """Run the script and read its answer."""
        interpreter = self._environments.project()
        self._progress.note(f"computing the project's metric {request.name}")
        said, result = room / "request.json", room / "result.json"
        words = {
            "name": request.name,
            "function": request.function,
            "project": str(self._workspace.project.resolve()),
            "candidate": _written(request.candidate, request, room / "candidate.parquet"),
            "champion": _written(request.champion, request, room / "champion.parquet")
            if request.champion is not None
            else "",
            "group": "" if request.groups is None else GROUP,
        }
        said.write_text(json.dumps(words), encoding="utf-8")
        outcome = self._processes.run(
            Command(
                argv=(str(interpreter.python), str(SCRIPT), str(said), str(result)),
                cwd=self._workspace.project,
                name=f"metric-{request.name}",
                path=interpreter.path,
                timeout=request.timeout,
            )
        )
        if not result.is_file():
            raise _ended_without_answer(request.name, outcome)
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        if "error" in answer:
            raise self._said(request.name, answer["error"], outcome)
        if request.champion is not None and answer["champion"] is None:
            reason = f"on the champion's answers the metric `{request.name}` {_ended(outcome)}"
            answer["champion"] = {"value": math.nan, "without": [], "reason": reason}
        return answer

    def _said(self, name: str, error: dict[str, str], outcome: Outcome) -> TrainstopError:
        """Return what the script said was wrong, as an error."""
        what, where = self._processes.plain(error["what"]), error["where"]
        key = f"key `metrics.{name}`"
        if error["kind"] == "input":
            return ConfigurationError(what, where=key, fix=error["fix"])
        return ProjectCodeError(what, where=", ".join(filter(None, (key, where, str(outcome.log)))), fix=error["fix"])


def _written(table: Any, request: OwnMetricRequest, path: Path) -> str:
    """Write a table with its groups; return its path."""
    if request.groups is not None:
        table = table.append_column(GROUP, pa.array(request.groups))
    pa.parquet.write_table(table, path)
    return str(path)


def _values(said: dict[str, Any]) -> OwnMetricValues:
    """Return what the script computed."""
    return OwnMetricValues(
        value=float(said["value"]), without=tuple(map(float, said["without"])), reason=str(said["reason"])
    )


def _ended(outcome: Outcome) -> str:
    """Say how the process ended that computed it."""
    return outcome.ending if outcome.timed_out else f"ended the process that called it: {outcome.ending}"


def _ended_without_answer(name: str, outcome: Outcome) -> TrainstopError:
    """Return why there is no answer: it took too long, or the script ended on the way."""
    where = f"key `metrics.{name}`, {outcome.log}"
    if outcome.timed_out:
        return TimeLimitError(
            f"the metric `{name}` {_ended(outcome)}",
            where=where,
            fix=f"make it faster, or raise `metrics.{name}.timeout`",
        )
    last = "".join(f"\n    {line}" for line in outcome.tail.splitlines())
    return ProjectCodeError(
        f"the metric `{name}` {_ended(outcome)}{last}",
        where=where,
        fix="call it by hand",
    )
