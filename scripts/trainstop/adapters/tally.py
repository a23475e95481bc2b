"""How many annotations a step and its job have shown: GitHub drops what is above its limits, without a word.

A job's steps are processes that know nothing of each other, so the count lies in a file of the job's own folder.
"""

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

A_STEP = 10
"""Of each kind a step."""
A_JOB = 50
"""Of all kinds a job."""
FOR_ERRORS = 20
"""Of a job's, kept for errors: what an early step merely warns of must not hide why a later one failed."""


class Tally:
    """Counts what was shown. A file that is missing or broken counts as empty: then GitHub drops what is too much."""

    def __init__(self, path: Path | None = None, step: str = "") -> None:
        """Count in `path`, or in memory; `step` tells the steps of the job apart."""
        self._path = path
        self._step = step
        self._job = 0
        self._kinds: Counter[str] = Counter()
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            found = json.loads(path.read_bytes()) if path else {}
            if path:
                self._job = max(0, int(found["job"]))
            if path and found["step"] == step:
                self._kinds.update({str(kind): max(0, int(number)) for kind, number in found["kinds"].items()})

    def room(self, kind: str) -> int:
        """Return how many more of a kind GitHub would show."""
        most = A_JOB if kind == "error" else A_JOB - FOR_ERRORS
        return max(0, min(A_STEP - self._kinds[kind], most - self._job))

    def shown(self, kind: str, number: int) -> None:
        """Take note of some that were shown."""
        self._kinds[kind] += number
        self._job += number
        if self._path:
            with suppress(OSError):
                counted = {"job": self._job, "step": self._step, "kinds": dict(self._kinds)}
                self._path.write_text(json.dumps(counted), encoding="utf-8")
