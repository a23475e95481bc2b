"""A plain `pyproject.toml`: its dependencies with those for development and tests, pinned when first installed."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainstop import digests
from trainstop.adapters.environments.requirements import compile_requirements, sync
from trainstop.adapters.environments.uv import Uv
from trainstop.errors import InputError

FOR_TESTS = ("dev", "test", "tests")
"""Extras and dependency groups that are installed with the project: its tests run in the same environment."""


@dataclass(frozen=True)
class Pyproject:
    """A `pyproject.toml` without any lock beside it."""

    path: Path

    @property
    def says_anything(self) -> bool:
        """Whether it names packages at all."""
        return any(name in read(self.path) for name in ("project", "dependency-groups"))

    def key(self) -> str:
        """Digest of what it says about packages, whatever else changes in it."""
        tables = read(self.path)
        project = tables.get("project", {})
        said = {
            name: project.get(name)
            for name in ("dependencies", "optional-dependencies", "requires-python", "dynamic", "name")
        }
        uv = tables.get("tool", {}).get("uv")
        return digests.of_value([said, tables.get("dependency-groups"), uv, tables.get("build-system")])

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Find one version of each package."""
        compile_requirements(uv, python, out, self.path, *wanted(self.path))

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install what was pinned."""
        sync(uv, python, pinned)


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file, none if it is missing.

    Raises:
        InputError: it is not TOML.

    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"not TOML: {error}", where=str(path), fix="correct that line") from error


def wanted(path: Path) -> tuple[str, ...]:
    """Return options that ask for the extras and groups with what tests need."""
    tables = read(path)
    extras = tables.get("project", {}).get("optional-dependencies", {})
    groups = tables.get("dependency-groups", {})
    options = [("--extra", name) for name in FOR_TESTS if name in extras]
    options += [("--group", name) for name in FOR_TESTS if name in groups]
    return tuple(word for option in options for word in option)


def package_key(project: Path) -> str:
    """Return a digest of how the project itself is installed; empty when it is not a package."""
    tables = read(project / "pyproject.toml")
    named = "project" in tables or "poetry" in tables.get("tool", {})
    is_package = ("build-system" in tables and named) or (project / "setup.py").is_file()
    if not is_package or tables.get("tool", {}).get("uv", {}).get("package") is False:
        return ""
    files = (project / name for name in ("pyproject.toml", "setup.py", "setup.cfg"))
    return digests.of_value([digests.of_file(path) for path in files if path.is_file()])
