"""What `explain` hands on."""

from typing import ClassVar

from pydantic import FiniteFloat

from trainstop.records.base import CheckStatus, Frozen, Part
from trainstop.records.judging import Interval, Word


class Explanation(Frozen):
    """Why one gate or check decided as it did, in sentences."""

    of_stage: str
    gate: str
    """Name of the check."""
    status: CheckStatus
    word: Word | None = None
    """Of a comparison with the champion."""
    value: FiniteFloat | str | None = None
    limit: FiniteFloat | str | None = None
    interval: Interval | None = None
    found: str = ""
    """What was measured."""
    rests_on: str = ""
    """The data behind it."""
    rule: str = ""
    """The rule that led from there to the status."""
    change: str = ""
    """What would change it."""
    method: str = ""
    """How the interval was made, and why so."""


class ExplainPart(Part):
    """Explanations in the order in which the gates were judged."""

    stage: ClassVar[str] = "explain"
    explanations: tuple[Explanation, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader of the explained stages must know."""
