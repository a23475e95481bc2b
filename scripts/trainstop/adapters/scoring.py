"""Asks models for predictions through a project-side script in the model's own environment; fulfils `ports.scoring`."""

import json
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
from trainstop.ports.scoring import ScoreRequest, ScoreResult
from trainstop.workspace import Workspace

SCRIPT = Path(__file__).parents[1] / "project_side" / "score.py"
BATCH_ROWS = 50_000
CHECK_SECONDS = 600.0
TAIL_LINES = 15


class ProjectScorer:
    """Scores tables with models, each in the environment that its own lock describes."""

    def __init__(
        self,
        config: Config,
        workspace: Workspace,
        processes: Processes,
        environments: Environments,
        progress: Progress,
    ) -> None:
        """Keep what the script is told (`config`), and by what it is run."""
        self._config = config
        self._workspace = workspace
        self._processes = processes
        self._environments = environments
        self._progress = progress

    def check(self, bundle: Bundle) -> float:
        """Load a model in its own environment, and nothing else; return the seconds it took."""
        with self._room() as room:
            interpreter = self._interpreter(bundle, None)
            self._progress.note("loading the model in its own environment")
            answer = self._ask(bundle, interpreter, room, {"mode": "check", "method": "auto"}, CHECK_SECONDS)
        return float(answer["load_seconds"])

    def score(self, request: ScoreRequest) -> ScoreResult:
        """Score a table."""
        with self._room() as room:
            interpreter = self._interpreter(request.bundle, room / "environment" if request.clean else None)
            self._progress.note("asking the model")
            answer = self._ask(request.bundle, interpreter, room, self._words(request), request.timeout)
        return ScoreResult(
            rows=answer["rows"],
            load_seconds=answer["load_seconds"],
            predict_seconds=answer["predict_seconds"],
            single_row_seconds=tuple(answer["single_row_seconds"]),
            peak_memory_bytes=answer["peak_memory_bytes"],
            inputs=tuple(answer["inputs"]),
            classes=tuple(answer["classes"]),
        )

    def _interpreter(self, bundle: Bundle, clean: Path | None) -> Interpreter:
        """Return the model's environment, once the model was found to be one that may be loaded."""
        train = self._config.train
        refuse_untrusted(bundle.model, trusted_types=train.trusted_types, allow_pickle=train.allow_pickle)
        if not bundle.environment.is_file():
            raise InputError(
                "the model has no lock of its environment",
                where=str(bundle.environment),
                fix="run `trainstop train` again",
            )
        if clean is None:
            return self._environments.model(bundle.environment)
        self._progress.note("making the model's environment anew")
        return self._environments.clean(bundle.environment, clean)

    def _words(self, request: ScoreRequest) -> dict[str, Any]:
        """Return what the script is told about one table."""
        data = self._config.data
        keep = list(dict.fromkeys(name for name in (data.time, *self._config.kept_columns) if name))
        return {
            "mode": "score",
            "method": request.method,
            "tables": [str(path.resolve()) for path in request.tables],
            "target": data.target,
            "positive": data.positive,
            "id": data.id,
            "keep": keep,
            "drop": [name for name in (data.target, data.id, data.query, *data.exclude) if name],
            "quantiles": list(self._config.evaluate.quantiles),
            "limit": request.limit,
            "batch_rows": BATCH_ROWS,
            "single_rows": request.single_rows,
            "predictions": str(request.predictions.resolve()),
            "golden": str(request.golden.resolve()) if request.golden else "",
        }

    def _ask(
        self, bundle: Bundle, interpreter: Interpreter, room: Path, words: Mapping[str, Any], timeout: float
    ) -> dict[str, Any]:
        """Run the script and read its answer."""
        said, result = room / "request.json", room / "result.json"
        model = {"model": str(bundle.model.resolve()), "task": self._config.model.task}
        said.write_text(json.dumps({**words, **model}), encoding="utf-8")
        outcome = self._processes.run(
            Command(
                argv=(str(interpreter.python), str(SCRIPT), str(said), str(result)),
                cwd=room,
                name=f"{words['mode']}-model",
                environment={
                    "MLFLOW_TRACKING_URI": f"sqlite:///{room / 'nothing.db'}",
                    "MLFLOW_DISABLE_TELEMETRY": "true",
                    # Threads that wait for one another by spinning make one row take seconds on a busy machine.
                    "OMP_WAIT_POLICY": "PASSIVE",
                    # Set to false, MLflow refuses skops as well; what may be loaded was decided by `refuse_untrusted`.
                    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true",
                },
                timeout=timeout,
                tail_lines=TAIL_LINES,
            )
        )
        if not result.is_file():
            raise _ended_without_answer(outcome)
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        if "error" in answer:
            raise _said(answer["error"], outcome)
        return answer

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """Give a folder for one question, and remove it."""
        self._workspace.scratch.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix="score-", dir=self._workspace.scratch)).resolve()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def _said(error: Mapping[str, str], outcome: Outcome) -> TrainstopError:
    """Return what the script said was wrong, as an error."""
    if error["kind"] == "input":
        return InputError(error["what"], where=error["where"] or str(outcome.log), fix=error["fix"])
    where = f"{error['where']}; all it printed is in {outcome.log}" if error["where"] else str(outcome.log)
    return ProjectCodeError(error["what"] + _last_lines(outcome), where=where, fix=error["fix"])


def _last_lines(outcome: Outcome) -> str:
    """Return the last lines of output, indented under the sentence they belong to."""
    return "".join(f"\n    {line}" for line in outcome.tail.splitlines())


def _ended_without_answer(outcome: Outcome) -> TrainstopError:
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
