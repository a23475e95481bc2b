"""Words for a waiting person: a live line on a terminal, plain lines in a log, or nothing."""

import re
import sys
from types import TracebackType
from typing import IO, Any

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Quiet:
    """Says nothing."""

    def note(self, text: str) -> None:
        """Drop the text."""


class Lines:
    """One line a note, for logs; never on standard output, which belongs to the result."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr

    def note(self, text: str) -> None:
        """Write a line."""
        self._stream.write(f"  {CONTROL.sub(' ', text)}\n")
        self._stream.flush()


class Spinner:
    """A line that turns while a stage runs, and is gone afterwards. Used as a context manager around one stage."""

    def __init__(self, title: str) -> None:
        from rich.console import Console

        self._title = title
        self._status: Any = Console(stderr=True).status(self._line(""))

    def _line(self, text: str) -> str:
        from rich.markup import escape

        return f"[bold]{escape(self._title)}[/bold] {escape(text)}"

    def note(self, text: str) -> None:
        """Show the text beside the stage's name."""
        self._status.update(self._line(CONTROL.sub(" ", text)))

    def __enter__(self) -> "Spinner":
        """Begin to turn."""
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the line."""
        self._status.stop()
