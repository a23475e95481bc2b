"""A command line of the configuration, as something to run in the project's environment."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from trainstop.errors import ConfigurationError
from trainstop.ports.environments import Interpreter
from trainstop.ports.processes import Command

SHELL = ("bash", "-e", "-o", "pipefail", "-c")
OPERATORS = frozenset("();<>|&")
PYTHONS = ("python", "python3")


def words_of(text: str, key: str) -> tuple[str, ...]:
    """Split a command line; one that needs a shell (`&&`, `|`, `>`, `$NAME`) becomes a call of bash.

    Args:
        text: the command line.
        key: the key of the configuration that holds it.

    Raises:
        ConfigurationError: it is empty, or a quote is not closed.

    """
    try:
        words = tuple(shlex.split(text))
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        needs_shell = any(OPERATORS.issuperset(word) or "$" in word or "`" in word for word in lexer if word)
    except ValueError as error:
        raise ConfigurationError(f"a command cannot be read: {error}", where=key, fix="close its quotes") from error
    if not words:
        raise ConfigurationError("a command is empty", where=key, fix="say what to run")
    return (*SHELL, text) if needs_shell else words


def project_command(
    words: tuple[str, ...],
    interpreter: Interpreter,
    *,
    cwd: Path,
    name: str,
    environment: Mapping[str, str] | None = None,
    secrets: tuple[str, ...] = (),
    timeout: float | None = None,
    modules: tuple[Path, ...] = (),
) -> Command:
    """Return a command in the project's environment: `python`, and whatever is installed there, mean that one."""
    first, *others = words
    return Command(
        argv=(str(interpreter.python) if first in PYTHONS else first, *others),
        cwd=cwd,
        name=name,
        environment={"VIRTUAL_ENV": str(interpreter.python.parent.parent), **(environment or {})},
        path=interpreter.path,
        secrets=secrets,
        timeout=timeout,
        modules=modules,
    )
