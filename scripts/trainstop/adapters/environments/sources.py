"""What says which packages a project needs: one interface, and which of several files is taken."""

from pathlib import Path
from typing import Protocol

from trainstop.adapters.environments.pylock import Pylock
from trainstop.adapters.environments.pyproject import Pyproject
from trainstop.adapters.environments.requirements import RequirementsFile
from trainstop.adapters.environments.uv import Uv
from trainstop.adapters.environments.uv_lock import UvLock
from trainstop.errors import ConfigurationError

LOCKS_OF_OTHERS = ("poetry.lock", "pdm.lock", "Pipfile.lock")
OTHERS = (*LOCKS_OF_OTHERS, "environment.yml", "environment.yaml", "conda.yaml")


class Source(Protocol):
    """One kind of file that says what a project needs."""

    @property
    def path(self) -> Path:
        """The file."""

    def files(self) -> list[Path]:
        """Return it, and every file it includes."""

    def key(self) -> str:
        """Digest of all it says about packages; the same key needs the same environment."""

    def folders(self, project: Path) -> tuple[Path, ...]:
        """Return the local folders and files that packages come from; they change without `key` doing so."""

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Write what is to be installed to `out`, every package at one version, with hashes wherever there are any."""

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install it into the environment of `python`, and remove whatever else is there."""


def find_source(project: Path, lock: str) -> Source:
    """Return what says which packages a project needs.

    The file named by `project.lock` is taken, else the first there is of `uv.lock` (also of a workspace above),
    `pylock.toml`, `requirements.txt`, one other requirements file, `pyproject.toml`.

    Raises:
        ConfigurationError: there is none, or several with no telling which.

    """
    if lock:
        return _kind(project, project / lock)
    if (project / "pyproject.toml").is_file() and (found := _above(project, "uv.lock")):
        return UvLock(found, project)
    for name in ("pylock.toml", "requirements.txt"):
        if (project / name).is_file():
            return _kind(project, project / name)
    others = sorted([*project.glob("requirements*.txt"), *project.glob("requirements/*.txt")])
    if len(others) == 1:
        return RequirementsFile(others[0])
    if others:
        names = ", ".join(path.relative_to(project).as_posix() for path in others)
        raise ConfigurationError(
            f"there are several requirements files, and no telling which is the project's: {names}",
            where="project.lock",
            fix="name the one that holds everything training and tests need",
        )
    if (project / "pyproject.toml").is_file() and (source := Pyproject(project / "pyproject.toml")).says_anything:
        _refuse_unread(project)
        return source
    raise ConfigurationError(
        "nothing says which packages the project needs",
        where=str(project),
        fix=_advice(project) + "add a requirements.txt or uv.lock, or name the file by `project.lock`",
    )


def _refuse_unread(project: Path) -> None:
    """Refuse a lock that cannot be read beside a `pyproject.toml`: other versions would be installed than it names."""
    for name in LOCKS_OF_OTHERS:
        if (project / name).is_file():
            raise ConfigurationError(
                f"`{name}` says which versions the project needs, and cannot be installed from",
                where=str(project / name),
                fix=_advice(project) + "or set `project.lock` to `pyproject.toml` to take the versions of today",
            )


def _kind(project: Path, path: Path) -> Source:
    """Return the kind of a file by its name."""
    if not path.is_file():
        raise ConfigurationError(
            "the file that names the project's packages does not exist",
            where=f"project.lock = {path}",
            fix="correct the path; it is relative to the configuration file",
        )
    if path.name == "uv.lock":
        return UvLock(path, path.parent if path.parent != project else project)
    if path.name.startswith("pylock.") and path.suffix == ".toml":
        return Pylock(path)
    if path.name == "pyproject.toml":
        return Pyproject(path)
    if path.name in OTHERS:
        raise ConfigurationError(
            f"`{path.name}` cannot be installed from", where=f"project.lock = {path}", fix=_advice(path.parent)
        )
    return RequirementsFile(path)


def _above(project: Path, name: str) -> Path | None:
    """Return the file of this name in the project's folder or the nearest above, up to the repository's root."""
    for folder in (project.resolve(), *project.resolve().parents):
        if (folder / name).is_file():
            return folder / name
        if (folder / ".git").exists():
            return None
    return None


def _advice(project: Path) -> str:
    found = [name for name in OTHERS if (project / name).is_file()]
    return (
        f"write the packages of {', '.join(found)} as hashed requirements (`poetry export`, `pip freeze`, ...): "
        * bool(found)
    )
