"""Setting up the tool in a job, by dependency group from its lock: uv warm and cold, beside pip cold.

Cold means an empty cache of its own; warm one that holds everything, as a job's cache brings it. Every set-up is a new
environment with all hashes checked. pip compiles modules as it installs, uv leaves that to their first import, in a
job as here. Nothing is removed before the end: ext4 takes long to make files where others were removed a minute ago.
"""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.measuring import CACHE, PYTHON, ROOT, UV, Goal, Report, command, in_turn

GROUPS = ("core", "lint", "environments", "evaluation", "registry", "serving", "github")
LIGHT = ("core", "lint")
"""What `report`, `alert` and `lint` need."""
LIGHT_MB = 100
ROUNDS = 3


def run(report: Report) -> None:
    """Measure every group."""
    home = CACHE / "install"
    shutil.rmtree(home, ignore_errors=True)
    for group in GROUPS:
        lock = ROOT / "requirements" / f"{group}.txt"
        place = home / group
        warm = in_turn(ROUNDS, {f"uv, warm: {group}": _uv(lock, place / "warm")})
        # A second of downloads and writes is as long as the disk's other business: one round of it says little.
        rounds = in_turn(ROUNDS, {"cold": _uv(lock, place / "cold", empty=True)})
        cold = rounds["cold"].median
        pip = _pip(lock, place / "pip")()
        taken = warm[f"uv, warm: {group}"]
        size = _megabytes(place / "warm" / "environment-0")
        report.say(taken)
        report.say(f"{group}: uv cold {cold:.1f} s, pip cold {pip:.1f} s; {size:.0f} MB")
        report.hold(Goal(f"{group}, warm", taken.median, 3, " s"))
        report.hold(Goal(f"{group}, cold, against pip", cold / pip, 1 / 10))
        if group in LIGHT:
            report.hold(Goal(f"{group}, size", size, LIGHT_MB, " MB"))
    shutil.rmtree(home, ignore_errors=True)


def _uv(lock: Path, home: Path, *, empty: bool = False) -> Callable[[], float]:
    """Return a set-up by uv, each time in a new environment; with an `empty` cache each time, else with one for all."""
    turns = count()

    def measure() -> float:
        turn = next(turns)
        environment = home / f"environment-{turn}"
        kept = {"UV_CACHE_DIR": str(home / f"cache-{turn if empty else 0}")}
        make = [UV, "venv", "--quiet", "--python", PYTHON, str(environment)]
        sync = [UV, "pip", "sync", "--quiet", "--require-hashes", "--python", str(environment), str(lock)]
        return command(make, environment=kept)() + command(sync, environment=kept)()

    return measure


def _pip(lock: Path, home: Path) -> Callable[[], float]:
    """Return a set-up by the pip that comes with Python, its cache empty."""
    make = command([PYTHON, "-m", "venv", str(home / "environment")])
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--cache-dir", str(home / "cache"))
    install = command([str(home / "environment" / "bin" / "pip"), "install", *options, "-r", str(lock)])
    return lambda: make() + install()


def _megabytes(folder: Path) -> float:
    """Return the size of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
