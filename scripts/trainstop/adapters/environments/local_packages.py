"""Packages that a project takes from a folder or file of its own disk: which they are, and what state they are in.

No version says when one of them changed, and their builds run code of the project's. Both need to know them.
"""

import os
import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from trainstop import digests
from trainstop.adapters.environments.toml_files import read
from trainstop.project_files import written_below

EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]*")
NAMED = re.compile(r"^[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*")
BEHIND = re.compile(r"\s+--.*$|\s+;.*$|;\s.*$|(?<=.)\[[^\]/]*\]\s*$")
"""What may stand behind a place: options, a marker, extras."""
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
ARCHIVE = re.compile(r"\.(whl|zip|tar|tgz|tbz|txz|tar\.\w+)$", re.IGNORECASE)
IN_A_LOCK = ("editable", "directory", "virtual", "path")
READ_BEFORE_A_BUILD = frozenset({"version", "dependencies", "optional-dependencies", "requires-python"})
LEFT_BY_BUILDS = re.compile(
    r"^(build|dist|target|htmlcov|_skbuild)/|(^|/)[^/]+\.egg-info/|(^|/)(_version\.py|coverage\.xml)$"
    r"|\.(so|pyd|dll|dylib|o|log)$"
)
"""Files that builds, tests and runs of a package write beside it: they would be new after its own install."""
LARGE_BYTES = 1_000_000
"""A larger file is data, and counts by its size: reading all of a repository's would take longer than it is worth."""


def place(line: str, root: Path) -> Path | None:
    """Return the folder or file that a requirement takes its package from; None when it comes from elsewhere.

    Args:
        line: a line of a requirements file, or a requirement of a `pyproject.toml`.
        root: the folder that relative paths start from.

    """
    line = line.replace("{root:uri}", root.as_uri() if root.is_absolute() else str(root))
    line = line.replace("${PROJECT_ROOT}", str(root)).strip()
    said = NAMED.sub("", EDITABLE.sub("", line))
    explicit = said != line
    previous = ""
    while previous != said:
        previous, said = said, BEHIND.sub("", said).strip()
    if SCHEME.match(said):
        if not said.lower().startswith("file:"):
            return None
        said = unquote(urlsplit(said).path)
    elif not _is_path(said, explicit=explicit):
        return None
    return _real(root / said.partition("#")[0])


def _is_path(said: str, *, explicit: bool) -> bool:
    """Say whether words of a requirement are a path; where a variable leads is the installer's to say."""
    if said.startswith("-") or "${" in said:
        return False
    return explicit or "/" in said or said.startswith(".") or bool(ARCHIVE.search(said))


def in_requirements(lines: Iterable[str], root: Path) -> tuple[Path, ...]:
    """Return the local packages among the lines of requirements, each once, in their order.

    Args:
        lines: logical lines, without comments.
        root: the folder that relative paths start from; uv takes the one it runs in, whichever file says them.

    """
    return tuple(dict.fromkeys(found for line in lines if (found := place(line, root))))


def in_pyproject(path: Path) -> tuple[Path, ...]:
    """Return the local packages that a `pyproject.toml` names, whichever extra or group wants them.

    Raises:
        InputError: it is not TOML.

    """
    tables, folder = read(path), path.parent
    project, tool = tables.get("project", {}), tables.get("tool", {})
    wishes = [project.get("dependencies", [])]
    wishes += _table(project.get("optional-dependencies")).values()
    wishes += _table(tables.get("dependency-groups")).values()
    lines = (line for wish in wishes for line in wish if isinstance(line, str))
    found = [*in_requirements(lines, folder)]
    for name, said in _sources(tool):
        if isinstance(said.get("path"), str):
            found.append(_real(folder / said["path"]))
        elif said.get("workspace") and (member := _member(folder, name)):
            found.append(member)
    return tuple(dict.fromkeys(found))


def in_uv_lock(lock: Path, project: Path) -> dict[str, Path]:
    """Return the local packages, by name, that a project's own package leads to in a `uv.lock`, without itself.

    All of them are returned where the project is no package of the lock: the root of a workspace may be none, and
    then all members are installed.

    Raises:
        InputError: the lock is not TOML.

    """
    packages = read(lock).get("package", [])
    places = [(each, _place_in_lock(each, lock.parent)) for each in packages]
    own = [each for each, found in places if found == _real(project)]
    names = _reached(own, packages) if own else {each["name"] for each in packages}
    return {each["name"]: found for each, found in places if found and each["name"] in names and each not in own}


def in_pylock(path: Path) -> dict[str, Path]:
    """Return the local packages of a `pylock.toml` by name.

    Raises:
        InputError: it is not TOML.

    """
    packages = read(path).get("packages", [])
    return {each.get("name", ""): _real(path.parent / said) for each in packages if (said := pylock_place(each))}


