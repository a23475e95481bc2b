"""A registered version whose files were lost in the registry's store. Owns what may be put back, and refuses the rest.

A version's files are all there before it exists, so a file that is not there was lost since. The look is cheap: the
manifest is fetched, everything else is only listed. What is at hand is put back where it is the same to the byte; two
trainings of one code give different bytes, and those are another version's.
"""

from collections.abc import Callable, Iterable

from trainstop import digests
from trainstop.adapters.mlflow import transfer
from trainstop.adapters.mlflow.client import NotThereError
from trainstop.adapters.mlflow.run_files import CHANGED_HELPS, RunFiles
from trainstop.adapters.mlflow.transfer import Manifest
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError
from trainstop.ports.registry import Version


def mend(files: RunFiles, version: Version, bundle: Bundle, on_step: Callable[[str], None]) -> None:
    """Put back the files that a version lost, from a sealed bundle of the same key.

    Raises:
        InputError: a file was changed, or lost and is not at hand; what can be put back is back all the same.

    """
    manifest, lost = _lost(files, version, bundle)
    gone = [name for name in lost if manifest is None or not _at_hand(bundle, manifest, name)]
    back = {name: digests.of_file(bundle.root / name) for name in lost if name not in gone}
    try:
        for name in back:
            on_step(f"before {name} is put back")
            files.put(name, bundle.root / name)
    except NotThereError as error:  # the run itself was removed for good
        raise _beyond_repair(files, version, lost) from error
    transfer.compare(files, back, bundle.root)
    if gone:
        raise _beyond_repair(files, version, gone)


def _lost(files: RunFiles, version: Version, bundle: Bundle) -> tuple[Manifest | None, list[str]]:
    """Return a version's manifest and what is lost; no manifest where it is lost and the one at hand is another.

    Raises:
        InputError: the manifest, or the size of a file, was changed.

    """
    with transfer.room(bundle.root) as place:
        try:
            manifest = transfer.manifest_at(files.get(MANIFEST, place), version.manifest, files.where)
            lost = []
        except NotThereError:
            manifest, lost = bundle.manifest(), [MANIFEST]
            if digests.of_value(manifest) != version.manifest:
                return None, lost
    sizes = files.sizes(manifest)
    changed = [name for name in manifest if sizes.get(name) not in (None, manifest[name].get("size"))]
    if changed:
        raise InputError(
            f"version {version.number} of `{version.name}` was changed in the registry: {_some(changed)}",
            where=files.where,
            fix=CHANGED_HELPS,
        )
    return manifest, [name for name in manifest if name not in sizes] + lost


def _at_hand(bundle: Bundle, manifest: Manifest, name: str) -> bool:
    """Say whether the bundle has the very file that was lost; of the manifest that is known by then."""
    path = bundle.root / name
    return name == MANIFEST or (path.is_file() and digests.of_file(path) == manifest[name].get("digest"))


def _beyond_repair(files: RunFiles, version: Version, names: Iterable[str]) -> InputError:
    return InputError(
        f"version {version.number} of `{version.name}` lost files that are not here either: {_some(names)}",
        where=files.where,
        fix="restore them from a backup of the registry's file store; else promote or roll back to another version, "
        f"remove version {version.number} from the registry, then register the model again",
    )


def _some(names: Iterable[str]) -> str:
    """Name the first few."""
    names = list(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
