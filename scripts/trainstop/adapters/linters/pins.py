"""Which package versions a project's lock names, without installing or asking anybody."""

import re
from dataclasses import dataclass
from pathlib import Path

from trainstop.adapters.environments.requirements import RequirementsFile, included
from trainstop.adapters.environments.sources import find_source
from trainstop.adapters.environments.toml_files import read
from trainstop.errors import ConfigurationError

PIN = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*===?\s*([^\s;\\#,*]+)\s*(;[^\\#]*)?(\\|#.*)?$")
REQUIREMENT = re.compile(r"^\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*([\[<>=~!;@(]|$|#)")
TABLES = ("package", "packages")
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")


@dataclass(frozen=True)
class Pin:
    """One package at one version, and where it says so."""

    name: str
    version: str
    path: Path
    line: int | None


def find_pins(project: Path, lock: str) -> tuple[list[Pin], str]:
    """Return what the project's lock pins, and why it is not everything (empty when it is)."""
    path = _lock_file(project, lock)
    if path is None:
        return [], "nothing says which packages the project needs"
    if path.suffix == ".lock" or path.name.startswith("pylock."):
        pins = _locked(path)
        return pins, "" if pins else f"{path.name} names no package"
    if path.name == "pyproject.toml":
        return [], "pyproject.toml does not pin versions; add a lock (uv.lock or hashed requirements)"
    return _required(path)


def _lock_file(project: Path, lock: str) -> Path | None:
    if not lock:
        for name in LOCKS:
            if (project / name).is_file():
                return project / name
    elif (project / lock).name in LOCKS and (project / lock).is_file():
        return project / lock
    try:
        return find_source(project, lock).path
    except ConfigurationError:
        return None


def _required(path: Path) -> tuple[list[Pin], str]:
    """Read requirements files."""
    pins: list[Pin] = []
    loose: list[str] = []
    for file in included(RequirementsFile(path).path):
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
            if match := PIN.match(line):
                pins.append(Pin(match[1], match[3], file, number))
            elif REQUIREMENT.match(line):
                loose.append(line.split()[0])
    if loose:
        return (
            pins,
            f"{len(loose)} of {len(loose) + len(pins)} requirements are not pinned ({', '.join(loose[:3])}, ...)",
        )
    return pins, "" if pins else f"{path.name} names no package"


def _locked(path: Path) -> list[Pin]:
    """Read a lock written as TOML, whichever tool wrote it; packages of the project itself have no version or index."""
    tables = read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    pins = []
    for package in (package for table in TABLES for package in tables.get(table, [])):
        source = package.get("source", {})
        local = isinstance(source, dict) and {"editable", "virtual", "directory", "path"}.intersection(source)
        if "version" in package and not local:
            wanted = f'name = "{package["name"]}"'
            line = next((number for number, text in enumerate(lines, start=1) if text.strip() == wanted), None)
            pins.append(Pin(package["name"], package["version"], path, line))
    return pins
