"""Notes outlive the process that wrote them, and say so when they are broken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trainstop.delivery.notes import Notes, RollbackNote
from trainstop.errors import InputError
from trainstop.ports.registry import LedgerEntry

AT = datetime(2026, 1, 1, tzinfo=UTC)


def entry(key: str, minutes: int = 0) -> LedgerEntry:
    return LedgerEntry(
        key=key,
        action="rollback",
        environment="production",
        version=2,
        previous=None,
        outcome="done",
        reason="für `$(id)`",
        actor="ada",
        at=AT + timedelta(minutes=minutes),
    )


def test_entries_come_back_as_they_were_oldest_first(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    notes.keep(entry("b", 2))
    notes.keep(entry("../a", 1))
    notes.keep(entry("b", 2))
    assert notes.pending() == [entry("../a", 1), entry("b", 2)]
    notes.drop(entry("b", 2))
    notes.drop(entry("b", 2))
    assert notes.pending() == [entry("../a", 1)]


def test_a_rollback_is_noted_over_the_one_before(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    assert notes.last_rollback() is None
    notes.note_rollback(RollbackNote(left=3, to=2, at=AT))
    notes.note_rollback(RollbackNote(left=3, to=2, at=AT, finished=True))
    assert notes.last_rollback() == RollbackNote(left=3, to=2, at=AT, finished=True)


def test_a_broken_note_is_shown_and_not_ignored(tmp_path: Path) -> None:
    (tmp_path / "rollback.json").write_text("{")
    (tmp_path / "entry-1.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        Notes(tmp_path).last_rollback()
    with pytest.raises(InputError, match="cannot be read"):
        Notes(tmp_path).pending()
