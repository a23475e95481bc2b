"""A record for a person at a terminal: plain text, safe whatever the record's texts hold."""

import importlib
from typing import Any

from trainstop.records import Check, Record
from trainstop.report import words
from trainstop.report.screen import MARKS, SENTENCE, headline, part_lines, plain, table

VIEWS = {
    "trainstop.records.checks": "trainstop.report.screen_checking",
    "trainstop.records.training": "trainstop.report.screen_checking",
    "trainstop.records.judging": "trainstop.report.screen_checking",
    "trainstop.records.reporting": "trainstop.report.screen_checking",
    "trainstop.records.travelling": "trainstop.report.screen_delivery",
    "trainstop.records.delivery": "trainstop.report.screen_delivery",
    "trainstop.records.watching": "trainstop.report.screen_watching",
    "trainstop.records.explaining": "trainstop.report.screen_explaining",
}
"""Where the views of the parts of a module are; only that module is loaded, since every verb ends with its view."""

TOLD_BY_VIEW = {"monitor", "explain"}
"""Stages whose view tells every check, with more beside it."""


def show(record: Record[Any]) -> str:
    """Return a record as plain text: what became of the stage, its checks in rows, and what it made.

    No character of a record's texts can move the cursor, colour the screen, or be read as a workflow command.
    """
    head = headline(record.stage, record.subject, record.status, record.duration_seconds, record.reason)
    return "\n".join([*head, *rows(record)])


def rows(record: Record[Any]) -> list[str]:
    """Return the lines of a record below what became of the stage."""
    lines: list[str] = []
    if record.error:
        said = (("where", record.error.where), ("fix", record.error.fix))
        lines += [f"  {name + ':':<6} {plain(text, SENTENCE)}" for name, text in said if text]
    if record.checks and not (record.part and record.stage in TOLD_BY_VIEW):
        lines += ["", *table([_check(check) for check in record.checks])]
    view = _view(record.part)
    if view:
        lines += ["", *view]
    return lines


def _view(part: object) -> list[str]:
    """Return what a stage made, as lines."""
    module = VIEWS.get(type(part).__module__)
    if module:
        importlib.import_module(module)
    return part_lines(part)


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
