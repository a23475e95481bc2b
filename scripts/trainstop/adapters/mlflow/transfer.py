"""A bundle's way into a run of MLflow and back. Owns the comparison of every file with the manifest, both ways."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from trainstop import digests
from trainstop.adapters.mlflow.client import Client, NotThereError
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError, UnavailableError

FOLDER = "bundle"
"""Where a bundle lies among its run's artifacts."""
PATH_KEYS = frozenset(
    {"code", "conda", "data", "env", "model_code_path", "model_data", "model_path", "path"}
    | {"pickled_model", "python_model", "virtualenv"}
)
"""Keys of an `MLmodel` file whose values MLflow takes as paths inside the model folder."""
Manifest = Mapping[str, Mapping[str, Any]]


class RunFiles:
    """The files of one run. MLflow's own client asks for the run, and for every model near it, at each file."""

    def __init__(self, client: Client, run_id: str) -> None:
        """Take the run; nothing is asked yet."""
        self.run_id = run_id
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
            raise InputError("the registry gave something else than a file", where=name, fix="register the model again")
        return found

    def _store(self, api: Any) -> Any:
        """MLflow's artifact store of this run."""
        if self._opened is None:
            from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

            place = api.get_run(self.run_id).info.artifact_uri
            self._opened = get_artifact_repository(place, tracking_uri=self._client.uri, registry_uri=self._client.uri)
        return self._opened


def send(files: RunFiles, bundle: Bundle, on_step: Callable[[str], None]) -> None:
    """Upload every file of a sealed bundle."""
    refuse_unsafe_model(bundle)
    for name in (*bundle.manifest(), MANIFEST):
        on_step(f"before {name}")
        files.put(name, bundle.root / name)


def read_back(files: RunFiles, bundle: Bundle) -> None:
    """Fetch what was uploaded and compare it with the bundle, file by file, so that little disk is needed.

    Raises:
        InputError: the registry holds something else.

    """
    expected = {name: str(entry["digest"]) for name, entry in bundle.manifest().items()}
    expected[MANIFEST] = digests.of_file(bundle.root / MANIFEST)
    for name, digest in expected.items():
        with _room(bundle.root) as room:
            try:
                same = digests.of_file(files.get(name, room)) == digest
            except NotThereError:
                same = False
        if not same:
            raise InputError(
                f"the registry does not hold the file that was sent: {name}",
                where=f"run {files.run_id}",
                fix="run `trainstop register` again; if it repeats, look at the registry's file store",
            )


def receive(files: RunFiles, digest: str, folder: Path, parts: Sequence[str]) -> Bundle:
    """Fetch a bundle, or some of its parts, compare it with the manifest that `digest` names, and put it in `folder`.

    Raises:
        InputError: a file is missing, altered, or has a name that leads out of the folder.

    """
    with _room(folder) as room:
        staged = Bundle(room / "bundle")
        manifest = _manifest(files, digest, staged)
        for name, entry in manifest.items():
            if not parts or PurePosixPath(name).parts[0] in parts:
                _receive_file(files, name, str(entry.get("digest")), staged)
        refuse_unsafe_model(staged)
        if not parts:
            staged.verify(digest)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            staged.root.replace(folder)
        except OSError as error:
            raise UnavailableError(
                f"a fetched version cannot be put in its place: {error}", where=str(folder), fix="run this again"
            ) from error
    return Bundle(folder)


def refuse_unsafe_model(bundle: Bundle) -> None:
    """Refuse an `MLmodel` file whose paths lead out of the model folder; no model at all is not this one's business.

    Raises:
        InputError: such a path, or a file that is no YAML mapping.

    """
    path = bundle.model / "MLmodel"
    if not path.exists():
        return
    try:
        description = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("an MLmodel file cannot be read", where=str(path), fix="save the model again") from error
    odd = [value for value in _paths(description) if not is_inside(value)]
    if odd or not isinstance(description, dict):
        raise InputError(
            f"an MLmodel file names a path outside its folder: {odd[0]}" if odd else "an MLmodel file is no mapping",
            where=str(path),
            fix="save the model again, with everything it needs inside its folder",
        )


def is_inside(name: str) -> bool:
    """Say whether a relative POSIX path stays where it starts."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


def _manifest(files: RunFiles, digest: str, staged: Bundle) -> Manifest:
    """Fetch and check the manifest; nothing that it does not name is ever fetched."""
    wrong = InputError(
        "a registered version's manifest is not the one it was registered with",
        where=f"run {files.run_id}",
        fix="register the model again; do not change files of a registered version",
    )
    staged.root.mkdir(parents=True)
    try:
        path = files.get(MANIFEST, staged.root.parent)
        manifest = json.loads(path.read_bytes())
    except (NotThereError, ValueError, RecursionError) as error:
        raise wrong from error
    if digests.of_value(manifest) != digest or not all(is_inside(name) for name in manifest):
        raise wrong
    path.replace(staged.root / MANIFEST)
    checked: Manifest = manifest
    return checked


def _receive_file(files: RunFiles, name: str, digest: str, staged: Bundle) -> None:
    """Fetch one file into the staged bundle."""
    target = staged.root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path = files.get(name, staged.root.parent)
    except NotThereError:
        path = None
    if path is None or digests.of_file(path) != digest:
        raise InputError(
            f"a registered version's file is {'missing' if path is None else 'changed'}: {name}",
            where=f"run {files.run_id}",
            fix="register the model again; do not change files of a registered version",
        )
    path.replace(target)


def _paths(description: Any) -> Iterator[str]:
    """Yield every value that MLflow would take as a path."""
    if isinstance(description, dict):
        for key, value in description.items():
            if isinstance(value, str) and key in PATH_KEYS:
                yield value
            else:
                yield from _paths(value)
    elif isinstance(description, list):
        for value in description:
            yield from _paths(value)


@contextmanager
def _room(beside: Path) -> Iterator[Path]:
    """Give an empty folder on the same disk, for the length of the block."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=beside.parent, prefix=".transfer-") as name:
        yield Path(name)
