"""The files of a run of MLflow that carries a version: sent, fetched and listed one by one."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from trainstop.adapters.mlflow.client import Client, NotThereError
from trainstop.errors import InputError

FOLDER = "bundle"
"""Where a bundle lies among its run's artifacts."""
ELSE = "promote or roll back to another version, and remove this one from the registry"
CHANGED_HELPS = f"restore it from a backup of the registry's file store; else {ELSE}"
MISSING_HELPS = f"`trainstop register` puts back a file that is the same to the byte; else {CHANGED_HELPS}"
"""What helps a version whose files are not those that were registered."""


class RunFiles:
    """The files of one run. MLflow's own client asks for the run, and for every model near it, at each file."""

    def __init__(self, client: Client, run_id: str, version: str = "") -> None:
        """Take the run, and which version it carries, for people; nothing is asked yet."""
        self.run_id = run_id
        self.where = f"{version}, run {run_id}" if version else f"run {run_id}"
        self._client = client
        self._opened: Any = None

    def put(self, name: str, source: Path) -> None:
        """Upload one file of a bundle."""
        place = str(PurePosixPath(FOLDER, name).parent)
        self._client.ask(f"uploading {name}", lambda api: self._store(api).log_artifact(str(source), place))

    def get(self, name: str, room: Path) -> Path:
        """Download one file of a bundle to `room` and return where it lies.

        Raises:
            NotThereError: the run has no such file.
            InputError: it is no plain file.

        """
        place = f"{FOLDER}/{name}"

        def download(api: Any) -> Path:
            store = self._store(api)
            try:
                return Path(store.download_artifacts(place, str(room)))
            except Exception as error:  # MLflow tells a missing file in many ways, some like those of a bad network
                if all(item.path != place for item in store.list_artifacts(str(PurePosixPath(place).parent))):
                    raise NotThereError(name) from error
                raise

        found = self._client.ask(f"downloading {name}", download)
        if found.is_symlink() or not found.is_file():
            raise InputError(
                f"the registry gave something else than a file: {name}", where=self.where, fix=CHANGED_HELPS
            )
        return found

    def sizes(self, names: Iterable[str]) -> dict[str, int | None]:
        """Return the sizes in bytes of those files of a bundle that are there; None where the store does not say it."""
        there: dict[str, int | None] = {}
        for place in sorted({str(PurePosixPath(FOLDER, name).parent) for name in names}):
            with suppress(NotThereError):
                found = self._client.ask("looking for files", self._listing(place))
                there |= {PurePosixPath(item.path).relative_to(FOLDER).as_posix(): item.file_size for item in found}
        return there

    def _listing(self, place: str) -> Callable[[Any], list[Any]]:
        return lambda api: [item for item in self._store(api).list_artifacts(place) if not item.is_dir]

    def _store(self, api: Any) -> Any:
        """MLflow's artifact store of this run."""
        if self._opened is None:
            from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

            place = api.get_run(self.run_id).info.artifact_uri
            self._opened = get_artifact_repository(place, tracking_uri=self._client.uri, registry_uri=self._client.uri)
        return self._opened
