"""Seeing that there is nothing to train again, beside `dvc repro` with nothing to do.

Twice, since two things may be meant by it. `trainstop train` where nothing in the folder was touched since it was last
seen to be up to date, which is what `dvc repro` is asked, too; and the stage alone that looks at everything anew, which
is what a line pays that has other stages as well. What the whole command takes when a file was touched that training
does not depend on is told without a goal: most of it is the import of click and pydantic, whatever there is to do.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
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
    ours, touched, theirs = (_project(CACHE / f"skip-{name}") for name in ("trainstop", "touched", "dvc"))
    for folder in (ours, touched):
        (folder / "trainstop.toml").write_text(CONFIG)
    (theirs / "dvc.yaml").write_text(PIPELINE)
    git = shutil.which("git")
    if git is None:
        raise RuntimeError("dvc needs git, which is not installed")
    for argv in ([git, "init", "-q"], [dvc, "init", "-q"], [dvc, "config", "core.analytics", "false"], [dvc, "repro"]):
        command(argv, cwd=theirs)()
    _train(touched)()
    _settle(ours)
    times = in_turn(
        ROUNDS,
        {
            "dvc repro": command([dvc, "repro"], cwd=theirs),
            "trainstop train": _train(ours),
            "the same, a note touched": _touching(touched, _train(touched)),
        },
    )
    for each in times.values():
        report.say(each)
    stage = _check(ours, touched, theirs, dvc)
    report.say(f"the stage that looks anew, without Python's start and the configuration: {1000 * stage:.0f} ms")
    repro = times["dvc repro"].median
    noted = times["the same, a note touched"].median
    report.say(f"the whole command against dvc repro, a note touched: {noted / repro:.3g}x")
    report.hold(Goal("the whole command against dvc repro", times["trainstop train"].median / repro, 1 / 5))
    report.hold(Goal("the stage that looks anew against dvc repro", stage / repro, 1 / 5))


def _train(project: Path) -> Callable[[], float]:
    """Return the command that trains, or finds that there is nothing to do."""
    return command([TRAINSTOP, "train", "--config", str(project), "--quiet"])


def _touching(project: Path, measure: Callable[[], float]) -> Callable[[], float]:
    """Return the same, a file having been touched before that training does not depend on."""

    def touched() -> float:
        (project / "notes.md").touch()
        return measure()

    return touched


def _settle(project: Path) -> None:
    """Train, and see that nothing is to be done, until that is remembered: files that changed just now still may."""
    deadline = time.monotonic() + 60
    while not (project / ".trainstop" / "untouched-train.json").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("trainstop did not remember in a minute that there is nothing to do")
        _train(project)()


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


def _check(ours: Path, touched: Path, theirs: Path, dvc: str) -> float:
    """See to it that all really did nothing, else the figures are worthless; return the seconds our stage took."""
    done = subprocess.run([dvc, "repro"], cwd=theirs, env=clean(), capture_output=True, text=True, check=True)
    records = [json.loads((folder / ".trainstop/results/train.json").read_text()) for folder in (ours, touched)]
    if "up to date" not in done.stdout or not all(record["part"]["restored"] for record in records):
        raise RuntimeError(f"something was trained again: {done.stdout} {[record['reason'] for record in records]}")
    return float(records[1]["duration_seconds"])
