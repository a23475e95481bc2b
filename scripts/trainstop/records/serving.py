"""What entries of a ledger say of who serves where. Pure, and the same for the registry's entries and a record's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

MOVES_TRAFFIC = ("deploy", "rollback", "reconcile", "promote")


class Entry(Protocol):
    """One thing that was done to an environment."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def action(self) -> str:
        """`deploy`, `promote`, `rollback`, `reconcile`, ..."""

    @property
    def environment(self) -> str:
        """Where."""

    @property
    def version(self) -> int:
        """The version that it was about; of a rollback, the one that was gone back to."""

    @property
    def outcome(self) -> str:
        """What became of it."""


E = TypeVar("E", bound=Entry)


def promoted_environment(entries: Iterable[Entry]) -> str:
    """Return the environment whose version is the champion: the one that was promoted from last; empty if none was."""
    promoted = [entry.environment for entry in entries if entry.action == "promote"]
    return promoted[-1] if promoted else ""


def moved(entries: Iterable[E], environment: str) -> list[E]:
    """Return the entries by which an environment came to serve what it serves, in their order."""
    return [
        entry
        for entry in entries
        if entry.environment == environment and entry.action in MOVES_TRAFFIC and entry.outcome == "done"
    ]


def known_serving(entries: Sequence[Entry], environment: str) -> int | None:
    """Return the version that the ledger believes an environment serves."""
    found = moved(entries, environment)
    return found[-1].version if found else None
