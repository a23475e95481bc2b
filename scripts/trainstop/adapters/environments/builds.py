"""Installs that run the builds of local packages, which are code of the project's: no password reaches them."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from trainstop.adapters.environments import local_packages
from trainstop.adapters.environments.toml_files import read
from trainstop.adapters.environments.uv import Uv
from trainstop.errors import TrainstopError

TOOLS = ".build"
ABOUT = "install of local packages"


def install(
    uv: Uv,
    environment: Path,
    packages: Iterable[Path],
    *arguments: str | Path,
    about: str = ABOUT,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Run an install by uv that builds local packages, without the passwords of package indexes.

    Where their build tools come from an index that wants one, those are fetched first.

    Args:
        uv: runs it.
        environment: folder of the environment that is installed into.
        packages: what may be built.
        arguments: uv's subcommand and options.
        about: what it is for, in a few words.
        settings: variables to set.

    Raises:
        InputError: one cannot be built as it says.
        UnavailableError: one cannot be built, with the installer's last lines.

    """
    try:
        uv.run(*arguments, about=about, environment=settings, passwords=False)
    except TrainstopError:
        # Why it did not work the ordinary way is what a person can do something about.
        if not _with_tools(uv, environment, build_tools(packages), *arguments, about=about, settings=settings or {}):
            raise


def build_tools(packages: Iterable[Path]) -> tuple[str, ...]:
    """Return what the builds of local packages say they need; nothing where one of it would have to be built here.

    Raises:
        InputError: the `pyproject.toml` of one is not TOML.

    """
    systems = (read(each / "pyproject.toml").get("build-system", {}) if each.is_dir() else {} for each in packages)
    needs = dict.fromkeys(need for system in systems for need in system.get("requires", ["setuptools"]))
    return () if any(local_packages.place(need, Path()) for need in needs) else tuple(needs)


def _with_tools(
    uv: Uv, environment: Path, needs: tuple[str, ...], *arguments: str | Path, about: str, settings: Mapping[str, str]
) -> bool:
    """Fetch build tools with passwords, run the install with them and without passwords, and say whether it worked."""
    tools = environment / TOOLS
    with suppress(TrainstopError):
        if not needs:
            return False
        python = environment / "bin" / "python"
        uv.run("pip", "install", "--python", python, "--target", tools, "--", *needs, about="build tools")
        there = {**settings, "PYTHONPATH": str(tools.absolute())}
        uv.run(*arguments, "--no-build-isolation", about=about, environment=there, passwords=False)
        shutil.rmtree(tools, ignore_errors=True)
        return True
    shutil.rmtree(tools, ignore_errors=True)
    return False
