"""Python environments that are not ours: the project's and each model's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Interpreter:
    """A Python in an environment of its own."""

    python: Path
    digest: str
    """Digest of the lock and Python version it was made from; part of the fingerprint."""
    version: str
    """Python's version, like `3.11.7`."""
    source: str
    """The file it was made from, for people."""


class Environments(Protocol):
    """Finds or makes environments; one that exists for an unchanged lock is used again."""

    def project(self) -> Interpreter:
        """Return the project's environment.

        Raises:
            ConfigurationError: nothing says what the project needs.
            UnavailableError: it cannot be made, with the installer's last lines.

        """

    def model(self, lock: Path) -> Interpreter:
        """Return the environment of a model, made from its hashed requirements; says so when the Python patch differs.

        Raises:
            UnavailableError: it cannot be made, with the installer's last lines.

        """

    def lock(self, requirements: Path, interpreter: Interpreter, out: Path) -> None:
        """Write hashed requirements of everything `requirements` needs, at the versions `interpreter` has.

        Raises:
            UnavailableError: the installer found no such set.

        """

    def clean(self, lock: Path, folder: Path) -> Interpreter:
        """Make the environment of a model anew in `folder`, to show that it can be made."""
