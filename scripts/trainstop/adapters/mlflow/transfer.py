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
from trainstop.adapters.mlflow.client import NotThereError
from trainstop.adapters.mlflow.run_files import CHANGED_HELPS, MISSING_HELPS, RunFiles
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError, UnavailableError

PATH_KEYS = frozenset(
    {"code", "conda", "data", "env", "model_code_path", "model_data", "model_path", "path"}
    | {"pickled_model", "python_model", "virtualenv"}
)
"""Keys of an `MLmodel` file whose values MLflow takes as paths inside the model folder."""
Manifest = Mapping[str, Mapping[str, Any]]


def send(files: RunFiles, bundle: Bundle, on_step: Callable[[str], None]) -> None:
    """Upload every file of a sealed bundle."""
    refuse_unsafe_model(bundle)
    for name in (*bundle.manifest(), MANIFEST):
        on_step(f"before {name}")
        files.put(name, bundle.root / name)


def read_back(files: RunFiles, bundle: Bundle) -> None:
    """Fetch what was uploaded and compare it with the bundle.

    Raises:
        InputError: the registry holds something else.

    """
    compare(files, {name: str(entry["digest"]) for name, entry in bundle.manifest().items()}, bundle.root)
    compare(files, {MANIFEST: digests.of_file(bundle.root / MANIFEST)}, bundle.root)


def compare(files: RunFiles, expected: Mapping[str, str], beside: Path) -> None:
    """Fetch files and compare them with their digests, one by one, so that little disk is needed.

    Raises:
        InputError: the registry holds something else.

    """
    for name, digest in expected.items():
        with room(beside) as place:
            try:
                same = digests.of_file(files.get(name, place)) == digest
            except NotThereError:
                same = False
        if not same:
            raise InputError(
                f"the registry does not hold the file that was sent: {name}",
                where=files.where,
                fix="run `trainstop register` again; if it repeats, look at the registry's file store",
            )


def receive(files: RunFiles, digest: str, folder: Path, parts: Sequence[str]) -> Bundle:
    """Fetch a bundle, or some of its parts, compare it with the manifest that `digest` names, and put it in `folder`.

    Raises:
        InputError: a file is missing, altered, or has a name that leads out of the folder.

    """
    with room(folder) as place:
        staged = Bundle(place / "bundle")
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


def manifest_at(path: Path, digest: str, where: str) -> Manifest:
    """Read a manifest that was fetched.

    Raises:
        InputError: it is not the one that `digest` names.

    """
    wrong = InputError(
        "a registered version's manifest is not the one it was registered with", where=where, fix=CHANGED_HELPS
    )
    try:
        manifest: Manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if digests.of_value(manifest) != digest or not all(is_inside(name) for name in manifest):
        raise wrong
    return manifest


def _manifest(files: RunFiles, digest: str, staged: Bundle) -> Manifest:
    """Fetch and check the manifest; nothing that it does not name is ever fetched."""
    staged.root.mkdir(parents=True)
    try:
        path = files.get(MANIFEST, staged.root.parent)
    except NotThereError as error:
        raise _missing(MANIFEST, files) from error
    manifest = manifest_at(path, digest, files.where)
    path.replace(staged.root / MANIFEST)
    return manifest


def _missing(name: str, files: RunFiles) -> InputError:
    return InputError(f"a registered version's file is missing: {name}", where=files.where, fix=MISSING_HELPS)


def _receive_file(files: RunFiles, name: str, digest: str, staged: Bundle) -> None:
    """Fetch one file into the staged bundle."""
    target = staged.root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path = files.get(name, staged.root.parent)
    except NotThereError as error:
        raise _missing(name, files) from error
    if digests.of_file(path) != digest:
        raise InputError(f"a registered version's file is changed: {name}", where=files.where, fix=CHANGED_HELPS)
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
def room(beside: Path) -> Iterator[Path]:
    """Give an empty folder on the same disk, for the length of the block."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=beside.parent, prefix=".transfer-") as name:
        yield Path(name)
