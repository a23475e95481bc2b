"""Which files run code when they are loaded: told by their first bytes, by what is in an archive, and by their names.

Reads files and decides nothing. Nothing is unpickled, and archives are read, never unpacked.
"""

import bz2
import gzip
import io
import json
import lzma
import pickletools  # nosec B403  # reads instructions and runs none
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

BY_SUFFIX = {
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".dill": "dill",
    ".joblib": "joblib",
    ".pt": "torch",
    ".pth": "torch",
}
PICKLE_PROTOCOLS = tuple(bytes([0x80, number]) for number in range(2, 6))
"""How a pickle of any protocol since 2003 begins; older ones are text."""
MARKS = {b"cloudpickle": "cloudpickle", b"dill._dill": "dill", b"joblib.numpy_pickle": "joblib"}
"""What a pickle names when one of these made it."""
HEAD = 1 << 16
OLD_PICKLE = 1 << 24
"""A text pickle of more than this is known by its name alone."""
DEPTH = 3
"""Archives in archives in archives."""
MEMBERS = 10_000
HDF5, NUMPY = b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"
BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError)
UNPACK: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
    b"\x5d\x00\x00": lzma.LZMAFile,
}
"""How compressed files begin, and what reads them; joblib packs its pickles so."""
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def formats_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and format of every file below a folder that runs code when it is loaded."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found = format_of(file, path.name)
            if found:
                yield path.relative_to(folder).as_posix(), found


def format_of(file: IO[bytes], name: str, depth: int = DEPTH) -> str:
    """Return the format of a file that runs code, or an empty text.

    Args:
        file: seekable, at its beginning.
        name: its name, which is believed where it tells of code and nowhere else.
        depth: how many archives may still be opened.

    """
    named = BY_SUFFIX.get(Path(name).suffix.lower(), "")
    if name == "saved_model.pb":
        return "tensorflow"
    head = file.read(HEAD)
    file.seek(0)
    found = _of_head(head, file) or (_packed(head, file, name, depth) if depth else "")
    return _the_nearer(found, named)


def _the_nearer(found: str, named: str) -> str:
    """Return the more telling of what the content shows and what the name says."""
    return named if named and found in ("", "pickle") else found


def _of_head(head: bytes, file: IO[bytes]) -> str:
    """Tell by the bytes of the file itself."""
    if head[:2] in PICKLE_PROTOCOLS:
        return next((name for mark, name in MARKS.items() if mark in head), "pickle")
    if head.startswith(NUMPY):
        return "pickle" if b"'|O'" in head[:256] else ""
    if head.startswith(HDF5):
        # Without a reader of HDF5 nobody can say what layers a whole model has; weights alone are only numbers.
        return "keras" if _holds(file, b"model_config") else ""
    return "pickle" if _is_old_pickle(file) else ""


def _holds(file: IO[bytes], mark: bytes) -> bool:
    """Say whether a file has some bytes anywhere."""
    before = b""
    while piece := file.read(1 << 20):
        if mark in before + piece:
            file.seek(0)
            return True
        before = piece[-len(mark) :]
    file.seek(0)
    return False


def _is_old_pickle(file: IO[bytes]) -> bool:
    """Say whether a file is a pickle of protocol 0 or 1: instructions to the end, some of which make objects."""
    size = file.seek(0, io.SEEK_END)
    if not 1 < size <= OLD_PICKLE:
        file.seek(0)
        return False
    file.seek(size - 1)
    ends = file.read(1) == b"."
    file.seek(0)
    if not ends:
        return False
    try:
        return any(code.name in ("GLOBAL", "REDUCE", "INST", "OBJ", "BUILD") for code, _, _ in pickletools.genops(file))
    except Exception:  # noqa: BLE001  # whatever is no pickle may fail in any way
        return False
    finally:
        file.seek(0)


def _packed(head: bytes, file: IO[bytes], name: str, depth: int) -> str:
    """Tell by what is in an archive or a compressed file; one that cannot be read holds nothing that can be loaded."""
    try:
        if head[:2] in ZLIB:
            inner = zlib.decompressobj().decompress(head, HEAD)
            return "joblib" if inner[:2] in PICKLE_PROTOCOLS else ""
        for magic, opened in UNPACK.items():
            if head.startswith(magic):
                return _of_compressed(opened(file), name, depth)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                return _of_zip(archive, depth)
        file.seek(0)
        if head[257:262] == b"ustar":
            with tarfile.open(fileobj=file) as archive:
                return _of_tar(archive, depth)
    except BROKEN:
        return ""
    finally:
        file.seek(0)
    return ""


def _of_compressed(opened: Any, name: str, depth: int) -> str:
    """Look into one compressed file: a tar archive, or a pickle as joblib packs it."""
    head = opened.read(HEAD)
    if head[257:262] == b"ustar":
        opened.seek(0)
        with tarfile.open(fileobj=opened) as archive:
            return _of_tar(archive, depth)
    found = format_of(io.BytesIO(head), Path(name).stem, depth - 1)
    return "joblib" if found == "pickle" else found


def _of_zip(archive: zipfile.ZipFile, depth: int) -> str:
    """Look at the members of a zip archive."""
    names = archive.namelist()
    if any(Path(name).name == "data.pkl" for name in names):
        return "torch"
    if "config.json" in names and any(name.endswith(".weights.h5") for name in names):
        return "keras" if runs_code(archive.read("config.json")) else ""
    for name in names[:MEMBERS]:
        with archive.open(name) as member:
            found = format_of(io.BytesIO(member.read(HEAD)), Path(name).name, depth - 1)
        if found:
            return found
    return ""


def _of_tar(archive: tarfile.TarFile, depth: int) -> str:
    """Look at the members of a tar archive."""
    for number, member in enumerate(archive):
        opened = archive.extractfile(member) if member.isfile() else None
        if number >= MEMBERS:
            break
        if opened and (found := format_of(io.BytesIO(opened.read(HEAD)), Path(member.name).name, depth - 1)):
            return found
    return ""


def runs_code(config: bytes) -> bool:
    """Say whether a Keras model holds a Lambda layer, or classes from elsewhere; one that cannot be read does."""
    try:
        return any(_is_foreign(each) for each in _objects(json.loads(config)))
    except (ValueError, RecursionError):
        return True


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in JSON, at any depth."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _is_foreign(each: dict[str, Any]) -> bool:
    """Say whether Keras would run code for this object."""
    module = each.get("module")
    foreign = isinstance(module, str) and module.partition(".")[0] not in ("keras", "builtins")
    return foreign or each.get("class_name") in ("Lambda", "__lambda__", "function")
