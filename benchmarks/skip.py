"""Seeing that there is nothing to train again, beside `dvc repro` with nothing to do.

The goal is for the stage, which is what a line pays that has other stages too. The whole command is told without one:
nearly all of it is Python's start and the import of click and pydantic, whatever there is to do.
"""

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks.measuring import CACHE, TRAINSTOP, UV, Goal, Report, clean, command, in_turn

DVC = "dvc==3.67.1"
ROUNDS = 9
ROWS = 500_000
"""About 20 MB of training data."""
TRAIN = """\
import csv, json
with open("data.csv", newline="") as file:
    rows = list(csv.DictReader(file))
mean = sum(float(row["x"]) for row in rows) / len(rows)
with open("metrics.json", "w") as file:
    json.dump({"mean": mean}, file)
"""
CONFIG = """\
[model]
name = "nothing-to-do"
task = "regression"

[project]
source = ["train.py"]
lock = "requirements.txt"

[data]
train = ["data.csv"]
target = "y"

[train]
command = "python train.py"

[evaluate]
metrics-file = "metrics.json"
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [data.csv, train.py, requirements.txt]
    metrics: [metrics.json]
"""


def run(report: Report) -> None:
    """Train the same code on the same data once with each, then measure commands that find nothing changed.

    Both commands are whole processes in a work tree that stays where it is: both may trust sizes and times of files.
    """
    dvc = _dvc()
    ours, theirs = _project(CACHE / "skip-trainstop"), _project(CACHE / "skip-dvc")
    (ours / "trainstop.toml").write_text(CONFIG)
    (theirs / "dvc.yaml").write_text(PIPELINE)
    git = shutil.which("git")
    if git is None:
        raise RuntimeError("dvc needs git, which is not installed")
    for argv in ([git, "init", "-q"], [dvc, "init", "-q"], [dvc, "config", "core.analytics", "false"], [dvc, "repro"]):
        command(argv, cwd=theirs)()
    command([TRAINSTOP, "train", "--config", str(ours), "--quiet"])()
    times = in_turn(
        ROUNDS,
        {
            "dvc repro": command([dvc, "repro"], cwd=theirs),
            "trainstop train": command([TRAINSTOP, "train", "--config", str(ours), "--quiet"]),
        },
    )
    for each in times.values():
        report.say(each)
    decision = _check(ours, theirs, dvc)
    report.say(f"the stage itself, without starting Python and reading the configuration: {1000 * decision:.0f} ms")
    repro = times["dvc repro"].median
    report.say(f"the whole command against dvc repro: {times['trainstop train'].median / repro:.3g}x")
    report.hold(Goal("the stage itself against dvc repro", decision / repro, 1 / 5))


def _dvc() -> str:
    """Return DVC's program, installed into an environment of its own."""
    home = CACHE / "dvc"
    program = home / "bin" / "dvc"
    if not program.exists():
        command([UV, "venv", "--quiet", "--clear", str(home)])()
        command([UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(home), DVC])()
    return str(program)


def _project(folder: Path) -> Path:
    """Make a small project: data, code, and what it needs (nothing)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = (
        f"{number},{number % 977 / 977:.6f},{number * 7 % 1013 / 1013:.6f},{number % 2}\n" for number in range(ROWS)
    )
    with (folder / "data.csv").open("w") as file:
        file.write("id,x,y,z\n")
        file.writelines(rows)
    (folder / "train.py").write_text(TRAIN)
    (folder / "requirements.txt").write_text("")
    return folder


def _check(ours: Path, theirs: Path, dvc: str) -> float:
    """See to it that both really did nothing, else the figures are worthless; return the seconds our stage took."""
    done = subprocess.run([dvc, "repro"], cwd=theirs, env=clean(), capture_output=True, text=True, check=True)
    record = json.loads((ours / ".trainstop" / "results" / "train.json").read_text())
    if "up to date" not in done.stdout or not record["part"]["restored"]:
        raise RuntimeError(f"something was trained again: {done.stdout} {record['reason']}")
    return float(record["duration_seconds"])
