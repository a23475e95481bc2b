"""MLflow's model registry as the port wants it: one complete version a key, guarded aliases, verified copies.

How a version comes to be: the files go into a run, are read back and compared, and only then is the version created,
with its key and state as tags in the same call. That call is the one moment that counts. Before it there is no version,
however the process died; after it there is a complete one. Two that create at once get two numbers, and the lower one
is the version for good (`ports.registry.settled`); the other is marked by whoever made it, or by `tidy`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trainstop.adapters.mlflow import address, leases, ledger, mending, transfer, uploads
from trainstop.adapters.mlflow.client import Client, ExistsError, NotThereError
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.locks import LEASE, name_lock
from trainstop.adapters.mlflow.run_files import FOLDER, RunFiles
from trainstop.adapters.mlflow.uploads import KEY_TAG
from trainstop.bundles import Bundle
from trainstop.errors import ConfigurationError, ConflictError, InputError, TrainstopError, UnavailableError
from trainstop.ports import Clock
from trainstop.ports.registry import Lease, LedgerEntry, Version, settled, winner

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
STATE_TAG, COMPLETE, DUPLICATE = "trainstop.state", "complete", "duplicate"
DUPLICATE_TAG = "trainstop.duplicate-of"
MANIFEST_TAG = "trainstop.manifest"
LONGEST_TAG = 5000
PAGE = 1000


def _no_step(_: str) -> None:
    """Do nothing between two steps; tests die here instead."""


class MlflowRegistry:
    """Versions, aliases and the ledger in MLflow, on a server or embedded."""

    def __init__(
        self,
        uri: str,
        clock: Clock,
        timeout: float,
        *,
        embedded: Embedded | None = None,
        anonymous: bool = False,
        on_step: Callable[[str], None] = _no_step,
    ) -> None:
        """Take what is needed; nothing is asked yet.

        Args:
            uri: address for MLflow.
            clock: time.
            timeout: longest silence of the registry in seconds.
            embedded: database and artifacts on this machine, where there is no server.
            anonymous: whether this is a job that was given no credential.
            on_step: called before each side effect of `publish`.

        """
        prepare = (lambda: embedded.create(clock, timeout)) if embedded else None
        self._client = Client(uri, clock, timeout, prepare=prepare, anonymous=anonymous)
        self._clock = clock
        self._timeout = timeout
        self._embedded = embedded
        self._on_step = on_step

    @property
    def uri(self) -> str:
        """Address for people."""
        return address.for_people(self._client.uri)

    def versions(self, name: str) -> list[Version]:
        """Return all versions, lowest number first."""
        _require_name(name)
        found = list(self._rows(name))
        aliases = self._aliases(name) if found else {}
        return settled(_version(row, aliases) for row in found)

    def version(self, name: str, selector: str) -> Version:
        """Return a version by number or alias."""
        versions = self.versions(name)
        for version in versions:
            if selector == str(version.number) or selector in version.aliases:
                return version
        raise InputError(f"`{name}` has no version or alias `{selector}`", where=self.uri, fix=_others(versions))

    def alias(self, name: str, alias: str) -> Version | None:
        """Return the version an alias points to."""
        return next((version for version in self.versions(name) if alias in version.aliases), None)

    def publish(
        self, name: str, key: str, bundle: Bundle, tags: Mapping[str, str], *, description: str = ""
    ) -> Version:
        """Return the one complete version of a key, made now if there is none."""
        _require_name(name)
        manifest = bundle.seal()
        self._on_step("before the model's name")
        self._make_model(name)
        if found := self._winner(name, key):
            mending.mend(self._files_of(found), found, bundle, self._on_step)
            return self.version(name, str(found.number))
        run_id = uploads.upload(
            self._client, self._experiment(_home(name)), key, bundle, f"{name} {key[-12:]}", self._on_step
        )
        own = {**tags, KEY_TAG: key, MANIFEST_TAG: manifest, STATE_TAG: COMPLETE}
        self._on_step("before the version")
        self._client.make(
            "creating a version",
            lambda api: _create_version(api, name, run_id, own, description),
            lambda: self._winner(name, key),
        )
        self._on_step("before settling")
        best = self._settle(name, run_id, key)
        return self.version(name, str(best))

    def tag_version(self, name: str, number: int, tag: str, value: str) -> None:
        """Set a tag of a version."""
        self._client.ask(
            "tagging a version", lambda api: api.set_model_version_tag(name, str(number), tag, value[:LONGEST_TAG])
        )

    def move_alias(self, name: str, alias: str, *, to: int | None, expected: int | None) -> None:
        """Move an alias under a lock, if it is where it is expected, and read it back."""
        if to is not None:
            self._require_complete(self.version(name, str(to)))
        with self._lock(f"{name}.{alias}"):
            current = self._aliases(name).get(alias)
            if current == to:
                return
            if current != expected and not (expected is None and self._is_gone(name, current)):
                raise self._conflict(name, alias, expected, current)
            self._client.ask("moving an alias", lambda api: _point(api, name, alias, to))
            current = self._aliases(name).get(alias)
        if current != to:
            raise self._conflict(name, alias, to, current)

    def download(self, version: Version, folder: Path, *, parts: Sequence[str] = ()) -> Bundle:
        """Return a verified copy of a version's bundle, or of some parts."""
        version = self.version(version.name, str(version.number))
        self._require_complete(version)
        if not parts and folder.exists():
            with suppress(InputError):
                Bundle(folder).verify(version.manifest)
                return Bundle(folder)
        return transfer.receive(self._files_of(version), version.manifest, folder, parts)

    def write_entry(self, name: str, entry: LedgerEntry) -> None:
        """Add an entry to the ledger, once per key."""
        _require_name(name)
        ledger.write(self._client, self._experiment(f"{_home(name)}/ledger"), entry)

    def entries(self, name: str) -> list[LedgerEntry]:
        """Return the ledger, oldest first."""
        _require_name(name)
        experiment = self._find_experiment(f"{_home(name)}/ledger")
        return [] if experiment is None else ledger.read(self._client, experiment)

    def lease(self, name: str, environment: str) -> Lease | None:
        """Return who is busy with an environment."""
        return leases.read(self._client, name, environment)

    def swap_lease(
        self, name: str, environment: str, to: Lease | None, allowed: Callable[[Lease | None], bool]
    ) -> Lease | None:
        """Replace an environment's lease under a lock, if the one that is there allows it."""
        return leases.swap(self._client, self._lock(f"{name}.{environment}.lease"), name, environment, to, allowed)

    def tidy(self, name: str) -> list[str]:
        """Mark twins that nobody marked, and remove uploads whose process is gone."""
        _require_name(name)
        experiment = self._find_experiment(_home(name))
        # The dead are counted before the versions: none of them can make one in between.
        dead = uploads.dead(self._client, experiment, self._clock) if experiment is not None else []
        rows = list(self._rows(name))
        done = []
        for version in settled(_version(row, {}) for row in rows):
            if version.duplicate_of is not None and DUPLICATE_TAG not in version.tags:
                self._mark(name, version.number, version.duplicate_of)
                done.append(f"marked version {version.number} as a duplicate of version {version.duplicate_of}")
        used = {str(row.run_id) for row in rows}
        for run_id in dead:
            if run_id in used:
                uploads.settle(self._client, run_id)
            else:
                uploads.discard(self._client, run_id, self._files)
                done.append(f"removed the interrupted upload {run_id}")
        return done

    @property
    def _files(self) -> Path | None:
        """The folder of all artifacts, where it is on this machine."""
        return self._embedded.artifacts if self._embedded else None

    def _files_of(self, version: Version) -> RunFiles:
        """Return the files of a version."""
        row = self._client.ask(
            "reading a version", lambda api: api.get_model_version(version.name, str(version.number))
        )
        return RunFiles(self._client, str(row.run_id), f"version {version.number} of `{version.name}`")

    def _rows(self, name: str) -> Iterator[Any]:
        """Yield MLflow's versions; it cannot be asked for a tag everywhere, so all of them."""
        token = None
        while True:
            page = self._client.ask("listing versions", _page(name, token))
            yield from page
            token = page.token
            if not token:
                return

    def _aliases(self, name: str) -> dict[str, int]:
        """Return version numbers by alias; the list of versions does not say them."""
        try:
            model = self._client.ask("reading aliases", lambda api: api.get_registered_model(name))
        except NotThereError:
            return {}
        return {str(alias): int(number) for alias, number in model.aliases.items()}

    def _require_complete(self, version: Version) -> None:
        """Refuse what somebody else put into the registry, and a twin."""
        if version.unusable:
            raise InputError(
                f"{version.unusable}, so it is never used",
                where=f"`{version.name}` at {self.uri}",
                fix=_others(self.versions(version.name)),
            )

    def _is_gone(self, name: str, number: int | None) -> bool:
        """Say whether an alias points to a version that was removed; not every server drops the one with the other."""
        return all(int(row.version) != number for row in self._rows(name))

    def _winner(self, name: str, key: str) -> Version | None:
        return winner((_version(row, {}) for row in self._rows(name)), key)

    def _make_model(self, name: str) -> None:
        """Make the registered model if there is none."""
        with suppress(ExistsError):
            self._client.ask("making the model's name", lambda api: _ensure_model(api, name))

    def _experiment(self, name: str) -> str:
        """Return an experiment's id, made now if there is none."""
        place = str((self._embedded.artifacts / name).resolve()) if self._embedded else None
        return self._client.make(
            "making an experiment",
            lambda api: str(api.create_experiment(name, artifact_location=place)),
            lambda: self._find_experiment(name),
        )

    def _find_experiment(self, name: str) -> str | None:
        found = self._client.ask("looking for an experiment", lambda api: api.get_experiment_by_name(name))
        if found is None:
            return None
        if found.lifecycle_stage != "active":
            raise ConfigurationError(
                f"the experiment `{name}` was deleted, and MLflow keeps its name",
                where=self.uri,
                fix="restore it in MLflow",
            )
        return str(found.experiment_id)

    def _settle(self, name: str, run_id: str, key: str) -> int:
        """Return who won the key; mark own extras, and if somebody else won, remove the own upload."""
        rows = list(self._rows(name))
        best = winner((_version(row, {}) for row in rows), key)
        if best is None:
            raise UnavailableError(
                "the registry does not show a version that it accepted",
                where=self.uri,
                fix="run `trainstop register` again",
            )
        own = sorted(int(row.version) for row in rows if str(row.run_id) == run_id)
        with suppress(TrainstopError, NotThereError):  # the version stands; `tidy` does what is left undone here
            for number in own:
                if number != best.number:
                    self._mark(name, number, best.number)
            if own:
                uploads.settle(self._client, run_id)
            else:
                uploads.discard(self._client, run_id, self._files)
        return best.number

    def _mark(self, name: str, number: int, best: int) -> None:
        """Mark a version as somebody's twin."""

        def tag(api: Any) -> None:
            api.set_model_version_tag(name, str(number), DUPLICATE_TAG, str(best))
            api.set_model_version_tag(name, str(number), STATE_TAG, DUPLICATE)

        self._client.ask("marking a duplicate", tag)

    def _lock(self, name: str) -> AbstractContextManager[None]:
        if self._embedded:
            return self._embedded.locked(name, self._clock, self._timeout)
        return name_lock(self._client, f"{name}.trainstop-lock", self._clock, max(LEASE, 2 * self._timeout))

    def _conflict(self, name: str, alias: str, expected: int | None, found: int | None) -> ConflictError:
        words = ["no version" if number is None else f"version {number}" for number in (expected, found)]
        return ConflictError(
            f"`{alias}` of `{name}` was expected at {words[0]} and is at {words[1]}: somebody else moved it",
            where=self.uri,
            fix="look at `trainstop status` and `trainstop history`, then run this again",
        )


