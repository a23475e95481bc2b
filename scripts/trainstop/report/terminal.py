"""A record for a person at a terminal: plain text, safe whatever the record's texts hold."""

from typing import Any

from trainstop.records import Check, Record
from trainstop.report import screen_checking, screen_delivery, screen_watching, words
from trainstop.report.screen import SENTENCE, part_lines, plain, table

MARKS = {"passed": "✓", "warned": "!", "failed": "x", "inconclusive": "?", "skipped": "-"}
VIEWS = (screen_checking, screen_delivery, screen_watching)
"""Each registers the views of its parts with `part_lines`."""


def show(record: Record[Any]) -> str:
    """Return a record as plain text: what became of the stage, its checks in rows, and what it made.

    No character of a record's texts can move the cursor, colour the screen, or be read as a workflow command.
    """
    title = f"{record.stage} {record.subject}".strip()
    lines = [f"{MARKS[record.status]} {plain(title)}: {record.status} in {words.duration(record.duration_seconds)}"]
    if record.reason:
        lines += [f"  {plain(record.reason, SENTENCE)}"]
    if record.error:
        said = (("where", record.error.where), ("fix", record.error.fix))
        lines += [f"  {name + ':':<6} {plain(text, SENTENCE)}" for name, text in said if text]
    if record.checks:
        lines += ["", *table([_check(check) for check in record.checks])]
    view = part_lines(record.part)
    if view:
        lines += ["", *view]
    return "\n".join(lines)


def _check(check: Check) -> list[str]:
    """Return a check as a row."""
    return [
        MARKS[check.status],
        plain(check.name),
        plain(words.value(check.value)),
        words.interval(check.interval) if check.interval else "",
        f"limit {plain(words.value(check.limit))}" if check.limit is not None else "",
        plain(check.reason, SENTENCE),
    ]
