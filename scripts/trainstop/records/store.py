"""Reading and writing records in the results folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from trainstop import files
from trainstop.errors import InputError
from trainstop.records.base import Part, Record, Status

P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Results:
    """The records of earlier verbs, by their part's type. `subject` tells two runs of one verb apart (environments)."""

    folder: Path
    masked: Callable[[Record[Any]], Record[Any]] | None = None
    """What each record passes before `find` hands it on."""

    def path(self, stage: str, subject: str = "") -> Path:
        """Where the record of a stage lies."""
        return self.folder / (f"{stage}-{subject}.json" if subject else f"{stage}.json")

    def find(self, part: type[P], subject: str = "") -> Record[P] | None:
        """Return the record of the stage that makes `part`, or None when that stage has not run.

        Raises:
            InputError: the file is there and is not a record of this stage.

        """
        path = self.path(part.stage, subject)
        try:
            found = Record[part].model_validate_json(path.read_bytes())  # type: ignore[valid-type]  # a class at run time
        except FileNotFoundError:
            return None
        except (ValidationError, ValueError, OSError) as error:
            raise InputError(
                f"the record of `{part.stage}` cannot be read: {error}".splitlines()[0],
                where=str(path),
                fix=f"run `trainstop {part.stage}` again",
            ) from error
        return self.masked(found) if self.masked else found

    def part(self, part: type[P], subject: str = "") -> P:
        """Return what an earlier stage handed on.

        Raises:
            InputError: that stage has not run, or did not get as far as handing something on.

        """
        record = self.find(part, subject)
        if record is None or record.part is None:
            ended = f"ended as {record.status}: {record.reason}" if record else "has not run here"
            raise InputError(
                f"`{part.stage}` {ended}, and its result is needed now",
                where=str(self.path(part.stage, subject)),
                fix=f"run `trainstop {part.stage}` first, or the whole stretch with `trainstop run`",
            )
        return record.part

    def write(self, record: Record[Any]) -> Path:
        """Write a record and return its path."""
        path = self.path(record.stage, record.subject)
        files.write_text(path, record.model_dump_json(indent=1) + "\n")
        return path

    def forget(self, stage: str, subject: str = "") -> None:
        """Remove a stage's record, so that an interrupted run never shows an older one as its own."""
        self.path(stage, subject).unlink(missing_ok=True)

    def every(self) -> list[Record[Part]]:
        """Return all readable records, oldest first, whatever their part; for reports."""
        records = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                records.append(Record[Part].model_validate_json(path.read_bytes(), extra="ignore"))
            except (ValidationError, ValueError):
                continue
        return sorted(records, key=lambda record: record.started_at)


def passed(record: Record[Any] | None) -> bool:
    """Say whether a stage ran and nothing it saw stops the line."""
    return record is not None and record.status is not Status.FAILED
