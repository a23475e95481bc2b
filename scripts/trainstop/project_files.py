"""Which files of the project a glob means, and which are the code that training depends on."""

import glob
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainstop.config import Config

MADE_BY_TOOLS = frozenset({
    ".trainstop", ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "__pycache__", "node_modules",
    ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".cache", "site-packages", "mlruns",
    "mlartifacts", ".dvc", "wandb", "lightning_logs", "tb_logs", "multirun", "dvclive",
})  # fmt: skip
"""Folders that tools make: nothing below them was written by a person of the project."""
ENTERED_BY_NAME = frozenset(name for name in MADE_BY_TOOLS if name.startswith((".", "__")))
"""Those that no glob enters unless it names them."""
READ_BY_COMMANDS = frozenset({
    "", ".py", ".sh", ".bash", ".r", ".jl", ".sql", ".mk", ".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".conf",
})  # fmt: skip
"""Endings of files that a command is likely to run or to be told by; what it writes mostly has others."""
ONLY_FIRST = frozenset({".ipynb", ".txt"})
"""Endings of files that a command is told by when they come first, and often writes when they do not."""
WRITES = re.compile(r"^-o$|out|report|result|metric|summar|log|save|write|dump|dest|export|history", re.IGNORECASE)
"""Options before the name of a file that a command writes."""
TABLES = ".parquet"
"""Folders that end so are tables of many files, as Spark writes them."""
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
OPERATORS = frozenset("();<>|&")


def is_environment(folder: Path) -> bool:
    """Tell whether a folder, whatever its name, is an environment of Python's (PEP 405) or of conda's."""
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()


