"""Notes beside a target that outlive a killed process and a registry that is down.

A rollback in progress is noted before its first side effect, so that entering it again finishes it instead of going
back once more. A ledger entry is noted before it is written, and the note goes when the registry has it.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from trainstop import digests, files
from trainstop.errors import InputError
from trainstop.ports.registry import LedgerEntry

ENTRY = TypeAdapter(LedgerEntry)


class RollbackNote(BaseModel):
    """A rollback: from which version to which, and whether all of it was done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: int
    to: int
    at: datetime
    finished: bool = False
    trial: bool = False
    """Whether what was left was only on trial, so that nothing in service changed hands."""


@dataclass(frozen=True)
class Notes:
    """The notes of one environment."""

    folder: Path

    def last_rollback(self) -> RollbackNote | None:
        """Return the newest rollback that was done or begun from this machine.

        Raises:
            InputError: the note cannot be read.

        """
        try:
            return RollbackNote.model_validate_json(self._rollback.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise _unreadable(self._rollback) from error

    def note_rollback(self, note: RollbackNote) -> None:
        """Write down a rollback, over the one before."""
        files.write_text(self._rollback, note.model_dump_json())

    def keep(self, entry: LedgerEntry) -> None:
        """Note an entry that the ledger shall have."""
        files.write_text(self._place(entry), ENTRY.dump_json(entry).decode())

    def drop(self, entry: LedgerEntry) -> None:
        """Forget an entry that the ledger has."""
        self._place(entry).unlink(missing_ok=True)

    def pending(self) -> list[LedgerEntry]:
        """Return entries that the ledger does not have yet, oldest first.

        Raises:
            InputError: a note cannot be read.

        """
        entries = []
        for path in self.folder.glob("entry-*.json"):
            try:
                entries.append(ENTRY.validate_json(path.read_bytes()))
            except ValueError as error:
                raise _unreadable(path) from error
        return sorted(entries, key=lambda entry: (entry.at, entry.key))

    @property
    def _rollback(self) -> Path:
        return self.folder / "rollback.json"

    def _place(self, entry: LedgerEntry) -> Path:
        return self.folder / f"entry-{digests.short(digests.of_value(entry.key), 32)}.json"


def _unreadable(path: Path) -> InputError:
    return InputError(
        "a note of an earlier run cannot be read", where=str(path), fix="look at it, then remove it by hand"
    )
