"""Timing that can be believed: all in one run, in turn, medians with their range, and goals held against them."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "benchmarks"
PYTHON = sys.executable
TRAINSTOP = str(Path(sys.executable).with_name("trainstop"))
UV = str(Path(sys.executable).with_name("uv"))


@dataclass(frozen=True)
class Times:
    """Seconds of one thing, a value a round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        """Return the median and the range."""
        return (
            f"{self.name:<36} {1000 * self.median:10.1f} ms   "
            f"({1000 * min(self.seconds):.1f} .. {1000 * max(self.seconds):.1f}, {len(self.seconds)} rounds)"
        )


@dataclass(frozen=True)
class Goal:
    """One claim: a measured value beside the limit it shall keep."""

    claim: str
    value: float
    limit: float
    unit: str = "x"
    sense: Literal["at most", "at least"] = "at most"

    @property
    def met(self) -> bool:
        """Whether the value keeps the limit."""
        return self.value <= self.limit if self.sense == "at most" else self.value >= self.limit

    def __str__(self) -> str:
        """Return the verdict first, then what was measured."""
        verdict = "goal met   " if self.met else "goal missed"
        return f"{verdict}  {self.claim}: {self.value:.3g}{self.unit} ({self.sense} {self.limit:.3g}{self.unit})"


@dataclass
class Report:
    """What one benchmark found; lines are printed as they come."""

    name: str
    lines: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def say(self, line: object) -> None:
        """Print and keep a line."""
        self.lines.append(str(line))
        print(f"  {line}", flush=True)

    def hold(self, goal: Goal) -> None:
        """Print and keep a verdict."""
        self.goals.append(goal)
        print(f"  {goal}", flush=True)

    def as_json(self) -> dict[str, Any]:
        """Return everything, for a file."""
        goals = [{**asdict(goal), "met": goal.met} for goal in self.goals]
        return {"name": self.name, "lines": self.lines, "goals": goals}


def in_turn(rounds: int, things: Mapping[str, Callable[[], float]]) -> dict[str, Times]:
    """Measure things one after the other, round by round, so that what disturbs the machine disturbs them all.

    Args:
        rounds: how many rounds count; one more comes first, to warm caches, and is thrown away.
        things: each measures itself once and returns seconds.

    """
    seconds: dict[str, list[float]] = {name: [] for name in things}
    for turn in range(rounds + 1):
        for name, measure in things.items():
            taken = measure()
            if turn:
                seconds[name].append(taken)
    return {name: Times(name, tuple(values)) for name, values in seconds.items()}


def command(
    argv: Sequence[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, expect: int = 0
) -> Callable[[], float]:
    """Return something that runs a command to its end and returns the seconds from before its start.

    A command that ends with another exit code than `expect` ends the benchmark: a failure is fast, and no result.
    """

    def measure() -> float:
        start = time.perf_counter()
        done = subprocess.run(argv, cwd=cwd, env=clean(environment), capture_output=True, text=True, check=False)
        taken = time.perf_counter() - start
        if done.returncode != expect:
            said = (done.stderr or done.stdout).strip()[-1000:]
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}, not {expect}:\n{said}")
        return taken

    return measure


def clean(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a measured command: as a user's, and with compiled modules kept."""
    dropped = (
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
        "VIRTUAL_ENV",
        "ACTIONS_",
        "GITHUB_",
        "MLFLOW_",
        "RUNNER_",
        "TRAINSTOP_",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, **(more or {})}
