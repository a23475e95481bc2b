"""Digests of files, folders and values. Owns the one way a digest is written: `sha256:` and 64 hex digits."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CHUNK_BYTES = 1 << 20


def of_bytes(content: bytes) -> str:
    """Digest of bytes in memory."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def of_value(value: Any) -> str:
    """Digest of a JSON-like value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return of_bytes(text.encode())


def of_file(path: Path) -> str:
    """Digest of a file, read in pieces so that its size does not matter."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def of_files(root: Path, paths: Iterable[Path]) -> str:
    """Digest of many files below `root`: their relative names and contents, in the order of their names."""
    return of_value({path.relative_to(root).as_posix(): of_file(path) for path in paths})


def of_mapping(parts: Mapping[str, str]) -> str:
    """Digest of named digests: one name for a set of things that are hashed one by one."""
    return of_value(dict(parts))


def short(digest: str, length: int = 12) -> str:
    """Return the first hex digits of a digest, for names and for people."""
    return digest.removeprefix("sha256:")[:length]
