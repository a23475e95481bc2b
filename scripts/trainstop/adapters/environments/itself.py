"""The project itself in its environment: made importable the way its own packaging says."""

import shutil
from contextlib import suppress
from pathlib import Path

from trainstop import files
from trainstop.adapters.environments.pyproject import package_key, read
from trainstop.adapters.environments.uv import Uv
from trainstop.errors import TrainstopError

INSTALLED = ".project"
TOOLS = ".build"
ABOUT = "install of the project"


def is_due(project: Path, environment: Path) -> bool:
    """Say whether the project is a package that is not installed yet, or was packaged otherwise then."""
    key, mark = package_key(project), environment / INSTALLED
    return bool(key) and not (mark.is_file() and mark.read_text(encoding="utf-8") == key)


def install(uv: Uv, project: Path, environment: Path) -> None:
    """Install the project, editable and without what it needs, and remember how it was packaged.

    Its build runs its own code, so the passwords of package indexes are withheld from it. Where its build tools come
    from an index that wants one, they are fetched first.

    Raises:
        InputError: it cannot be built as it says.
        UnavailableError: it cannot be built, with the installer's last lines.

    """
    python = environment / "bin" / "python"
    arguments = ("pip", "install", "--no-deps", "--python", python, "--editable", project)
    try:
        uv.run(*arguments, about=ABOUT, passwords=False)
    except TrainstopError:
        tools = environment / TOOLS
        needs = read(project / "pyproject.toml").get("build-system", {}).get("requires", ["setuptools"])
        installed = False
        with suppress(TrainstopError):
            uv.run("pip", "install", "--python", python, "--target", tools, "--", *needs, about="build tools")
            there = {"PYTHONPATH": str(tools.absolute())}
            uv.run(*arguments, "--no-build-isolation", about=ABOUT, environment=there, passwords=False)
            installed = True
        shutil.rmtree(tools, ignore_errors=True)
        # Why it did not work the ordinary way is what a person can do something about.
        if not installed:
            raise
    files.write_text(environment / INSTALLED, package_key(project))
