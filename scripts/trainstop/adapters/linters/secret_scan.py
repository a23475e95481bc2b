"""Run as a process: scans the files named in one file, writes kinds and places of secrets (no values) to another.

Known secrets of a `.secrets.baseline` are left out, and its plug-ins and filters are used.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings, transient_settings

from trainstop.adapters.linters.notebooks import read_notebook

BASELINE = ".secrets.baseline"
LARGEST = 1 << 20
NOISY = ("IPPublicDetector",)
"""An address is no secret."""


def settings(baseline: Mapping[str, Any]) -> AbstractContextManager[Any]:
    """Return the project's own settings, else all plug-ins."""
    if "plugins_used" not in baseline:
        return cast("AbstractContextManager[Any]", default_settings())
    used = {key: baseline[key] for key in ("plugins_used", "filters_used") if key in baseline}
    return cast("AbstractContextManager[Any]", transient_settings(used))


def scan(path: Path) -> Iterator[tuple[str, int | None, str, str]]:
    """Yield (kind, line of the file, place in words, digest) of each secret in a file."""
    if path.suffix != ".ipynb":
        with tempfile.TemporaryDirectory() as folder:
            for secret in scan_file(_utf8_named(path, Path(folder))):
                yield secret.type, secret.line_number or None, "", secret.secret_hash
        return
    lines = read_notebook(path)
    with tempfile.TemporaryDirectory() as folder:
        # As text of its own, so that the quotes around a secret are the code's and not those of the file's JSON.
        text = Path(folder) / "notebook.py"
        text.write_text("\n".join(line.text.replace("\n", " ") for line in lines), encoding="utf-8")
        for secret in scan_file(str(text)):
            line = lines[secret.line_number - 1]
            place = f"cell {line.cell}" if line.row else f"the output of cell {line.cell}"
            yield secret.type, line.file_line, place, secret.secret_hash


def _utf8_named(path: Path, folder: Path) -> str:
    """Return a file's name, or that of a copy where the name is no UTF-8, which detect-secrets cannot take."""
    if (name := str(path)).isprintable() or os.fsencode(name).decode("utf-8", "replace") == name:
        return name
    return shutil.copyfile(path, str(folder / "named-otherwise.txt"))


def main(given: Path, out: Path) -> None:
    """Scan, and write what was found."""
    try:
        baseline = json.loads(Path(BASELINE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        baseline = {}
    known = {
        (name, entry.get("hashed_secret")) for name, entries in baseline.get("results", {}).items() for entry in entries
    }
    found, seen = [], 0
    with settings(baseline) as active:
        if "plugins_used" not in baseline:
            active.disable_plugins(*NOISY)
        for name in filter(None, given.read_bytes().decode("utf-8", "surrogateescape").split("\0")):
            path = Path(name)
            if name == BASELINE or path.stat().st_size > LARGEST * (8 if path.suffix == ".ipynb" else 1):
                continue
            seen += 1
            found += [
                {
                    "kind": re.sub(r"\s+", " ", kind),
                    "path": os.fsencode(name).decode("utf-8", "replace"),
                    "line": line,
                    "where": where,
                }
                for kind, line, where, digest in scan(path)
                if (name, digest) not in known
            ]
    unique = {json.dumps(entry, sort_keys=True): entry for entry in found}
    out.write_text(json.dumps({"found": list(unique.values()), "seen": seen}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
