"""Asking uv. Owns its flags, where it is found, and what its failures mean."""

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from trainstop.errors import ConfigurationError, InputError, MissingExtraError, TrainstopError, UnavailableError
from trainstop.ports.processes import Command, Outcome, Processes

TIMEOUT = 1800.0
PLAIN = ("--no-progress", "--color", "never")
PASSWORDS = ("UV_*", "NETRC")
"""Where packages come from is the user's business; only uv is told the passwords for it."""
COMPILE = ("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate")
NETWORK = re.compile(
    r"failed to fetch|error sending request|dns error|tcp connect error|connection (refused|reset)|"
    r"operation timed out|network (is )?unreachable|\b(5\d\d|429) [A-Z]",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\b(401|403) (Unauthorized|Forbidden)|credentials", re.IGNORECASE)
WRONG = re.compile(
    r"hash mismatch|--require-hashes|no solution found|couldn't parse|failed to parse|invalid (requirement|version)|"
    r"not found at|does not satisfy|unsatisfiable|no such file",
    re.IGNORECASE,
)
NO_PYTHON = re.compile(r"no interpreter found|no download found", re.IGNORECASE)


def find_uv(explicit: Path | None, *, beside: Path = Path(sys.executable).parent, path: str | None = None) -> Path:
    """Return uv's path: the one given, else the one in our own environment (`beside`), else the one on `path`.

    Raises:
        MissingExtraError: there is none.

    """
    for candidate in (explicit, beside / "uv", shutil.which("uv", path=path)):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    raise MissingExtraError(
        "environments are made with uv, which is not installed",
        where=str(explicit or beside),
        fix="install trainstop with the extra `environments`",
    )


class Uv:
    """uv in one project's folder."""

    def __init__(self, program: Path, processes: Processes, cwd: Path) -> None:
        """Run `program` by `processes` in `cwd`, so that the project's own settings of uv hold."""
        self._program = program
        self._processes = processes
        self._cwd = cwd

    @property
    def cwd(self) -> Path:
        """The folder it runs in, which relative paths of requirements start from."""
        return self._cwd

    def run(
        self,
        *arguments: str | Path,
        about: str,
        environment: Mapping[str, str] | None = None,
        passwords: bool = True,
    ) -> Outcome:
        """Run uv; without a network, once more with what its cache holds.

        Args:
            arguments: subcommand and options.
            about: what it is for, in a few words.
            environment: variables to set.
            passwords: whether uv is told those of the package indexes; not when it runs the project's code.

        Raises:
            ConfigurationError: the Python asked for is not here.
            InputError: what is asked for cannot be.
            UnavailableError: anything else, with uv's last lines.

        """
        command = Command(
            argv=(str(self._program), *(str(argument) for argument in arguments), *PLAIN),
            cwd=self._cwd,
            name=f"uv {about}",
            environment=environment or {},
            secrets=PASSWORDS if passwords else (),
            timeout=TIMEOUT,
        )
        outcome = self._processes.run(command)
        if not outcome.ok and NETWORK.search(outcome.tail) and not REFUSED.search(outcome.tail):
            again = self._processes.run(replace(command, argv=(*command.argv, "--offline")))
            if again.ok:
                return again
        if not outcome.ok:
            raise failure(outcome, about)
        return outcome


def reinstall(names: Iterable[str]) -> tuple[str, ...]:
    """Return options that build these packages anew: uv's cache knows a folder by a few of its files only."""
    return tuple(word for name in names for word in ("--reinstall-package", name))


def failure(outcome: Outcome, about: str) -> TrainstopError:
    """Return the error that says why uv failed."""
    tail, where = outcome.tail, f"{outcome.log}, which ends:\n{outcome.tail}"
    if NO_PYTHON.search(tail):
        return ConfigurationError(
            f"{about}: the Python it needs is not on this machine",
            where=where,
            fix="install that Python, or set `project.python` to one that is here",
        )
    if NETWORK.search(tail) or REFUSED.search(tail) or not outcome.exit_code:
        return UnavailableError(
            f"{about}: packages could not be fetched ({outcome.ending})",
            where=where,
            fix="see whether the package index answers; uv reads UV_DEFAULT_INDEX and UV_INDEX, not PIP_INDEX_URL",
        )
    if WRONG.search(tail):
        return InputError(f"{about}: it cannot be made from what is asked for", where=where, fix="correct that file")
    return UnavailableError(f"{about}: the installer failed ({outcome.ending})", where=where, fix="see its last lines")
