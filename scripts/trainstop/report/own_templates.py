"""Templates of the project's own, in place of ours: a file a block, under the same name.

They are as sandboxed as ours, and what they show passes the same escaping door. Their own words are the project's, so
nothing of theirs may look like one of our hidden lines, by which comments are found again.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from trainstop.errors import ConfigurationError

LARGEST = 100_000
"""Bytes of one template."""
OURS = "<!-- trainstop:"
SUFFIX = ".md.j2"
FIXED = {"received.md.j2"}
"""Says where a stranger's numbers come from; nobody may leave that out."""
KEY = "key `report.templates`"


def read(project: Path, folder: str, known: Path) -> Mapping[str, str]:
    """Return the project's own templates by name.

    Args:
        project: the project's folder.
        folder: seen from there; empty for none.
        known: folder of our own templates, whose names theirs must have.

    Raises:
        ConfigurationError: the folder is missing, lies elsewhere, or holds something that replaces nothing.

    """
    if not folder:
        return {}
    place = project / folder
    if not place.is_dir() or not place.resolve().is_relative_to(project.resolve()):
        raise ConfigurationError(
            f"there is no folder `{folder[:200]}` in the project", where=KEY, fix="name the folder with your templates"
        )
    names = sorted({path.name for path in known.glob(f"*{SUFFIX}")} - FIXED)
    return {path.name: _text(path, names) for path in sorted(place.iterdir())}


def without_our_lines(text: str) -> str:
    """Return a page in which nothing looks like a hidden line of ours, not even once such a line is taken out of it."""
    while OURS in text:
        text = text.replace(OURS, "<!-- ")
    return text


def _text(path: Path, names: list[str]) -> str:
    """Read one template that replaces one of ours."""
    if path.name not in names:
        near = get_close_matches(path.name, names, 1, 0.6)
        raise ConfigurationError(
            f"`{path.name[:200]}` replaces no template of trainstop's",
            where=str(path.parent),
            fix=f"did you mean `{near[0]}`?" if near else f"name it as one of ours: {', '.join(names)}",
        )
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        raise ConfigurationError(
            "a template is a file of at most 100 kB, and no link", where=str(path), fix="put the text itself there"
        )
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the template cannot be read: {error}"[:300], where=str(path), fix="write it as UTF-8 text"
        ) from error
