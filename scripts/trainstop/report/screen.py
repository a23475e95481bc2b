"""Lines of a terminal: text that only ever prints, tables, and the one place where a stage's part finds its view."""

import json
import re
from collections.abc import Sequence
from functools import singledispatch

from trainstop.errors import TrainstopError
from trainstop.report import words
from trainstop.report.escape import visible

MARKS = {"passed": "✓", "warned": "!", "failed": "x", "inconclusive": "?", "skipped": "-"}
CELL, SENTENCE = 60, 500
"""Characters of a cell, and of a reason."""
ROWS = 50
"""How many findings, failures or slices are shown; the record holds them all."""


def plain(text: object, limit: int = CELL) -> str:
    """Return text on one line that a terminal and a runner only print."""
    return visible(str(text), limit).replace("##[", "# #[").replace("::", ": :")


def lines(text: object, limit: int = SENTENCE) -> str:
    """Return text on as many lines as it has, each of which a terminal and a runner only print; none begins a line.

    What follows a line break is indented, so that it is seen to belong to the first.
    """
    first, *others = re.split(r"\r\n|[\n\r\u2028\u2029]", str(text)) or [""]
    rest = [f"{_indent(line)}{plain(line, limit)}" for line in others if line.strip()]
    return "\n".join([plain(first, limit), *rest])


def headline(stage: str, subject: str, status: str, seconds: float, reason: str) -> list[str]:
    """Return the first lines of a record: what became of a stage, in how many seconds, and why."""
    title = f"{MARKS[status]} {plain(f'{stage} {subject}'.strip())}: {status} in {words.duration(seconds)}"
    return [title, f"  {plain(reason, SENTENCE)}"] if reason else [title]


def told(error: TrainstopError) -> str:
    """Return an error's parts, a line each at least; whatever text is in them, terminals and runners only print it."""
    parts = (("", error.what), ("  where: ", error.where), ("  fix:   ", error.fix))
    return "\n".join(f"{name}{lines(text)}" for name, text in parts if text)


def _indent(line: str) -> str:
    """Return the spaces that a line begins with, at least four and at most eight."""
    return " " * min(max(len(line) - len(line.lstrip(" ")), 4), 8)


def machine(text: str) -> str:
    """Return JSON that says the same and holds nothing that an old runner takes for a command, wherever it stands."""
    return text.replace("##[", "#\\u0023[")


def broken_off(error: TrainstopError, stage: str, *, indent: int | None = None) -> str:
    """Return an error as JSON: the record that was written of it, else an object that reads like one."""
    if error.record is not None:
        return machine(error.record.model_dump_json(indent=indent))
    parts = {"what": error.what, "where": error.where, "fix": error.fix, "exit_code": error.exit_code}
    said = {"stage": stage, "status": "failed", "reason": error.what, "error": {"kind": type(error).__name__, **parts}}
    return machine(json.dumps(said, indent=indent))


def table(rows: Sequence[Sequence[str]], *, heading: Sequence[str] = ()) -> list[str]:
    """Return rows as lines with aligned columns, indented by two; a column without any text is left out."""
    every = [heading, *rows] if heading else list(rows)
    count = max(map(len, every), default=0)
    widths = [max((len(row[index]) for row in every if index < len(row)), default=0) for index in range(count)]
    kept = [index for index in range(count) if any(len(row) > index and row[index] for row in rows)]
    return [
        ("  " + "  ".join((row[index] if index < len(row) else "").ljust(widths[index]) for index in kept)).rstrip()
        for row in every
    ]


def columns(row: str) -> str:
    """Return a row that was kept in a file, its columns where they were; a terminal and a runner only print it."""
    return "".join(part if part.isspace() else plain(part, SENTENCE) for part in re.split("(  +)", row))


def more(hidden: int) -> list[str]:
    """Say how many rows are not shown."""
    return [f"  and {words.count(hidden)} more in the record"] if hidden > 0 else []


@singledispatch
def part_lines(part: object) -> list[str]:
    """Return what a stage made, as lines; none for a part that its checks say all about."""
    del part
    return []
