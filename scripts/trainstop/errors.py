"""The catalogue of failures: what a person reads when trainstop cannot go on.

Owns the exit codes and the shape of a message: what happened, where, what to do. A check that failed is not an error
but a record with status `failed`; errors are for what keeps a stage from reaching a verdict at all.
"""

import errno
import os
import re
from collections.abc import Iterator
from typing import Any, ClassVar

PASSED, FAILED, WRONG_INPUT, OUTSIDE = 0, 1, 2, 3
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the operating system says where there is no room to write."""
_NUMBER = re.compile(r"\[Errno (\d+)\]")


class TrainstopError(Exception):
    """Base of every failure we foresee; anything else that escapes is a bug in trainstop."""

    exit_code: ClassVar[int] = OUTSIDE
    record: Any = None
    """The record that was written about it, where a stage got that far."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        """Keep the three parts: `what` happened, `where` (file, key, line, address), and what to do to `fix` it."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """Return the parts that are there, a line each."""
        lines = (self.what, self.where and f"  where: {self.where}", self.fix and f"  fix:   {self.fix}")
        return "\n".join(line for line in lines if line)


class ConfigurationError(TrainstopError):
    """The project's file, a flag or an environment variable says something that cannot be."""

    exit_code = WRONG_INPUT


class MachineBoundError(ConfigurationError):
    """Something was asked for that lives on this machine, and this machine ends with the job."""


class InputError(TrainstopError):
    """Data, a model, or an earlier record is missing, broken, or not what the configuration says."""

    exit_code = WRONG_INPUT


class MissingExtraError(TrainstopError):
    """A dependency group that this verb needs is not installed."""

    exit_code = WRONG_INPUT


class ProjectCodeError(TrainstopError):
    """The project's own code (training, tests, a target's command) ran and failed."""

    exit_code = FAILED


class TimeLimitError(TrainstopError):
    """Something of the project's, or a server, took longer than it was given."""


class UnavailableError(TrainstopError):
    """A server or the network did not answer, or refused."""


class NoCredentialError(UnavailableError):
    """A server lets nobody in without a credential, and this job was given none."""


class ConflictError(TrainstopError):
    """Somebody else changed what we were about to change; nothing was overwritten."""


class TakenOverError(ConflictError):
    """Somebody else took over what we were changing: from here on it is theirs, and nothing more is touched."""


class InternalError(TrainstopError):
    """A bug in trainstop: something that nobody foresaw. Its traceback is kept in a file, not thrown at a person."""


def out_of_room(error: BaseException) -> UnavailableError | None:
    """Return a disk without room as a failure we foresee; None when it is another error."""
    found = next(_full(error), None)
    if found is None:
        return None
    code, place = found
    return UnavailableError(
        f"there is no room to write: {os.strerror(code)}",
        where=place,
        fix="make room on that disk and run it again; what is half-written is never taken for whole",
    )


def foreseen(error: BaseException) -> TrainstopError | None:
    """Return an error as a failure of the catalogue; None when it is a bug."""
    return error if isinstance(error, TrainstopError) else out_of_room(error)


def _full(error: BaseException) -> Iterator[tuple[int, str]]:
    """Yield the number of each full disk and where it was met; a copied folder's error tells of its files in words."""
    import shutil  # noqa: PLC0415  # `--help` needs none of what it imports

    if isinstance(error, shutil.Error):
        for entry in error.args[0] if error.args and isinstance(error.args[0], list) else ():
            code = _NUMBER.match(str(entry[-1]))
            if code and int(code[1]) in FULL:
                yield int(code[1]), str(entry[1])
    elif isinstance(error, OSError) and error.errno in FULL:
        yield error.errno, str(error.filename or "")