def matching(project: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that any of the globs matches, sorted by name. Hidden files match only when named."""
    found: set[str] = set()
    for pattern in patterns:
        found.update(glob.glob(pattern, root_dir=project, recursive=True))  # noqa: PTH207  # `Path.glob` enters .venv
    return sorted(path for name in found if (path := project / name).is_file() and "__pycache__" not in path.parts)


def names_a_tool(pattern: str) -> bool:
    """Tell whether a glob may enter a folder that globs enter by its name only."""
    parts = Path(pattern).parts
    return any(fnmatchcase(name, part) for part in parts if part.startswith((".", "_")) for name in ENTERED_BY_NAME)


def tables(project: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that globs match, and those of the folders they match that are tables, sorted by name."""
    patterns = list(patterns)
    folders = {path for pattern in patterns for path in _tables_of_many(project, pattern)}
    inside = {file for folder in folders for file in folder.rglob(f"*{TABLES}") if file.is_file()}
    return sorted(inside.union(matching(project, patterns)))


def _tables_of_many(project: Path, pattern: str) -> Iterator[Path]:
    """Yield the folders that a glob matches and that are tables."""
    for name in glob.glob(pattern, root_dir=project, recursive=True):  # noqa: PTH207  # as in `matching`
        if name.rstrip("/").endswith(TABLES) and (project / name).is_dir():
            yield project / name


def code(config: "Config", project: Path) -> list[Path]:
    """Return the files that training depends on, besides its data and its environment, sorted by name.

    They are what `project.source` matches and what the words of `train.command` name, less what the globs that begin
    with `!` match. Below a folder that a tool made a file counts only where a glob names that folder. Data, and what
    the training is known to write, is no code: it would never be the same twice.

    Nothing is returned where `project.source` was set and matches nothing, whatever the command names.
    """
    default = type(config.project)().source
    without = [pattern[1:] for pattern in config.project.source if pattern.startswith("!")]
    named = [pattern for pattern in config.project.source if not pattern.startswith("!")]
    found = {path for pattern in named or _positive(default) for path in _written(project, pattern)}
    if not found and named and config.project.source != default:
        return []
    found |= _told(config.train.command, project)
    found -= {path for pattern in without for path in _written(project, pattern)}
    found -= set(matching(project, (*config.data.train, *config.data.evaluation)))
    outputs = _outputs(config, project)
    return sorted(path for path in found if outputs.isdisjoint((path, *path.parents)))


def written_below(folder: Path, without: Path) -> list[Path]:
    """Return every file below a folder that no tool made, sorted by name, and none below `without`."""
    return [path for path in sorted(_written(folder, "**")) if not path.is_relative_to(without)]


def _positive(patterns: Iterable[str]) -> list[str]:
    return [pattern for pattern in patterns if not pattern.startswith("!")]


def _outputs(config: "Config", project: Path) -> set[Path]:
    """Return the files, and the folder of a model, that training writes; a package may be called like a model."""
    names = (config.evaluate.metrics_file, config.evaluate.predictions, config.train.model)
    left = [project / name for name in names if name]
    return {path for path in left if path.is_file() or (path / "MLmodel").is_file()}


def _written(project: Path, pattern: str) -> Iterator[Path]:
    """Yield the files that a glob matches, without those of tools that it does not name.

    Only the part from the first `**` on is walked, so that a plain glob costs nothing; a link to a folder is followed,
    and no folder is entered twice.
    """
    parts = Path(pattern).parts
    unnamed = MADE_BY_TOOLS.difference(parts)
    plain = parts.index("**") if "**" in parts else len(parts)
    rest = parts[plain:]
    if not rest:
        starts = matching(project, [pattern])
    elif plain:
        above = f"{Path(*parts[:plain])}{os.sep}"  # only folders end with a slash
        starts = [project / name for name in glob.glob(above, root_dir=project)]  # noqa: PTH207  # as in `matching`
    else:
        starts = [project]
    for start in starts:
        below = Path(os.path.relpath(start, project)).parts if start != project else ()
        if unnamed.isdisjoint(below):
            yield from (
                (path for path, inside in _walk(start, unnamed, rest) if _fits(inside, rest)) if rest else [start]
            )


def _walk(start: Path, unnamed: frozenset[str], named: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield each file below a folder and its parts from there on.

    None below a folder that was seen before, or is `unnamed`; hidden ones and environments only where a part of a glob
    among the `named` ones means them.
    """
    entered = {os.path.realpath(start)}
    for folder, folders, names in os.walk(start, followlinks=True):
        inside = Path(folder).relative_to(start).parts
        kept = []
        for name in sorted(folders):
            path = Path(folder, name)
            real = os.path.realpath(path)
            seen = real in entered or name in unnamed or _hidden(name, named)
            if not seen and (name in named or not is_environment(path)):
                entered.add(real)
                kept.append(name)
        folders[:] = kept
        for name in names:
            if not _hidden(name, named) and (path := Path(folder, name)).is_file():
                yield path, (*inside, name)


def _hidden(name: str, named: tuple[str, ...]) -> bool:
    """Tell whether a name is hidden, and no part of a glob that begins with a dot means it."""
    return name.startswith(".") and not any(part.startswith(".") and fnmatchcase(name, part) for part in named)


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Tell whether a path fits a glob, part by part; `**` stands for any number of folders, at the end for any file."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return (len(pattern) == 1 and bool(parts)) or any(_fits(parts[at:], pattern[1:]) for at in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _told(command: str, project: Path) -> set[Path]:
    """Return the files of the project that a command runs or is told by: those its words name, and a Makefile of make.

    A file that output goes to is none of them, as far as that can be told. `cd` is followed.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return set()
    found: set[Path] = set()
    folder, simple, redirected = project, list[str](), False
    for word in (*words, ";"):
        if OPERATORS.issuperset(word):
            redirected = ">" in word
            if not redirected and "<" not in word:
                found |= _named(simple, folder)
                folder = folder / simple[1] if simple[:1] == ["cd"] and len(simple) > 1 else folder
                simple = []
        elif redirected:
            redirected = False
        else:
            simple.append(word)
    there = {Path(os.path.normpath(path)) for path in found}
    return {path for path in there if path.is_relative_to(project) and path.is_file()}


def _named(words: list[str], folder: Path) -> set[Path]:
    """Return the files that the words of one command may name, told from what it writes by the option before them."""
    if words[:1] == ["make"]:
        return {folder / name for name in MAKEFILES}
    if words[:1] == ["tee"]:
        return set()
    found: set[Path] = set()
    option, first = "", True
    for word in words:
        name, _, value = word.partition("=")
        if not value and word.startswith("-"):
            option = word
            continue
        option, path = (name, folder / value) if value else (option, folder / word)
        ending = path.suffix.lower()
        if not WRITES.search(option) and (
            ending in READ_BY_COMMANDS or (ending in ONLY_FIRST and first and not option)
        ):
            found.add(path)
            first = first and not path.is_file()
        option = ""
    return found
