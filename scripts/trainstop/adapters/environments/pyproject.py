"""A plain `pyproject.toml`: its dependencies with those for development and tests, pinned when first installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainstop import digests
from trainstop.adapters.environments import local_packages
from trainstop.adapters.environments.requirements import compile_requirements, sync
from trainstop.adapters.environments.toml_files import read
from trainstop.adapters.environments.uv import Uv

FOR_TESTS = ("dev", "test", "tests")
"""Extras and dependency groups that are installed with the project: its tests run in the same environment."""

DECLARED = frozenset({"dependencies", "optional-dependencies"})
"""What packages a project needs; where it is dynamic, only its build can say."""


@dataclass(frozen=True)
class Pyproject:
    """A `pyproject.toml` without any lock beside it."""

    path: Path

    @property
    def says_anything(self) -> bool:
        """Whether it names packages at all."""
        return any(name in read(self.path) for name in ("project", "dependency-groups"))

    def files(self) -> list[Path]:
        """Return it alone."""
        return [self.path]

    def key(self) -> str:
        """Digest of what it says about packages, whatever else changes in it."""
        tables = read(self.path)
        project = tables.get("project", {})
        said = {
            name: project.get(name)
            for name in ("dependencies", "optional-dependencies", "requires-python", "dynamic", "name")
        }
        uv = tables.get("tool", {}).get("uv")
        known = [said, tables.get("dependency-groups"), uv, tables.get("build-system")]
        return digests.of_value([*known, told] if (told := told_by_build(self.path)) else known)

    def folders(self, project: Path) -> tuple[Path, ...]:
        """Return the local packages it needs, and those they need."""
        del project
        return local_packages.with_theirs(local_packages.in_pyproject(self.path))

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Find one version of each package."""
        # Of a project that says what it needs only the version may be for its build to say, and nobody asks for that.
        own = (self.path.parent,) if told_by_build(self.path) else ()
        compile_requirements(uv, python, out, self.path, *wanted(self.path), local=(*own, *self.folders(uv.cwd)))

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install what was pinned."""
        sync(uv, python, pinned)


def wanted(path: Path) -> tuple[str, ...]:
    """Return options that ask for the extras and groups with what tests need."""
    tables = read(path)
    extras = tables.get("project", {}).get("optional-dependencies", {})
    groups = tables.get("dependency-groups", {})
    options = [("--extra", name) for name in FOR_TESTS if name in extras]
    options += [("--group", name) for name in FOR_TESTS if name in groups]
    return tuple(word for option in options for word in option)


def told_by_build(path: Path) -> dict[str, str]:
    """Return digests of the files that a build reads to say what a package needs, where it is the build that says it.

    Raises:
        InputError: the `pyproject.toml` is not TOML.

    """
    tables = read(path)
    dynamic = tables.get("project", {}).get("dynamic", ())
    tool = tables.get("tool", {})
    if DECLARED.isdisjoint(dynamic) and "poetry" not in tool:
        return {}
    names = [path.name, "setup.py", "setup.cfg", *_files(tool.get("setuptools", {}).get("dynamic", {}))]
    return {name: digests.of_file(path.parent / name) for name in names if (path.parent / name).is_file()}


def _files(said: Any) -> list[str]:
    """Return every file that tables of `tool.setuptools.dynamic` name, however deep."""
    if not isinstance(said, dict):
        return []
    named = said.get("file", [])
    deeper = [name for each in said.values() for name in _files(each)]
    return ([named] if isinstance(named, str) else list(named) if isinstance(named, list) else []) + deeper


def package_key(project: Path) -> str:
    """Return a digest of how the project itself is installed; empty when it is not a package."""
    tables = read(project / "pyproject.toml")
    named = "project" in tables or "poetry" in tables.get("tool", {})
    is_package = ("build-system" in tables and named) or (project / "setup.py").is_file()
    if not is_package or tables.get("tool", {}).get("uv", {}).get("package") is False:
        return ""
    files = (project / name for name in ("pyproject.toml", "setup.py", "setup.cfg"))
    return digests.of_value([digests.of_file(path) for path in files if path.is_file()])
