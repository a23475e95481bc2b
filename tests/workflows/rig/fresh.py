"""The first step of every job: makes the machine as new, so that only artifacts and outputs pass between jobs.

A script of its own, put in front of each job's steps by `trees.py`. It ends all processes that an earlier job left,
empties `HOME`, and removes the workspaces of earlier jobs. Packages downloaded (`UV_CACHE_DIR`) stay, for speed. It
also writes what this job may do with its token to `RIG_STATE/permissions.json`, where the fake GitHub looks.
"""

import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from keeper import end_leftovers


def main() -> int:
    """Do it, and write down what was found."""
    state = Path(os.environ["RIG_STATE"])
    ended = end_leftovers(int(os.environ["RIG_KEEPER"]), os.getpid())
    removed = [*empty(Path(os.environ["HOME"])), *forget_workspaces(Path(os.environ["GITHUB_WORKSPACE"]))]
    (state / "permissions.json").write_text(json.dumps(granted()))
    with (state / "fresh.jsonl").open("a") as file:
        entry = {"job": os.environ.get("GITHUB_JOB", ""), "ended": ended, "removed": removed}
        file.write(json.dumps(entry) + "\n")
    return 0


def granted() -> dict[str, str]:
    """Return what the job's token may do; in a run that is not trusted (a fork's) it never writes."""
    said = json.loads(os.environ.get("RIG_PERMISSIONS") or "{}")
    trusted = os.environ.get("RIG_TRUSTED") == "true"
    return {name: level if trusted else "read" for name, level in said.items()}


def empty(folder: Path) -> list[str]:
    """Remove everything in a folder; return what it was."""
    entries = sorted(folder.iterdir())
    for entry in entries:
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return [str(entry) for entry in entries]


def forget_workspaces(mine: Path) -> list[str]:
    """Remove what act keeps of earlier jobs (those that failed); this job's own folder is the parent of `mine`."""
    others = [
        entry for entry in mine.parent.parent.iterdir() if entry != mine.parent and (entry / "hostexecutor").exists()
    ]
    for entry in others:
        shutil.rmtree(entry)
    return [str(entry) for entry in others]


if __name__ == "__main__":
    sys.exit(main())
