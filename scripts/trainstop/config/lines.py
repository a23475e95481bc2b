"""Where in a TOML text a key stands. `tomllib` gives no positions, and a mistake without its line costs a search."""

import re
from collections.abc import Iterator

HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
NAME = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Return the number of the line (from 1) that sets `path`, or its nearest table; None when it is nowhere."""
    best: tuple[int, int] | None = None
    for number, found in _keys(text):
        shared = 0
        for left, right in zip(found, path, strict=False):
            if left != right:
                break
            shared += 1
        if shared == len(found) and shared and (best is None or shared > best[0]):
            best = (shared, number)
    return best[1] if best else None


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield every header and key with its line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _names(header[1])
            yield number, table
        elif key := KEY.match(line):
            yield number, table + _names(key[1])


def _names(dotted: str) -> tuple[str, ...]:
    """Split a dotted key."""
    return tuple(name.strip("\"'") for name in NAME.findall(dotted))
