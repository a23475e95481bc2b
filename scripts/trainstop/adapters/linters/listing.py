"""Which files are the project's own: what git knows or would take, else every file that no tool made."""

import os
from glob import glob
from pathlib import Path

from trainstop.adapters.git import CAREFUL
from trainstop.adapters.masking import MASK
from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.ports.processes import Command, Processes
from trainstop.project_files import MADE_BY_TOOLS, is_environment

LIST = ("git", *CAREFUL, "-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard")


def list_files(project: Path, config: Config, processes: Processes) -> tuple[str, ...]:
    """Return the project's files below `lint.paths`, relative to it, without data.

    Raises:
        InputError: a path of `lint.paths` does not exist, or is outside the project.

    """
    for path in config.lint.paths:
        if not (project / path).exists() or not (project / path).resolve().is_relative_to(project):
            raise InputError(
                f"`{path}` is not a file or folder of the project", where="lint.paths", fix="correct the path"
            )
    globs = (*config.data.train, *config.data.evaluation)
    data = {project / name for pattern in globs for name in glob(pattern, root_dir=project, recursive=True)}  # noqa: PTH207
    names = _known_to_git(project, config.lint.paths, processes)
    if names is None:
        names = [name for path in config.lint.paths for name in _walk(project, project / path)]
    return tuple(
        sorted(
            {
                name
                for name in names
                if not MADE_BY_TOOLS.intersection(Path(name).parts)
                and (project / name).is_file()
                and not (project / name).is_symlink()
                and project / name not in data
            }
        )
    )


def _known_to_git(project: Path, paths: tuple[str, ...], processes: Processes) -> list[str] | None:
    """Return what git tracks or would add.

    None where there is no git, or where a name did not come through whole: what a child prints is masked, and git
    quotes some names. A file that is left out of the list would pass without being looked at.
    """
    try:
        outcome = processes.run(
            Command(
                argv=(*LIST, "--", *paths),
                cwd=project,
                name="lint files",
                timeout=60,
            )
        )
        names = outcome.log.read_text(encoding="utf-8").splitlines() if outcome.ok else None
    except (InputError, OSError, ValueError):
        return None
    return None if names is None or any(MASK in name or name.startswith('"') for name in names) else names


def _walk(project: Path, start: Path) -> list[str]:
    if start.is_file():
        return [start.relative_to(project).as_posix()]
    found = []
    for folder, folders, names in os.walk(start):
        folders[:] = [name for name in folders if name not in MADE_BY_TOOLS and not is_environment(Path(folder) / name)]
        found += [(Path(folder) / name).relative_to(project).as_posix() for name in names]
    return found
