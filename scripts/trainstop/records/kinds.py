"""Which part belongs to which stage, for a reader who is handed a record and was not told whose it is."""

from trainstop.records import checks, delivery, explaining, judging, reporting, training, travelling, watching
from trainstop.records.base import Part
from trainstop.records.checks import LintPart, TestPart
from trainstop.records.judging import BaselinePart, EvaluatePart, ModelTestPart
from trainstop.records.training import TrainPart

MODULES = (checks, training, judging, reporting, delivery, watching, travelling, explaining)
CHECKING: tuple[type[Part], ...] = (LintPart, TestPart, TrainPart, BaselinePart, EvaluatePart, ModelTestPart)
"""The stages that check a change, in the order of the line."""


def by_stage() -> dict[str, type[Part]]:
    """Return the part of each stage that has one, by the stage's name."""
    found = (value for module in MODULES for value in vars(module).values() if isinstance(value, type))
    return {kind.stage: kind for kind in found if issubclass(kind, Part) and "stage" in vars(kind)}
