"""What the line itself costs on the example: `run --to register` less the time its children were at work.

A moment counts as the children's when at least one child of the process is alive: the project's tests and training, the
linters, the models' servers, the installer. All the rest is the line's: starting Python, importing, hashing, judging,
writing to the registry.
"""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measuring import CACHE, ROOT, TRAINSTOP, Goal, Report, clean, command

LOOK_SECONDS = 0.005
ROUNDS = 3
OUTPUT = shutil.ignore_patterns(".trainstop", ".ruff_cache", ".pytest_cache", "__pycache__")


@dataclass
class Run:
    """One run of the line: seconds of the whole, and of it without any child, a value a stage."""

    whole: float = 0.0
    alone: dict[str, float] = field(default_factory=dict)

    @property
    def overhead(self) -> float:
        """Seconds without any child."""
        return sum(self.alone.values())


def run(report: Report) -> None:
    """Run the line on a copy of the example: once to make its environments and data, then measured, training anew."""
    project = CACHE / "line"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(ROOT / "example-project", project, ignore=OUTPUT)
    command([*_argv(project, 0)])()
    runs = [_measured(project, turn) for turn in range(1, ROUNDS + 1)]
    middle = sorted(runs, key=lambda one: one.overhead)[len(runs) // 2]
    report.say(
        f"the whole {middle.whole:.1f} s, without children {middle.overhead:.1f} s "
        f"({min(one.overhead for one in runs):.1f} .. {max(one.overhead for one in runs):.1f}, {len(runs)} rounds)"
    )
    for stage, seconds in middle.alone.items():
        report.say(f"{stage:<12} {seconds:6.2f} s without children")
    slowest = max(middle.alone, key=lambda stage: middle.alone[stage])
    report.hold(Goal(f"the slowest verb without its children ({slowest})", middle.alone[slowest], 2, " s"))
    report.hold(Goal("all verbs without their children, share of the whole", middle.overhead / middle.whole, 0.05))


def _argv(project: Path, turn: int) -> list[str]:
    """Return the command; a variable that differs each time makes it train anew."""
    chosen = f"train.environment.TRAINSTOP_BENCHMARK='{turn}'"
    return [TRAINSTOP, "run", "--config", str(project), "--to", "register", "--json", "--quiet", "--set", chosen]


def _measured(project: Path, turn: int) -> Run:
    """Run the line once, looking all the time whether it has a child; each record on its output ends a stage."""
    start = time.perf_counter()
    with subprocess.Popen(_argv(project, turn), env=clean(), stdout=subprocess.PIPE, text=True) as line:
        watch = Watch(line.pid)
        watch.start()
        result = Run()
        for stage in _stages(line):
            result.alone[stage] = watch.take()
        line.wait()
        watch.ended.set()
        watch.join()
    if line.returncode:
        raise RuntimeError(f"the line ended with {line.returncode}")
    result.whole = time.perf_counter() - start
    last = next(reversed(result.alone))
    result.alone[last] += watch.take()
    return result


def _stages(line: "subprocess.Popen[str]") -> Iterator[str]:
    """Yield the name of each stage when its record comes."""
    for text in line.stdout or ():
        yield json.loads(text)["stage"]


class Watch(threading.Thread):
    """Adds up the time in which a process has no child."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self._tasks = Path(f"/proc/{pid}/task")
        self._lock = threading.Lock()
        self._alone = 0.0

    def run(self) -> None:
        """Look until told to end."""
        before = time.perf_counter()
        while not self.ended.wait(LOOK_SECONDS):
            now = time.perf_counter()
            if not self._has_child():
                with self._lock:
                    self._alone += now - before
            before = now

    def take(self) -> float:
        """Return the seconds since the last call."""
        with self._lock:
            seconds, self._alone = self._alone, 0.0
        return seconds

    def _has_child(self) -> bool:
        """Say whether any thread of the process has a child."""
        try:
            return any((task / "children").read_text().strip() for task in self._tasks.iterdir())
        except OSError:
            return False
