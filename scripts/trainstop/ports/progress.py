"""Words for a person who waits."""

from typing import Protocol


class Progress(Protocol):
    """Where a stage says what it is doing; never part of a result."""

    def note(self, text: str) -> None:
        """Say in a few words what goes on now."""
