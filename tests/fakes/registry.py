"""A registry in memory, with its bundles in a folder. Fulfils `trainstop.ports.registry.Registry`."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from trainstop.bundles import Bundle
from trainstop.errors import ConflictError, InputError, UnavailableError
from trainstop.ports.registry import Lease, LedgerEntry, Version, settled, winner

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeRegistry:
    """Keeps what it is told. `down` makes every call fail; `calls` says what was asked."""

    root: Path
    down: bool = False
    made: dict[str, list[Version]] = field(default_factory=dict)
    pointers: dict[str, dict[str, int]] = field(default_factory=dict)
    ledger: dict[str, dict[str, LedgerEntry]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    leases: dict[tuple[str, str], Lease | None] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    left_behind: list[str] = field(default_factory=list)
    """What the next `tidy` finds."""

    @property
    def uri(self) -> str:
        return "fake:registry"

    def versions(self, name: str) -> list[Version]:
        self._called("versions")
        aliases = self.pointers.get(name, {})
        return settled(
            replace(version, aliases=tuple(sorted(alias for alias, at in aliases.items() if at == version.number)))
            for version in self.made.get(name, [])
        )

    def version(self, name: str, selector: str) -> Version:
        for version in self.versions(name):
            if selector == str(version.number) or selector in version.aliases:
                return version
        raise InputError(f"`{name}` has no version or alias `{selector}`", where=self.uri, fix="register first")

    def alias(self, name: str, alias: str) -> Version | None:
        return next((version for version in self.versions(name) if alias in version.aliases), None)

    def publish(
        self, name: str, key: str, bundle: Bundle, tags: Mapping[str, str], *, description: str = ""
    ) -> Version:
        self._called("publish")
        if found := winner(self.versions(name), key):
            return found
        return self.add(name, key, bundle, tags)

    def add(
        self, name: str, key: str, bundle: Bundle, tags: Mapping[str, str] | None = None, *, complete: bool = True
    ) -> Version:
        """Make a version without looking whether it is there."""
        versions, number = self.made.setdefault(name, []), self.next_number(name)
        self.numbers[name] = number
        version = Version(
            name=name,
            number=number,
            key=key,
            complete=complete,
            manifest=bundle.seal(),
            tags=dict(tags or {}),
            created_at=EPOCH + timedelta(hours=number),
        )
        shutil.copytree(bundle.root, self._place(version))
        versions.append(version)
        return version

    def next_number(self, name: str) -> int:
        """Return the number of the next version: none is ever given twice."""
        return self.numbers.get(name, 0) + 1

    def tag_version(self, name: str, number: int, tag: str, value: str) -> None:
        self._called(f"tag {number}")
        versions = self.made[name]
        index = next(index for index, version in enumerate(versions) if version.number == number)
        versions[index] = replace(versions[index], tags={**versions[index].tags, tag: value})

    def move_alias(self, name: str, alias: str, *, to: int | None, expected: int | None) -> None:
        self._called(f"move {alias} to {to}")
        if to is not None and (why := self.version(name, str(to)).unusable):
            raise InputError(why, where=self.uri, fix="register again")
        pointers = self.pointers.setdefault(name, {})
        current = pointers.get(alias)
        if current == to:
            return
        if current != expected:
            raise ConflictError(f"`{alias}` is at {current}, not {expected}", where=self.uri, fix="run this again")
        if to is None:
            del pointers[alias]
        else:
            pointers[alias] = to

    def download(self, version: Version, folder: Path, *, parts: Sequence[str] = ()) -> Bundle:
        self._called(f"download {','.join(parts) or 'all'}")
        if why := self.version(version.name, str(version.number)).unusable:
            raise InputError(why, where=self.uri, fix="register again")
        shutil.rmtree(folder, ignore_errors=True)
        place = self._place(version)
        for path in sorted(place.rglob("*")):
            name = path.relative_to(place).as_posix()
            if path.is_file() and (not parts or PurePosixPath(name).parts[0] in parts):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
        if not parts:
            Bundle(folder).verify(version.manifest)
        return Bundle(folder)

    def write_entry(self, name: str, entry: LedgerEntry) -> None:
        self._called(f"write {entry.action}")
        self.ledger.setdefault(name, {}).setdefault(entry.key, entry)

    def entries(self, name: str) -> list[LedgerEntry]:
        self._called("entries")
        return sorted(self.ledger.get(name, {}).values(), key=lambda entry: (entry.at, entry.key))

    def lease(self, name: str, environment: str) -> Lease | None:
        self._called("lease")
        return self.leases.get((name, environment))

    def swap_lease(
        self, name: str, environment: str, to: Lease | None, allowed: Callable[[Lease | None], bool]
    ) -> Lease | None:
        self._called("lease")
        if allowed(self.leases.get((name, environment))):
            self.leases[name, environment] = to
        return self.leases.get((name, environment))

    def tidy(self, name: str) -> list[str]:
        self._called("tidy")
        found, self.left_behind = self.left_behind, []
        return found

    def _place(self, version: Version) -> Path:
        return self.root / version.name / str(version.number)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.down:
            raise UnavailableError("the registry does not answer", where=self.uri, fix="start it")
