"""Project-side scripts run on a model in the environment of its own lock, once it may be trusted."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainstop.adapters.trust import refuse_untrusted
from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError, TimeLimitError, TrainstopError
from trainstop.ports.environments import Environments, Interpreter
from trainstop.ports.processes import Command, Outcome, Processes
from trainstop.ports.progress import Progress
from trainstop.workspace import Workspace

PROJECT_SIDE = Path(__file__).parents[1] / "project_side"
BATCH_ROWS = 50_000
TAIL_LINES = 15


class ModelScripts:
    """Runs scripts that load a model."""

    def __init__(
        self,
        config: Config,
        workspace: Workspace,
        processes: Processes,
        environments: Environments,
        progress: Progress,
    ) -> None:
        """Keep what the scripts are told (`config`), and by what they are run."""
        self.progress = progress
        self._config = config
        self._workspace = workspace
        self._processes = processes
        self._environments = environments

    def interpreter(self, bundle: Bundle, clean: Path | None = None) -> Interpreter:
        """Return the model's environment, once the model was found to be one that may be loaded."""
        train = self._config.train
        refuse_untrusted(bundle.model, trusted_types=train.trusted_types, allowed=train.allow_formats)
        if not bundle.environment.is_file():
            raise InputError(
                "the model has no lock of its environment",
                where=str(bundle.environment),
                fix="run `trainstop train` again",
            )
        if clean is None:
            return self._environments.model(bundle.environment)
        self.progress.note("making the model's environment anew")
        return self._environments.clean(bundle.environment, clean)

    def table_words(self) -> dict[str, Any]:
        """Return what every script is told about the evaluation tables."""
        data = self._config.data
        keep = (data.time, *self._config.kept_columns)
        return {
            "target": data.target,
            "positive": data.positive,
            "id": data.id,
            "keep": list(dict.fromkeys(name for name in keep if name)),
            "drop": [name for name in (data.target, data.id, data.query, *data.exclude) if name],
            "quantiles": list(self._config.evaluate.quantiles),
            "batch_rows": BATCH_ROWS,
        }

    def model_words(self, bundle: Bundle) -> dict[str, Any]:
        """Return what every script is told about the model."""
        method = self._config.evaluate.method
        return {"model": str(bundle.model.resolve()), "task": self._config.model.task, "method": method}

    def run(
        self,
        script: Path,
        interpreter: Interpreter,
        room: Path,
        name: str,
        *,
        timeout: float,
        memory: int | None = None,
    ) -> Outcome:
        """Run a script on `request.json` of `room`; it writes `result.json` there."""
        return self._processes.run(
            Command(
                argv=(str(interpreter.python), str(script), str(room / "request.json"), str(room / "result.json")),
                cwd=room,
                name=name,
                environment=environment(room),
                timeout=timeout,
                memory=memory,
                tail_lines=TAIL_LINES,
            )
        )

    @contextmanager
    def room(self) -> Iterator[Path]:
        """Give a folder for one question, and remove it."""
        self._workspace.scratch.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix="score-", dir=self._workspace.scratch)).resolve()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def environment(room: Path) -> dict[str, str]:
    """Return the variables of a process that loads a model."""
    return {
        "MLFLOW_TRACKING_URI": f"sqlite:///{room / 'nothing.db'}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Threads that wait for one another by spinning make one row take seconds on a busy machine.
        "OMP_WAIT_POLICY": "PASSIVE",
        # Set to false, MLflow refuses skops as well; what may be loaded was decided by `refuse_untrusted`.
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true",
    }


def said(error: Mapping[str, str], outcome: Outcome) -> TrainstopError:
    """Return what a script said was wrong, as an error."""
    if error["kind"] == "input":
        return InputError(error["what"], where=error["where"] or str(outcome.log), fix=error["fix"])
    where = f"{error['where']}; all it printed is in {outcome.log}" if error["where"] else str(outcome.log)
    return ProjectCodeError(error["what"] + _last_lines(outcome), where=where, fix=error["fix"])


def _last_lines(outcome: Outcome) -> str:
    """Return the last lines of output, indented under the sentence they belong to."""
    return "".join(f"\n    {line}" for line in outcome.tail.splitlines())


def ended_without_answer(outcome: Outcome) -> TrainstopError:
    """Return why there is no answer: the script ended on the way."""
    if outcome.timed_out:
        return TimeLimitError(
            f"asking the model {outcome.ending}", where=str(outcome.log), fix="ask for fewer rows, or give it more time"
        )
    return ProjectCodeError(
        f"the model ended the process that asked it: {outcome.ending}{_last_lines(outcome)}",
        where=str(outcome.log),
        fix="load the model and call `predict` in its own environment by hand",
    )
