"""The pack: what travels between jobs, as a folder with a manifest whose digest travels another way.

Owns its layout (`pack.json`, `results/`, `candidate/`, `champion/`, `version/`, `log/<environment>/`) and what is
refused in one. Nothing of a
pack is believed before its digest is compared: it may have been anywhere.
"""

import json
import re
import shutil
from pathlib import Path

from pydantic import ValidationError

from trainstop import digests
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError
from trainstop.records import Record, Results
from trainstop.records.base import Part
from trainstop.records.kinds import by_stage
from trainstop.records.travelling import Label

LABEL = "pack.json"
RESULTS, CANDIDATE, CHAMPION, VERSION, LOG = "results", "candidate", "champion", "version", "log"
NUMBERS = "numbers"
"""Content: what is on record of the champion, and neither its model nor its answers."""
BUNDLES = (CANDIDATE, CHAMPION, VERSION)
CONTENTS = ("records", *BUNDLES, LOG, NUMBERS)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
RECORD_BYTES = 64 << 20
AGAIN = "run the job that made it again; nothing in a pack may be changed on its way"


def require_free(folder: Path) -> None:
    """Refuse to write a pack over anything but an earlier pack.

    Raises:
        InputError: something else is there.

    """
    try:
        folder.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # a name that no file can have
        raise InputError(
            f"it cannot be a folder: {error}"[:300], where=str(folder)[:300], fix="name a new folder"
        ) from error
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError("a pack is a folder, and something else is there", where=str(folder), fix="name a new folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LABEL).is_file():
        raise InputError("the folder holds something else", where=str(folder), fix="name a new folder, or an empty one")


def is_folder(path: Path) -> bool:
    """Say whether there is such a folder; a name that no folder can have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def opened(folder: Path, digest: str) -> Label:
    """Return what a pack says of itself, once all of it is what `digest` says.

    Raises:
        InputError: a file is changed, missing, added, a link, or in a place where a pack has none.

    """
    if not DIGEST.fullmatch(digest):
        raise InputError(
            "the digest of the pack is missing, or is none",
            where="--digest",
            fix="hand on the output `digest` of the job that packed it; a job that was skipped has none",
        )
    bundle = Bundle(folder)
    try:
        bundle.verify(digest)
    except InputError as error:
        raise InputError(error.what.replace("a bundle", "the pack"), where=error.where, fix=AGAIN) from error
    if _manifest(folder) != bundle.manifest():
        raise InputError("the pack's manifest does not list the pack", where=str(folder / MANIFEST), fix=AGAIN)
    label = _label(folder / LABEL)
    for name in sorted(bundle.manifest()):
        if not _belongs(name, label.content):
            raise InputError(f"a pack of {label.content} holds a file that is none of its", where=name, fix=AGAIN)
    return label


def whole(folder: Path) -> Label:
    """Return what a pack says of itself, once it is what its own manifest says.

    For a pack that nobody told the digest of, as one from a cache: it shows damage, and no more than that.

    Raises:
        InputError: as `opened`.

    """
    return opened(folder, digests.of_value(Bundle(folder).manifest()))


def records(folder: Path) -> dict[Path, Record[Part]]:
    """Return a pack's records, each read by its stage's own schema.

    Raises:
        InputError: one is too large, is not what its stage writes, or lies under another's name.

    """
    kinds = by_stage()
    found: dict[Path, Record[Part]] = {}
    for path in sorted((folder / RESULTS).glob("*")):
        named = _read(path, Part, ignore=True)
        kind = kinds.get(named.stage)
        found[path] = _read(path, kind) if kind else _read(path, Part)
        if Results(path.parent).path(named.stage, named.subject) != path:
            raise InputError(f"the record of `{named.stage}` lies under another name", where=str(path), fix=AGAIN)
    return found


def copied(source: Path, to: Path) -> None:
    """Copy a file or a folder as it is; links stay links, so that they are seen and refused.

    Raises:
        InputError: something in it is neither file nor folder, or cannot be read.

    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, to, follow_symlinks=False)
    except (OSError, shutil.Error) as error:
        raise InputError(
            f"it cannot be copied: {error}".splitlines()[0][:300],
            where=str(source),
            fix="make it readable; a pack holds files and folders, nothing else",
        ) from error


def _belongs(name: str, content: str) -> bool:
    """Say whether a pack of this content may hold a file of this name."""
    place, _, rest = name.partition("/")
    if content == NUMBERS and place == CHAMPION:
        return rest.startswith("records/") and rest.count("/") == 1 and rest.endswith(".json")
    if place == RESULTS:
        return "/" not in rest and rest.endswith(".json")
    if place == LOG:
        return content == "log" and "/" in rest
    return name == LABEL or (place in BUNDLES and place == content and rest != "")


def _manifest(folder: Path) -> object:
    """Return the manifest that a pack carries, if it can be read."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _label(path: Path) -> Label:
    """Read what a pack says of itself."""
    try:
        label = Label.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(
            "it is not a pack, or one of another version of trainstop", where=str(path), fix=AGAIN
        ) from error
    if label.content not in CONTENTS:
        raise InputError(f"there are no packs of {label.content!r}", where=str(path), fix=AGAIN)
    return label


def _read(path: Path, kind: type[Part], *, ignore: bool = False) -> Record[Part]:
    """Read one record as that of `kind`."""
    try:
        if path.stat().st_size > RECORD_BYTES:
            raise InputError("a record is larger than any stage writes", where=str(path), fix=AGAIN)
        return Record[kind].model_validate_json(  # type: ignore[valid-type]  # a class at run time
            path.read_bytes(), extra="ignore" if ignore else None
        )
    except (ValidationError, ValueError, OSError) as error:
        raise InputError(
            f"a record in the pack is not what its stage writes: {error}".splitlines()[0], where=str(path), fix=AGAIN
        ) from error
