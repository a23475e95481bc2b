"""Whether anything was touched since a verb's record was written. Where nothing was, the record still holds.

A verb that finds nothing to do spends nearly all of its time on learning what it would do: libraries, configuration,
digests. Looking whether a file was touched needs none of that. Imports nothing heavy.

What is compared is all a verb may look at, and more: the command, the whole environment, trainstop's own files, where
git says that the project stands, and each file of the project's folder by its size, times and inode. The change time
among them cannot be set by a program. A verb that looks elsewhere says so in its record, and is not remembered.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trainstop import __version__, digests, files
from trainstop.adapters.git import standing
from trainstop.delivery.exclusive import exclusively
from trainstop.errors import ConflictError
from trainstop.file_states import changed_at, settled, state
from trainstop.project_files import ENTERED_BY_NAME
from trainstop.workspace import COMPLETE, Workspace

FORMAT = 1
ENTRIES = 5000
"""In a larger folder nothing is remembered: to look at all of it would take as long as to do the work."""
ABOVE = ("uv.lock", "pyproject.toml")
"""Files of a workspace, which may lie in any folder above up to the repository's root."""
CONFIGURATIONS = ("trainstop.toml", "pyproject.toml")
OF_A_SHELL = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
"""Variables that a shell sets anew for each command; the folder they speak of is looked at itself."""


@dataclass(frozen=True)
class Sight:
    """A project's folder at one moment: digests of what it looked like, none of which reads a file's content."""

    project: str
    """Of the files of the project, of a workspace above, and of where it stands in git."""
    kept: str
    """Of what trainstop keeps for it: candidate, champion, trainings, environments."""
    newest: float
    """When a file of the project last changed (seconds since 1970)."""


@dataclass(frozen=True)
class Told:
    """A record that still holds, with new times, and its rows for a person below what became of the stage."""

    record: dict[str, Any]
    rows: list[str]

    @property
    def text(self) -> str:
        """The record as JSON."""
        return json.dumps(self.record, indent=1, ensure_ascii=False)


@dataclass(frozen=True)
class Watch:
    """What a verb is asked to do, and the project's folder before it does."""

    verb: str
    workspace: Workspace
    asked: str
    seen: Sight
    now: datetime

    def recall(self, seconds: Callable[[], float]) -> Told | None:
        """Return the record of the same question about the same folder, if there is one, and write it anew.

        None while somebody else is busy with the verb.

        Args:
            seconds: gives how long it took to find out.

        """
        try:
            memory = json.loads(self.workspace.memory(self.verb).read_text(encoding="utf-8"))
            same = [memory[name] for name in ("format", "asked", "project", "kept")]
            told = Told(dict(memory["record"]), [str(row) for row in memory["rows"]])
            words = [told.record[name] for name in ("stage", "status", "subject", "reason")]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        if same != [FORMAT, self.asked, self.seen.project, self.seen.kept] or words[:2] != [self.verb, "passed"]:
            return None
        if not all(isinstance(word, str) for word in words):
            return None
        # Whatever is in the way, the verb itself will find it, and has words for it.
        with suppress(ConflictError, OSError, ValueError), exclusively(self.workspace.lock(self.verb), self.verb):
            return self._anew(told, seconds())
        return None

    def _anew(self, told: Told, seconds: float) -> Told:
        """Write a record with the times of now."""
        times = {"started_at": self.now.isoformat().replace("+00:00", "Z"), "duration_seconds": round(seconds, 3)}
        anew = Told(told.record | times, told.rows)
        files.write_text(self.workspace.results / f"{self.verb}.json", anew.text + "\n")
        return anew

    def remember(self, record: str, rows: list[str]) -> bool:
        """Keep a record for as long as nothing is touched; return whether that can be told.

        Not where something was touched while the verb ran, or so shortly before that it could change again unseen.

        Args:
            record: as JSON.
            rows: what a person is shown below what became of the stage.

        """
        try:
            seen = look(self.workspace)
            moving = not settled(self.seen.newest, self.now.timestamp())
            if moving or seen is None or seen.project != self.seen.project:
                return False
            memory = {"format": FORMAT, "asked": self.asked, "project": seen.project, "kept": seen.kept}
            memory |= {"record": json.loads(record), "rows": rows}
            files.write_text(self.workspace.memory(self.verb), json.dumps(memory), mode=0o600)
        except (OSError, ValueError):  # it is only a memory
            return False
        return True


def watch(verb: str, config: Path, environ: Mapping[str, str], overrides: Iterable[str], now: datetime) -> Watch | None:
    """Look at a project before a verb runs; None where no memory could hold.

    Args:
        verb: its name.
        config: as asked for, a file or a folder.
        environ: all environment variables.
        overrides: keys of the configuration that are set otherwise.
        now: the time of day, of UTC.

    """
    environ = {name: value for name, value in environ.items() if name not in OF_A_SHELL}
    try:
        given = config.resolve()
        project = given if given.is_dir() else given.parent
        if any((project / name).is_symlink() for name in CONFIGURATIONS):
            return None  # the project is where such a link leads
        workspace = Workspace(project)
        seen = look(workspace)
        ours = seen and _seen(Path(__file__).parent)
        question = [__version__, ours, sys.executable, sys.version, str(given), environ, [*overrides]]
        return Watch(verb, workspace, digests.of_value(question), seen, now) if seen and ours else None
    except (OSError, ValueError):  # a name or a value that is no text among them, which the verb has words for
        return None


def look(workspace: Workspace) -> Sight | None:
    """Return what a project looks like now; None where that cannot be seen from its folder alone.

    Raises:
        OSError: something went away meanwhile, or may not be read.

    """
    project = workspace.project
    own = _seen(project)
    folders = (workspace.candidate.root, workspace.champion.root, workspace.trainings)
    kept = own and _seen(*(folder for folder in folders if folder.is_dir()))
    if not (own and kept):
        return None
    made = {path.name: _stands(path) for path in sorted(workspace.environments.glob("*")) if path.is_dir()}
    around = [own[0], standing(project), _above(project)]
    return Sight(digests.of_value(around), digests.of_value([kept[0], made]), own[1])


def _stands(environment: Path) -> bool:
    """Tell whether an environment is marked as complete and its Python is there."""
    try:
        return Path(json.loads((environment / COMPLETE).read_text(encoding="utf-8"))["python"]).exists()
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _above(project: Path) -> dict[str, list[int]]:
    """Return the state of a workspace's files above a project, up to the repository's root."""
    found = {}
    for folder in (project, *project.parents):
        if (folder / ".git").exists():
            break
        paths = (folder.parent / name for name in ABOVE)
        found.update({str(path): state(path.stat()) for path in paths if path.is_file()})
    return found


def _seen(*folders: Path) -> tuple[str, float] | None:
    """Return a digest of names and states of all below folders, and when a file among them last changed.

    None where there is too much to look at, or a link leads to a folder somewhere else.
    """
    found: dict[str, list[int]] = {}
    newest = 0.0
    waiting = [str(folder) for folder in folders]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir():
                    status = entry.stat(follow_symlinks=not _dangles(entry))
                    found[entry.path] = state(status)
                    newest = max(newest, changed_at(status))
                elif entry.name not in ENTERED_BY_NAME:
                    if entry.is_symlink():
                        return None
                    found[entry.path] = []
                    waiting.append(entry.path)
                if len(found) > ENTRIES:
                    return None
    return digests.of_value(found), newest


def _dangles(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and not Path(entry.path).exists()
