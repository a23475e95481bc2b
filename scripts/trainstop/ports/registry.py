"""Versions, aliases and the ledger: the registry as trainstop uses it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from trainstop.bundles import Bundle


class Alias(StrEnum):
    """The four pointers we move."""

    CANDIDATE = "candidate"
    STAGING = "staging"
    CHAMPION = "champion"
    PREVIOUS = "previous"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One registered version of a model."""

    name: str
    number: int
    key: str
    """Digest of (repository, model name, code, data, config, environments); one complete version a key."""
    complete: bool
    """Whether everything was uploaded and read back, and no lower version has the same key. Only complete versions
    are ever deployed or given an alias."""
    duplicate_of: int | None = None
    """The lower complete version with the same key."""
    manifest: str = ""
    """Digest of the bundle's manifest."""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    created_at: datetime

    @property
    def unusable(self) -> str:
        """Why it is not complete, in words; empty when it is. Anybody may put a version into MLflow, or tag one."""
        if self.complete:
            return ""
        if self.duplicate_of is not None:
            return f"version {self.number} is a twin of version {self.duplicate_of}"
        return f"version {self.number} was not registered by trainstop"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One thing that was done to an environment; entries are only ever added. `key` makes writing twice harmless."""

    key: str
    action: str
    """`deploy`, `promote`, `rollback`, `reconcile`, ..."""
    environment: str
    version: int
    previous: int | None
    outcome: str
    """`begun` (a rollback, before traffic moves), `done`, `stopped` (a gate or analysis said no), `undone`."""
    reason: str
    actor: str
    at: datetime
    approved_by: str = ""
    """Who approved it, in words; empty where nobody is asked."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Who is busy with an environment, and until when that counts."""

    owner: str
    until: datetime


def settled(versions: Iterable[Version]) -> list[Version]:
    """Return versions, lowest number first, with the one rule about twins applied: of a key, the lowest complete wins.

    A version is complete from the moment it exists, and numbers only grow. So who wins a key is decided once and for
    all, whatever happens to the process that made the others and has not marked them yet.
    """
    winners: dict[str, int] = {}
    result = []
    for version in sorted(versions, key=lambda version: version.number):
        winner = winners.setdefault(version.key, version.number) if version.complete and version.key else None
        lost = winner is not None and winner != version.number
        result.append(replace(version, complete=False, duplicate_of=winner) if lost else version)
    return result


def winner(versions: Iterable[Version], key: str) -> Version | None:
    """Return the one complete version of a key, or None."""
    return next((version for version in settled(versions) if version.complete and version.key == key), None)


class Registry(Protocol):
    """The registry. Every call ends within the configured time; none is retried blindly.

    Raises (all methods): UnavailableError when the server does not answer or refuses.
    """

    @property
    def uri(self) -> str:
        """Address for people, without credentials."""

    def versions(self, name: str) -> list[Version]:
        """Return all versions of a model, lowest number first; empty when there is no such model."""

    def version(self, name: str, selector: str) -> Version:
        """Return a version by number or alias.

        Raises:
            InputError: there is none.

        """

    def alias(self, name: str, alias: str) -> Version | None:
        """Return the version an alias points to, or None."""

    def publish(
        self, name: str, key: str, bundle: Bundle, tags: Mapping[str, str], *, description: str = ""
    ) -> Version:
        """Return the one complete version for `key`, made now if there is none.

        Entered twice, by two at once, or after a kill in the middle, it still ends with one complete version. Files
        that the registry's store lost of it are put back where the bundle has the same bytes.

        Raises:
            InputError: what was read back is not what was sent, or the version that is there lost files that are not in
                this bundle, or was changed.

        """

    def tag_version(self, name: str, number: int, tag: str, value: str) -> None:
        """Set a tag of a version, over what it said before."""

    def move_alias(self, name: str, alias: str, *, to: int | None, expected: int | None) -> None:
        """Point an alias to version `to` (or to nothing), if it still points to `expected`, and read it back.

        An alias that points to `to` already is left alone, so that a move can be entered twice.

        Raises:
            ConflictError: it points elsewhere meanwhile.
            InputError: `to` is not a complete version.

        """

    def download(self, version: Version, folder: Path, *, parts: Sequence[str] = ()) -> Bundle:
        """Return a verified copy of a version's bundle in `folder`; one that is there and intact is not fetched again.

        Args:
            version: what to fetch.
            folder: where it goes; whatever is there gives way.
            parts: names at the top of the bundle (`model`, `records`, ...); all when empty. A partial copy is compared
                with the manifest file by file, and fetched anew each time.

        Raises:
            InputError: the version is not complete, or its files are not what its manifest says.

        """

    def write_entry(self, name: str, entry: LedgerEntry) -> None:
        """Add an entry to the ledger, once per key."""

    def entries(self, name: str) -> list[LedgerEntry]:
        """Return the ledger, oldest first."""

    def lease(self, name: str, environment: str) -> Lease | None:
        """Return who is busy with an environment, or was: whether it still counts is for the reader to say."""

    def swap_lease(
        self, name: str, environment: str, to: Lease | None, allowed: Callable[[Lease | None], bool]
    ) -> Lease | None:
        """Replace an environment's lease (or remove it) if `allowed` says so of the one that is there.

        Nobody else changes it between the question and the change. Returns what is there afterwards.

        Raises:
            ConflictError: others kept it locked for too long.

        """

    def tidy(self, name: str) -> list[str]:
        """End what interrupted publishing left behind, and say in words what was ended."""
