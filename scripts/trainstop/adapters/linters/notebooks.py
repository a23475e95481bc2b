"""Notebooks as text: which cell's line stands on which line of the file, and what their outputs say in words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_OUTPUT = 1 << 20


@dataclass(frozen=True)
class Line:
    """A line of text inside a notebook."""

    text: str
    cell: int
    """Number of the cell, from 1."""
    row: int
    """Number of the line in the cell's source, from 1; 0 in an output."""
    file_line: int | None
    """Number of the line of the file that holds it."""


def read_notebook(path: Path) -> list[Line]:
    """Return every line of code, prose and textual output of a notebook; none if it is not one."""
    try:
        raw = path.read_text(encoding="utf-8")
        cells = json.loads(raw)["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    finder = _Finder(raw)
    found: list[Line] = []
    for number, cell in enumerate(cells if isinstance(cells, list) else [], start=1):
        if not isinstance(cell, dict):
            continue
        # Jupyter writes keys in alphabetical order: outputs come before the source.
        outputs = [text for output in _list(cell.get("outputs")) for text in _texts(output)]
        found += [Line(text, number, 0, finder.find(text)) for text in outputs]
        source = _lines(cell.get("source"))
        found += [Line(text, number, row, finder.find(text)) for row, text in enumerate(source, start=1)]
    return found


def file_line(lines: list[Line], cell: int, row: int) -> int | None:
    """Return the line of the file that holds a line of a cell."""
    return next((line.file_line for line in lines if (line.cell, line.row) == (cell, row)), None)


class _Finder:
    """Finds texts in the raw file, each after the one before."""

    def __init__(self, raw: str) -> None:
        self._raw = raw.split("\n")
        self._at = 0

    def find(self, text: str) -> int | None:
        for coded in (json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]):
            for number in range(self._at, len(self._raw) if coded else 0):
                if coded in self._raw[number]:
                    self._at = number
                    return number + 1
        return None


def _texts(output: Any) -> Iterator[str]:
    """Yield lines of what an output says in words; pictures are left out."""
    if not isinstance(output, dict):
        return
    data = output.get("data")
    parts = [output.get("text"), output.get("traceback"), output.get("evalue")]
    if isinstance(data, dict):
        parts += [value for kind, value in data.items() if kind.startswith("text/") or kind.endswith("json")]
    for part in parts:
        for line in _lines(json.dumps(part) if isinstance(part, dict) else part):
            yield line[:LONGEST_OUTPUT]


def _lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return [line for piece in value if isinstance(piece, str) for line in piece.splitlines() or [""]]
    return value.splitlines() if isinstance(value, str) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
