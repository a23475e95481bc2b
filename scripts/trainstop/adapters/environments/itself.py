"""The project itself in its environment: made importable the way its own packaging says."""

from pathlib import Path

from trainstop import files
from trainstop.adapters.environments import builds
from trainstop.adapters.environments.pyproject import package_key
from trainstop.adapters.environments.uv import Uv

INSTALLED = ".project"
ABOUT = "install of the project"


def is_due(project: Path, environment: Path) -> bool:
    """Say whether the project is a package that is not installed yet, or was packaged otherwise then."""
    key, mark = package_key(project), environment / INSTALLED
    return bool(key) and not (mark.is_file() and mark.read_text(encoding="utf-8") == key)


def install(uv: Uv, project: Path, environment: Path) -> None:
    """Install the project, editable and without what it needs, and remember how it was packaged.

    Its build runs its own code, so the passwords of package indexes are withheld from it.

    Raises:
        InputError: it cannot be built as it says.
        UnavailableError: it cannot be built, with the installer's last lines.

    """
    python = environment / "bin" / "python"
    arguments = ("pip", "install", "--no-deps", "--python", python, "--editable", project)
    builds.install(uv, environment, [project], *arguments, about=ABOUT)
    files.write_text(environment / INSTALLED, package_key(project))
