"""Asks models for predictions through a project-side script in the model's own environment; fulfils `ports.scoring`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainstop.adapters.model_scripts import PROJECT_SIDE, ModelScripts, ended_without_answer, said
from trainstop.bundles import Bundle
from trainstop.ports.environments import Interpreter
from trainstop.ports.scoring import ScoreRequest, ScoreResult

SCRIPT = PROJECT_SIDE / "score.py"
CHECK_SECONDS = 600.0


class ProjectScorer:
    """Scores tables with models, each in the environment that its own lock describes."""

    def __init__(self, scripts: ModelScripts) -> None:
        """Keep by what the script is run, and what it is told."""
        self._scripts = scripts

    def check(self, bundle: Bundle) -> float:
        """Load a model in its own environment, and nothing else; return the seconds it took."""
        with self._scripts.room() as room:
            interpreter = self._scripts.interpreter(bundle)
            self._scripts.progress.note("loading the model in its own environment")
            answer = self._ask(bundle, interpreter, room, {"mode": "check", "method": "auto"}, CHECK_SECONDS)
        return float(answer["load_seconds"])

    def score(self, request: ScoreRequest) -> ScoreResult:
        """Score a table."""
        with self._scripts.room() as room:
            interpreter = self._scripts.interpreter(request.bundle, room / "environment" if request.clean else None)
            self._scripts.progress.note("asking the model")
            words = self._words(request)
            answer = self._ask(request.bundle, interpreter, room, words, request.timeout, request.memory)
        return ScoreResult(
            rows=answer["rows"],
            load_seconds=answer["load_seconds"],
            predict_seconds=answer["predict_seconds"],
            peak_memory_bytes=answer["peak_memory_bytes"],
            inputs=tuple(answer["inputs"]),
            classes=tuple(answer["classes"]),
        )

    def golden(self, request: ScoreRequest) -> None:
        """Write golden predictions, and nothing else."""
        with self._scripts.room() as room:
            interpreter = self._scripts.interpreter(request.bundle)
            self._scripts.progress.note("asking the model for its golden predictions")
            words = {**self._words(request), "mode": "golden"}
            self._ask(request.bundle, interpreter, room, words, request.timeout, request.memory)

    def _words(self, request: ScoreRequest) -> dict[str, Any]:
        """Return what the script is told about one table."""
        words = self._scripts.table_words()
        return {
            **words,
            "single": request.positive,
            "classes": list(request.classes),
            "quantiles": words["quantiles"] if request.quantiles is None else list(request.quantiles),
            "mode": "score",
            "method": request.method,
            "tables": [str(path.resolve()) for path in request.tables],
            "limit": request.limit,
            "predictions": str(request.predictions.resolve()),
            "golden": str(request.golden.resolve()) if request.golden else "",
        }

    def _ask(
        self,
        bundle: Bundle,
        interpreter: Interpreter,
        room: Path,
        words: Mapping[str, Any],
        timeout: float,
        memory: int | None = None,
    ) -> dict[str, Any]:
        """Run the script and read its answer."""
        request = {**self._scripts.model_words(bundle), **words}
        (room / "request.json").write_text(json.dumps(request), encoding="utf-8")
        name = f"{words['mode']}-model"
        outcome = self._scripts.run(SCRIPT, interpreter, room, name, timeout=timeout, memory=memory)
        result = room / "result.json"
        if not result.is_file():
            raise ended_without_answer(outcome)
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        if "error" in answer:
            raise said(answer["error"], outcome)
        return answer
