"""What changed between two trainings, by their records."""

from trainstop.records.judging import Changes
from trainstop.records.training import TrainPart


def between(before: TrainPart, now: TrainPart) -> Changes:
    """Compare what two trainings depended on, part by part, and the parameters that they logged."""
    names = sorted(before.params.keys() | now.params.keys())
    both = {name: (before.params.get(name), now.params.get(name)) for name in names}
    parts = ("code", "data", "command", "environment")
    differ = {part: getattr(before.fingerprint, part) != getattr(now.fingerprint, part) for part in parts}
    return Changes(**differ, params={name: (old, new) for name, (old, new) in both.items() if old != new})
