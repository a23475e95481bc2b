"""A failure of scoring that a person can mend. Runs in the model's interpreter: standard library only."""

from __future__ import annotations

import re

MESSAGE_CHARACTERS = 400
VALUES = re.compile(r"of data '.*' (?=with schema)")
"""MLflow prints whole rows, which may be anybody's, into its message."""


class ScoreError(Exception):
    """Something a person can mend. `kind` is `input` (the rows, the configuration) or `model`."""

    def __init__(self, kind: str, what: str, *, fix: str, where: str = "") -> None:
        """Keep the parts of the message."""
        super().__init__(what)
        self.parts = {"kind": kind, "what": what, "where": where, "fix": fix}


def brief(error: BaseException) -> str:
    """Return an error's kind and the start of its message, in one line."""
    text = VALUES.sub("of the data ", " ".join(str(error).split()))
    return f"{type(error).__name__}: {text}"[:MESSAGE_CHARACTERS]
