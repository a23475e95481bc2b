"""How long a model takes, in rounds; two models in two processes take turns. Runs in the model's interpreter."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainstop.project_side.loaded_model import Model
from trainstop.project_side.score_error import ScoreError, brief
from trainstop.project_side.table_rows import spread

WARM_UP_CALLS = 3
PAUSE_SECONDS = 0.002
STATUS = Path("/proc/self/status")


@dataclass
class Turns:
    """Two processes take turns by files in a folder: `<who>-<number>` says that a turn is over, `<who>-over` all."""

    folder: Path
    mine: str
    other: str
    first: bool

    def wait(self, number: int, until: float) -> bool:
        """Wait for this process's turn, till a moment of `perf_counter`; say whether the other one still takes part."""
        awaited = self.folder / f"{self.other}-{number - 1 if self.first else number}"
        over = self.folder / f"{self.other}-over"
        while not awaited.exists():
            if over.exists() or time.perf_counter() > until:
                return awaited.exists()
            time.sleep(PAUSE_SECONDS)
        return True

    def ended(self, number: int | str) -> None:
        """Give the turn to the other one, if there is one."""
        if self.other:
            (self.folder / f"{self.mine}-{number}").touch()


def timed(model: Model, inputs: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Time rounds of single-row calls and one batch each, as a server would ask; return seconds by round.

    Ends early when `seconds` are over, but for the first round. Where the other process has ended, or lets this one
    wait for so long, it goes on alone.

    Raises:
        ScoreError: the model refuses a single row or a batch.

    """
    turns = Turns(Path(request["folder"]), request["mine"], request["other"], request["first"])
    alone = not request["other"]
    rows = inputs.iloc[list(spread(len(inputs), request["rounds"] * request["calls"]))]
    batch = inputs.iloc[list(spread(len(inputs), request["batch_rows"]))]
    for place in range(WARM_UP_CALLS):
        call(model, rows.iloc[[place % len(rows)]])
    call(model, batch)
    turns.ended(-1)
    single: list[list[float]] = []
    batched: list[float] = []
    until = time.perf_counter() + request["seconds"]
    for number in range(request["rounds"]):
        alone = alone or not turns.wait(number, until)
        if number and time.perf_counter() > until:
            break
        places = [(number * request["calls"] + place) % len(rows) for place in range(request["calls"])]
        single.append([call(model, rows.iloc[[place]]) for place in places])
        batched.append(call(model, batch))
        turns.ended(number)
    turns.ended("over")
    return {"single": single, "batch": batched, "batch_rows": len(batch), "peak_memory_bytes": peak_memory()}


def call(model: Model, rows: Any) -> float:
    """Return the seconds that one call of the `pyfunc` takes."""
    began = time.perf_counter()
    try:
        model.pyfunc.predict(rows)
    except Exception as error:
        size = "a single row" if len(rows) == 1 else f"{len(rows)} rows at once"
        raise ScoreError(
            "model", f"the model refuses {size}: {brief(error)}", fix=f"let its `predict` take {size}"
        ) from error
    return time.perf_counter() - began


def peak_memory() -> int:
    """Return the most memory this process took, in bytes.

    Asked of `/proc` first: `getrusage` also counts what the process that started this one took before.
    """
    try:
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
