"""Examines models through a project-side script in the model's own environment; fulfils `ports.probing`."""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from trainstop.adapters.model_scripts import PROJECT_SIDE, ModelScripts, ended_without_answer, environment, said
from trainstop.bundles import Bundle
from trainstop.errors import TrainstopError
from trainstop.ports.environments import Interpreter
from trainstop.ports.probing import Fixtures, Probe, ProbeRequest, ProbeResult, Timing
from trainstop.ports.processes import Outcome

SCRIPT = PROJECT_SIDE / "probe.py"
ANSWERING = PROJECT_SIDE / "answering.py"
PLUGIN = PROJECT_SIDE / "pytest_plugin"
CANDIDATE, CHAMPION = "candidate", "champion"
TIMING_SHARE = 0.25
"""Largest share of the time-out that timing may take."""

Notes = list[dict[str, Any]]


class ModelProber:
    """Examines models, each in the environment that its own lock describes."""

    def __init__(self, scripts: ModelScripts) -> None:
        """Keep by what the script is run, and what it is told."""
        self._scripts = scripts

    def probe(self, request: ProbeRequest) -> ProbeResult:
        """Examine a model."""
        champion, error = self._champion(request.champion)
        with self._scripts.room() as room, ThreadPoolExecutor(1) as threads:
            interpreter = self._scripts.interpreter(request.bundle, room / "environment" if request.clean else None)
            turns = room / "turns"
            turns.mkdir()
            other = None
            if champion and request.champion:
                words = self._words(request, request.champion, turns, CHAMPION, CANDIDATE)
                other = threads.submit(self._run, room / CHAMPION, champion, {**words, "answers": ""}, turns, request)
            self._scripts.progress.note("examining the model")
            words = self._words(request, request.bundle, turns, CANDIDATE, CHAMPION if other else "")
            notes, outcome = self._run(room / CANDIDATE, interpreter, words, turns, request)
            beside, its_outcome = other.result() if other else ([], None)
        result = _result(notes, outcome)
        if its_outcome is None:
            return _with_champion(result, None, error)
        failed = next((note["error"]["what"] for note in beside if "error" in note), "") or _timing_error(beside)
        timing = _timing(beside)
        return _with_champion(result, timing, failed or ("" if timing else its_outcome.ending))

    def fixtures(self, bundle: Bundle, predictions: Path, room: Path) -> Fixtures:
        """Prepare what the project's own tests of a model need."""
        interpreter = self._scripts.interpreter(bundle)
        told = {**self._scripts.model_words(bundle), **self._scripts.table_words()}
        request = room / "model.json"
        request.write_text(json.dumps(told), encoding="utf-8")
        variables = {
            "PYTEST_PLUGINS": "trainstop_fixtures",
            "TRAINSTOP_MODEL": str(bundle.model.resolve()),
            "TRAINSTOP_MODEL_PYTHON": str(interpreter.python),
            "TRAINSTOP_MODEL_SCRIPT": str(ANSWERING),
            "TRAINSTOP_MODEL_REQUEST": str(request),
            "TRAINSTOP_MODEL_ENVIRONMENT": json.dumps(environment(room)),
            "TRAINSTOP_PREDICTIONS": str(predictions.resolve()),
        }
        return Fixtures(variables, (PLUGIN,))

    def _champion(self, bundle: Bundle | None) -> tuple[Interpreter | None, str]:
        """Return the champion's environment, or why it cannot be asked."""
        if bundle is None:
            return None, ""
        try:
            return self._scripts.interpreter(bundle), ""
        except TrainstopError as error:
            return None, error.what

    def _words(self, request: ProbeRequest, bundle: Bundle, turns: Path, mine: str, other: str) -> dict[str, Any]:
        """Return what the script is told."""
        return {
            **self._scripts.table_words(),
            **self._scripts.model_words(bundle),
            "method": request.method,
            "tables": [str(path.resolve()) for path in request.tables],
            "limit": request.limit,
            "seed": request.seed,
            "answers": str(request.answers.resolve()),
            "singles": request.singles,
            "robustness": dict(request.robustness) if request.robustness else None,
            "behaviour": [dict(rule) for rule in request.behaviour],
            "timing": {
                "rounds": request.rounds,
                "calls": request.calls,
                "batch_rows": request.batch_rows,
                "seconds": request.timeout * TIMING_SHARE,
                "folder": str(turns),
                "mine": mine,
                "other": other,
                "first": mine == CANDIDATE,
            },
        }

    def _run(
        self, room: Path, interpreter: Interpreter, words: Mapping[str, Any], turns: Path, request: ProbeRequest
    ) -> tuple[Notes, Outcome]:
        """Run the script, tell the other process when it is over, and read its notes."""
        mine = words["timing"]["mine"]
        try:
            room.mkdir()
            (room / "request.json").write_text(json.dumps(words), encoding="utf-8")
            name = f"probe-{mine}"
            outcome = self._scripts.run(SCRIPT, interpreter, room, name, timeout=request.timeout, memory=request.memory)
            return _notes(room / "result.json"), outcome
        finally:
            (turns / f"{mine}-over").touch()
            shutil.rmtree(room, ignore_errors=True)


def _notes(path: Path) -> Notes:
    """Read the lines that a script wrote; the last one may be half a line."""
    found: Notes = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _result(notes: Notes, outcome: Outcome) -> ProbeResult:
    """Put the notes together; raise what kept the script from beginning."""
    error = next((note["error"] for note in notes if "error" in note), None)
    if error:
        raise said(error, outcome)
    asking = next((note["asking"] for note in reversed(notes) if "asking" in note), None)
    through = any("end" in note for note in notes)
    probes = tuple(Probe(**note["probe"]) for note in notes if "probe" in note)
    if not through and not probes:
        raise ended_without_answer(outcome)
    return ProbeResult(
        load_seconds=next(note["load_seconds"] for note in notes if "load_seconds" in note),
        inputs=tuple(next(note["inputs"] for note in notes if "load_seconds" in note)),
        timing=_timing(notes),
        timing_error=_timing_error(notes),
        probes=probes,
        left_out=sum(note.get("left_out", 0) for note in notes),
        broke="" if through else f"{outcome.ending}, {_asked(asking)}",
        broke_in="" if through or not asking else asking["section"],
    )


def _asked(asking: Mapping[str, Any] | None) -> str:
    """Say what the model was asked when it ended."""
    if asking is None:
        return "before it was asked anything"
    what = " ".join(filter(None, (asking["kind"], asking["column"] and f"in `{asking['column']}`", asking["detail"])))
    return f"asked about {asking['rows']} rows ({asking['section']}: {what})"


def _timing(notes: Notes) -> Timing | None:
    """Return the timing among the notes."""
    load = next((note["load_seconds"] for note in notes if "load_seconds" in note), None)
    found = next((note["performance"] for note in notes if "performance" in note), None)
    if load is None or found is None or "error" in found or not found["single"]:
        return None
    single = tuple(tuple(calls) for calls in found["single"])
    return Timing(load, single, tuple(found["batch"]), found["batch_rows"], found["peak_memory_bytes"])


def _timing_error(notes: Notes) -> str:
    """Return why there is no timing."""
    found: Mapping[str, Any] = next((note["performance"] for note in notes if "performance" in note), {})
    return str(found.get("error", ""))


def _with_champion(result: ProbeResult, timing: Timing | None, error: str) -> ProbeResult:
    """Add what became of the champion."""
    return ProbeResult(**{**vars(result), "champion": timing, "champion_error": error})
