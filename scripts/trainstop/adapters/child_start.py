"""How a child is started: its environment, its program, the name of its log."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

from trainstop.adapters.environ import cleaned
from trainstop.errors import InputError
from trainstop.ports.processes import Command


def child_environment(environ: Mapping[str, str], command: Command) -> dict[str, str]:
    """Return all variables a child gets."""
    environment = cleaned(environ, command.secrets)
    # A program that crashes loses what it had not flushed, and says nowhere where it was, without these two.
    environment = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"} | environment | dict(command.environment)
    front = os.pathsep.join(str(folder) for folder in command.path)
    if front:
        environment["PATH"] = os.pathsep.join(part for part in (front, environment.get("PATH", os.defpath)) if part)
    if command.modules:
        known = environment.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = os.pathsep.join([*filter(None, [known]), *map(str, command.modules)])
    return environment


def log_name(name: str) -> str:
    """Return a name as a file may have it."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:100] or "child"


def find_program(command: Command, environment: Mapping[str, str]) -> str:
    """Return the program's path.

    Raises:
        InputError: there is no such program, or no such folder to run it in.

    """
    if not command.cwd.is_dir():
        raise InputError(
            f"the folder to run `{command.name}` in does not exist",
            where=str(command.cwd),
            fix="make it, or correct it",
        )
    name = command.argv[0] if command.argv else ""
    looked = str(command.cwd / name) if "/" in name else name
    found = shutil.which(looked, path=environment.get("PATH", os.defpath)) if name else None
    if found is None:
        raise InputError(
            f"`{command.name}` cannot be run: there is no program `{name}`",
            where=" ".join(command.argv) or "an empty command",
            fix="correct the command, install the program, or make the file executable",
        )
    return found


def start(command: Command, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own, with both streams in one pipe and nothing to read."""
    program = find_program(command, environment)
    try:
        return subprocess.Popen(
            (program, *command.argv[1:]),
            cwd=command.cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"`{command.name}` cannot be run: {error}",
            where=" ".join(command.argv)[:500],
            fix="see whether the program is made for this machine, and its first line names an interpreter that exists",
        ) from error
