"""What a training depends on besides the files of the project's folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from trainstop.config import Config
from trainstop.ports.environments import Interpreter
from trainstop.project_files import ENTERED_BY_NAME, names_a_tool


def elsewhere(config: Config, project: Path, interpreter: Interpreter, read: Iterable[str]) -> tuple[str, ...]:
    """Return what looking at the project's folder does not show, as it is named or as seen from the folder; sorted.

    Args:
        config: its globs of code and data may lead out of the folder, or into that of a tool.
        project: the folder.
        interpreter: the project's environment, which may hold packages of other folders.
        read: absolute paths of the files that the fingerprint was made from; all that lie outside are a glob's.

    """
    evaluate = config.evaluate
    written = (evaluate.metrics_file, evaluate.predictions)  # which a restored training puts back
    patterns = (*config.project.source, *config.data.train, *config.data.evaluation, *written)
    named = {pattern for pattern in (each.removeprefix("!") for each in patterns) if _leaves(Path(pattern))}
    places = {place for place in interpreter.places if _leaves(Path(place))}
    folders = {_tools_folder(Path(os.path.relpath(path, project))) for path in read}
    return tuple(sorted((named | places | folders) - {""}))


def _tools_folder(path: Path) -> str:
    """Return the folder of a tool that a file lies in; empty when it lies in none."""
    parts = path.parts
    inside = [at for at, part in enumerate(parts[:-1]) if part in ENTERED_BY_NAME]
    return str(Path(*parts[: inside[0] + 1])) if inside else ""


def _leaves(path: Path) -> bool:
    """Tell whether a path or glob may lead out of the folder it starts from, or into one that a tool made."""
    parts = path.parts
    named = names_a_tool(str(path)) or not ENTERED_BY_NAME.isdisjoint(parts[:-1])
    return named or path.is_absolute() or os.pardir in parts
