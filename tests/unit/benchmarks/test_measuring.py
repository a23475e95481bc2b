"""The benchmarks' own arithmetic: a figure that is wrong is worse than none."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from benchmarks.measuring import Goal, Report, Times, clean, command, in_turn
from benchmarks.overhead import Watch


def test_things_are_measured_in_turn_and_the_first_round_is_thrown_away() -> None:
    asked: list[str] = []

    def thing(name: str, values: list[float]) -> float:
        asked.append(name)
        return values.pop(0)

    a, b = [100.0, 1.0, 3.0, 2.0], [200.0, 5.0, 4.0, 6.0]
    times = in_turn(3, {"a": lambda: thing("a", a), "b": lambda: thing("b", b)})
    assert asked == ["a", "b"] * 4
    assert (times["a"].seconds, times["a"].median, times["b"].median) == ((1.0, 3.0, 2.0), 2.0, 5.0)


@pytest.mark.parametrize(
    ("value", "limit", "sense", "met"),
    [(4.9, 5, "at most", True), (5.0, 5, "at most", True), (5.1, 5, "at most", False), (0.94, 0.95, "at least", False)],
)
def test_a_goal_is_met_or_missed(value: float, limit: float, sense: str, met: bool) -> None:
    goal = Goal("claim", value, limit, sense=sense)
    assert goal.met is met
    assert str(goal).startswith("goal met" if met else "goal missed")


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="ended with 3, not 0"):
        command([sys.executable, "-c", "raise SystemExit(3)"])()
    assert command([sys.executable, "-c", "raise SystemExit(3)"], expect=3)() > 0


def test_what_would_distort_a_command_is_taken_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    kept = clean({"A": "b"})
    assert "PYTHONDONTWRITEBYTECODE" not in kept
    assert "MLFLOW_TRACKING_URI" not in kept
    assert kept["A"] == "b"


def test_a_report_keeps_lines_and_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("start")
    report.say(Times("a", (0.001, 0.003, 0.002)))
    report.hold(Goal("claim", 2, 1))
    assert "2.0 ms" in capsys.readouterr().out
    kept = report.as_json()
    assert (kept["goals"][0]["met"], len(kept["lines"])) == (False, 1)


def test_time_with_a_child_is_not_the_lines_own() -> None:
    script = (
        "import subprocess, sys, time\n"
        "time.sleep(0.3)\nprint('before', flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(1.0)'])\n"
        "print('after', flush=True)\n"
    )
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as line:
        watch = Watch(line.pid)
        watch.start()
        alone = [watch.take() for _ in line.stdout or ()]
        line.wait()
        watch.ended.set()
        watch.join()
    whole = time.perf_counter() - start
    assert alone[0] >= 0.25
    assert sum(alone) <= whole - 0.5
