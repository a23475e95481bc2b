"""Python environments that are not ours: the project's and each model's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Interpreter:
    """A Python in an environment of its own."""

    python: Path
    digest: str
    """Digest of the pinned requirements and the Python version (without the patch); part of the fingerprint."""
    version: str
    """Python's version, like `3.11.7`."""
    source: str
    """The file it was made from, for people."""
    note: str = ""
    """What a person should know about it: a Python patch that differs from the recorded one, say."""
    places: tuple[str, ...] = ()
    """Files and folders that say or hold what it needs, as seen from the project's folder; the project's only."""

    @property
    def path(self) -> tuple[Path, ...]:
        """Folders to put in front of PATH, so that `python` and installed programs mean this environment."""
        return (self.python.parent,)


class Environments(Protocol):
    """Finds or makes environments; one that exists for an unchanged lock is used again."""

    def project(self) -> Interpreter:
        """Return the project's environment.

        Raises:
            ConfigurationError: nothing says what the project needs, or that Python is not here.
            InputError: what it needs cannot be had together, or a file is not the one the lock names.
            UnavailableError: it cannot be made, with the installer's last lines.

        """

    def model(self, lock: Path) -> Interpreter:
        """Return the environment of a model, made from its hashed requirements; notes when the Python patch differs.

        Raises:
            InputError: the lock is missing, or a file is not the one it names.
            UnavailableError: it cannot be made, with the installer's last lines.

        """

    def lock(self, requirements: Path, interpreter: Interpreter, out: Path) -> None:
        """Write hashed requirements of everything `requirements` needs, at the versions `interpreter` has.

        Raises:
            InputError: there is no such set.
            UnavailableError: the installer could not ask.

        """

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        """Make the environment of a model anew in `folder`, to show that it can be made."""