def _require_name(name: str) -> None:
    """Refuse a name that could mean something else inside a filter."""
    if not NAME.fullmatch(name):
        raise ConfigurationError(
            "a model's name is letters, digits, dot, dash and underscore, up to 100",
            where="model.name",
            fix="choose such a name",
        )


def _others(versions: Sequence[Version]) -> str:
    """Name the versions that may be used."""
    numbers = ", ".join(str(version.number) for version in versions if version.complete)
    return f"complete versions: {numbers}" if numbers else "run `trainstop register` first"


def _home(name: str) -> str:
    return f"trainstop/{name}"


def _page(name: str, token: str | None) -> Callable[[Any], Any]:
    return lambda api: api.search_model_versions(f"name='{name}'", max_results=PAGE, page_token=token)


def _ensure_model(api: Any, name: str) -> None:
    """Make a registered model unless it is there: asking first spares the server an error a run."""
    if not api.search_registered_models(f"name='{name}'", max_results=1):
        api.create_registered_model(name)


def _create_version(api: Any, name: str, run_id: str, tags: Mapping[str, str], description: str) -> Any:
    return api.create_model_version(
        name,
        source=f"runs:/{run_id}/{FOLDER}/model",
        run_id=run_id,
        tags={key[:250]: str(value)[:LONGEST_TAG] for key, value in tags.items()},
        description=description[:LONGEST_TAG],
        await_creation_for=0,
    )


def _point(api: Any, name: str, alias: str, to: int | None) -> None:
    """Set an alias, or remove it."""
    if to is None:
        api.delete_registered_model_alias(name, alias)
    else:
        api.set_registered_model_alias(name, alias, str(to))


def _version(row: Any, aliases: Mapping[str, int]) -> Version:
    """Read MLflow's version. It is complete by itself; whether a lower twin wins is for `settled` to say."""
    tags = {str(key): str(value) for key, value in row.tags.items()}
    number = int(row.version)
    duplicate = tags.get(DUPLICATE_TAG, "")
    return Version(
        name=str(row.name),
        number=number,
        key=tags.get(KEY_TAG, ""),
        complete=tags.get(STATE_TAG) == COMPLETE and bool(tags.get(KEY_TAG)) and bool(tags.get(MANIFEST_TAG)),
        duplicate_of=int(duplicate) if duplicate.isdigit() else None,
        manifest=tags.get(MANIFEST_TAG, ""),
        tags=tags,
        aliases=tuple(sorted(alias for alias, at in aliases.items() if at == number)),
        created_at=datetime.fromtimestamp(row.creation_timestamp / 1000, UTC),
    )
