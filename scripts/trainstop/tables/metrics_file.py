"""Metrics files: what a project wrote about its own model, in whatever plain form it had. Names are hostile text.

Owns the forms that are understood: JSON and YAML (nested names are joined by dots, what is no number is passed over),
CSV (two columns of names and values, or a header and rows of which the last counts), and lines of `name: value`.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from trainstop.errors import InputError

LONGEST_NAME = 200
MOST = 1000
MOST_VALUES = 100_000
LARGEST_BYTES = 1 << 20
DEEPEST = 20
HEADERS = {("name", "value"), ("metric", "value"), ("key", "value")}
LINE = re.compile(r"^(?P<name>.+?)\s*[:=]\s*(?P<value>[^:=\s]+)$")


def read(path: Path) -> dict[str, float]:
    """Read metrics by name; NaN and infinity stay what they are, for the gates to refuse.

    Raises:
        InputError: no such file, too large, not of its form, no metric in it, a name that no report could show.

    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _wrong("the metrics file is larger than 1 MiB", path)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise _wrong("there is no metrics file", path, "write it before `trainstop evaluate` runs") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(f"the metrics file cannot be read: {error}", path, "save it as UTF-8 text") from error
    metrics: dict[str, float] = {}
    for name, value in _form(path)(text, path):
        _check(name, path)
        if name in metrics:
            raise _wrong(f"the metric {name!r} is there twice", path)
        metrics[name] = value
        if len(metrics) > MOST:
            raise _wrong(f"there are more than {MOST} metrics", path)
    if not metrics:
        raise _wrong("there is no metric in the metrics file", path, "no data is never a pass: write at least one")
    return metrics


def _form(path: Path) -> Callable[[str, Path], Iterator[tuple[str, float]]]:
    """Choose the form by the file's ending."""
    by_ending = {".json": _json, ".yaml": _yaml, ".yml": _yaml, ".csv": _csv}
    return by_ending.get(path.suffix.lower(), _lines)


def _check(name: str, path: Path) -> None:
    """Refuse a name that would break a line of a report, or fill it."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _wrong(f"a metric cannot be called {ascii(name)[:80]}", path, f"1 to {LONGEST_NAME} printable characters")


def _json(text: str, path: Path) -> Iterator[tuple[str, float]]:
    """Read JSON."""
    try:
        return _flat(json.loads(text), path)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"not JSON: {error}", path) from error


def _yaml(text: str, path: Path) -> Iterator[tuple[str, float]]:
    """Read YAML."""
    try:
        return _flat(yaml.safe_load(text), path)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _wrong(f"not YAML: {' '.join(str(error).split())}", path) from error


def _flat(tables: Any, path: Path) -> Iterator[tuple[str, float]]:
    """Yield the numbers of nested tables, names joined by dots; `null` is a metric without a number."""
    if not isinstance(tables, dict):
        raise _wrong("the metrics file holds no table of names and numbers", path)
    waiting: list[tuple[tuple[str, ...], Any]] = [((), tables)]
    seen = 0
    while waiting:
        names, value = waiting.pop()
        seen += 1
        if len(names) > DEEPEST or seen > MOST_VALUES:
            raise _wrong(f"the tables hold more than {MOST_VALUES} values, or are nested over {DEEPEST} deep", path)
        if isinstance(value, dict):
            waiting.extend(((*names, str(key)), inner) for key, inner in reversed(value.items()))
        elif value is None:
            yield ".".join(names), math.nan
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield ".".join(names), _number(value)


def _csv(text: str, path: Path) -> Iterator[tuple[str, float]]:
    """Read CSV: names and values in two columns, or a header and rows of which the last counts."""
    try:
        rows = [row for row in csv.reader(text.splitlines(), strict=True) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _wrong(f"not CSV: {error}", path) from error
    if any(len(row) != len(rows[0]) for row in rows):
        raise _wrong("the rows of the metrics file have different lengths", path)
    headed = bool(rows) and tuple(cell.strip().lower() for cell in rows[0]) in HEADERS
    if headed or (rows and len(rows[0]) == 2 and _is_number(rows[0][1])):
        return ((name.strip(), _parsed(value, path)) for name, value in rows[headed:])
    if len(rows) == 1:
        raise _wrong("the metrics file has a header and no values", path)
    return ((name.strip(), _parsed(value, path)) for name, value in _columns(rows) if _is_number(value))


def _columns(rows: list[list[str]]) -> list[tuple[str, str]]:
    """Return the header's names with the last row's values."""
    return list(zip(rows[0], rows[-1], strict=True)) if rows else []


def _lines(text: str, path: Path) -> Iterator[tuple[str, float]]:
    """Read lines of `name: value` or `name = value`; empty ones and those that begin with # are passed over."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line.strip())
        if not match:
            raise _wrong(f"line {number} is not `name: value`: {ascii(line)[:80]}", path)
        yield match["name"].strip(), _parsed(match["value"], path)


def _is_number(text: str) -> bool:
    """Say whether a cell can be read as a number."""
    try:
        float(text)
    except ValueError:
        return not text.strip()
    return True


def _parsed(text: str, path: Path) -> float:
    """Read a number; an empty cell is a metric without one."""
    try:
        return float(text) if text.strip() else math.nan
    except ValueError as error:
        raise _wrong(f"{ascii(text)[:80]} is not a number", path) from error


def _number(value: float) -> float:
    """Return a number as a float; one too large for it is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _wrong(what: str, path: Path, fix: str = "see the forms of a metrics file in the documentation") -> InputError:
    """Build the error of a file that is not as it should be."""
    return InputError(what, where=str(path), fix=fix)
