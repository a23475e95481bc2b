"""Which files of the project a glob means, and which are the code that training depends on."""

import glob
import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from trainstop.config import Config

MADE_BY_TOOLS = frozenset({
    ".trainstop", ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "__pycache__", "node_modules",
    ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".cache", "site-packages", "mlruns", ".dvc",
    "wandb", "lightning_logs",
})  # fmt: skip
"""Folders that tools make: nothing below them was written by a person of the project."""


def is_virtual_environment(folder: Path) -> bool:
    """Tell whether a folder, whatever its name, is an environment of Python's (PEP 405)."""
    return (folder / "pyvenv.cfg").is_file()


def matching(project: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that any of the globs matches, sorted by name. Hidden files match only when named."""
    found: set[str] = set()
    for pattern in patterns:
        found.update(glob.glob(pattern, root_dir=project, recursive=True))  # noqa: PTH207  # `Path.glob` enters .venv
    return sorted(path for name in found if (path := project / name).is_file() and "__pycache__" not in path.parts)


def code(config: Config, project: Path) -> list[Path]:
    """Return the files that training depends on, besides its data and its environment, sorted by name.

    They are what `project.source` matches, less what its globs that begin with `!` match, and the script that
    `train.command` names. Below a folder that a tool made a file counts only where a glob names that folder. Data, and
    what the training itself writes, is no code: it would never be the same twice.
    """
    source = config.project.source
    taken = [pattern for pattern in source if not pattern.startswith("!")]
    found = set(_written_by_people(project, taken))
    found -= set(matching(project, [pattern[1:] for pattern in source if pattern.startswith("!")]))
    found |= _script(config.train.command, project)
    outputs = _outputs(config, project)
    found -= set(matching(project, (*config.data.train, *config.data.evaluation)))
    return sorted(path for path in found if outputs.isdisjoint((path, *path.parents)))


def _outputs(config: Config, project: Path) -> set[Path]:
    """Return the files, and the folder of a model, that training writes; a package may be called like a model."""
    names = (config.evaluate.metrics_file, config.evaluate.predictions, config.train.model)
    left = [project / name for name in names if name]
    return {path for path in left if path.is_file() or (path / "MLmodel").is_file()}


def _written_by_people(project: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that the globs match, without those of tools that no glob names."""
    environments: dict[Path, bool] = {}
    kept = []
    for pattern in patterns:
        unnamed = MADE_BY_TOOLS.difference(Path(pattern).parts)
        for path in matching(project, [pattern]):
            inside = path.relative_to(project).parent
            if unnamed.isdisjoint(inside.parts) and not _in_environment(project, inside, environments):
                kept.append(path)
    return kept


def _in_environment(project: Path, folder: Path, known: dict[Path, bool]) -> bool:
    """Tell whether a folder of the project is, or lies in, a virtual environment; `known` remembers the answers."""
    if folder == Path():
        return False
    if folder not in known:
        known[folder] = is_virtual_environment(project / folder) or _in_environment(project, folder.parent, known)
    return known[folder]


def _script(command: str, project: Path) -> set[Path]:
    """Return the first file of the project that a command names: what it runs. What follows may be what it writes."""
    try:
        words = shlex.split(command)
    except ValueError:
        return set()
    for word in words:
        path = Path(os.path.normpath(project / word))
        if path.is_relative_to(project) and path.is_file():
            return {path}
    return set()
