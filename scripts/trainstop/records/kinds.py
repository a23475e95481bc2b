"""Which part belongs to which stage, for a reader who is handed a record and was not told whose it is."""

from trainstop.records import checks, delivery, explaining, judging, reporting, training, travelling, watching
from trainstop.records.base import Part

MODULES = (checks, training, judging, reporting, delivery, watching, travelling, explaining)


def by_stage() -> dict[str, type[Part]]:
    """Return the part of each stage that has one, by the stage's name."""
    found = (value for module in MODULES for value in vars(module).values() if isinstance(value, type))
    return {kind.stage: kind for kind in found if issubclass(kind, Part) and "stage" in vars(kind)}