def pylock_place(package: dict[str, Any]) -> str:
    """Return where a package of a `pylock.toml` lies on the disk; empty when it comes from elsewhere."""
    kinds = (package.get(kind, {}) for kind in ("directory", "archive", "sdist"))
    wheels = package.get("wheels", [])
    return next((said["path"] for said in (*kinds, *wheels) if "path" in said), "")


def with_theirs(packages: Iterable[Path]) -> tuple[Path, ...]:
    """Return local packages and those that they need themselves, each once.

    Raises:
        InputError: the `pyproject.toml` of one is not TOML.

    """
    found: list[Path] = []
    waiting = list(packages)
    while waiting:
        current = waiting.pop(0)
        if current not in found:
            found.append(current)
            waiting += in_pyproject(current / "pyproject.toml") if current.is_dir() else ()
    return tuple(found)


def state(packages: Iterable[Path], project: Path) -> dict[str, str]:
    """Return a digest of each local package's content by its place as seen from the project, without the project."""
    own = _real(project)
    others = sorted({_real(each) for each in packages} - {own})
    return {Path(os.path.relpath(each, own)).as_posix(): _content(each, own) for each in others}


def name_of(package: Path) -> str:
    """Return the name that the `pyproject.toml` of a folder says, as indexes write it; empty when it says none.

    Raises:
        InputError: it is not TOML.

    """
    said = read(package / "pyproject.toml").get("project", {}).get("name", "") if package.is_dir() else ""
    return _normal(str(said))


def is_static(package: Path) -> bool:
    """Say whether uv can read what a local package needs; it runs the build of any other to be told.

    Raises:
        InputError: its `pyproject.toml` is not TOML.

    """
    if not package.is_dir():
        return package.suffix == ".whl"
    tables = read(package / "pyproject.toml")
    project = tables.get("project", {})
    by_poetry = "poetry" in tables.get("tool", {}) and "dependencies" not in project
    wishes = [project.get("dependencies", []), *_table(project.get("optional-dependencies")).values()]
    # Hatch fills in braces; uv builds what it cannot read.
    says = {"name", "version"}.issubset(project) and not any("{" in need for wish in wishes for need in wish)
    return says and not by_poetry and READ_BEFORE_A_BUILD.isdisjoint(project.get("dynamic", ()))


def _content(package: Path, project: Path) -> str:
    if package.is_file():
        return digests.of_file(package)
    # A package below the project is no part of it here: only what was packaged counts, and that is all of its folder.
    without = package / ".trainstop" if package.is_relative_to(project) else project
    return digests.of_mapping(
        {
            name: _of_file(path)
            for path in written_below(package, without=without)
            if not LEFT_BY_BUILDS.search(name := path.relative_to(package).as_posix())
        }
    )


def _of_file(path: Path) -> str:
    size = path.stat().st_size
    return digests.of_file(path) if size <= LARGE_BYTES else f"{size} bytes"


def _sources(tool: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what uv's and poetry's tables say about where each package comes from."""
    poetry = _table(tool.get("poetry"))
    tables = [_table(tool.get("uv")).get("sources"), poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [_table(group).get("dependencies") for group in _table(poetry.get("group")).values()]
    for table in tables:
        for name, said in _table(table).items():
            yield from ((name, each) for each in (said if isinstance(said, list) else [said]) if isinstance(each, dict))


def _member(folder: Path, name: str) -> Path | None:
    """Return the member of this name of the uv workspace that a folder belongs to."""
    for root in (folder, *folder.resolve().parents):
        workspace = _table(_table(read(root / "pyproject.toml").get("tool")).get("uv")).get("workspace")
        if workspace is not None:
            patterns = [each for each in _table(workspace).get("members", ()) if isinstance(each, str)]
            members = (root / found for each in patterns for found in sorted(glob(each, root_dir=root)))  # noqa: PTH207
            return next((_real(each) for each in members if name_of(each) == _normal(name)), None)
        if (root / ".git").exists():
            return None
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _place_in_lock(package: dict[str, Any], root: Path) -> Path | None:
    source = package.get("source", {})
    return next((_real(root / source[kind]) for kind in IN_A_LOCK if kind in source), None)


def _reached(start: list[dict[str, Any]], packages: list[dict[str, Any]]) -> set[str]:
    """Return the names that packages of a `uv.lock` lead to; groups of others than the first are never installed."""
    waiting = [name for each in start for name in (*_needs(each), *_listed(each.get("dev-dependencies", {})))]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [need for each in packages if each["name"] == name for need in _needs(each)]
    return found


def _needs(package: dict[str, Any]) -> list[str]:
    needs = [each["name"] for each in package.get("dependencies", [])]
    return needs + _listed(package.get("optional-dependencies", {}))


def _listed(table: dict[str, list[dict[str, Any]]]) -> list[str]:
    return [each["name"] for wish in table.values() for each in wish]


def _table(said: Any) -> dict[str, Any]:
    """Return a table; none for what should be one and is not, which uv says better."""
    return said if isinstance(said, dict) else {}


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
