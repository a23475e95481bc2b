"""From signals to incidents: one for each kind of trouble, so that one trouble has one issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trainstop.records.watching import Incident, Signal

LEVELS = ("quiet", "look", "act")


@dataclass(frozen=True)
class Kind:
    """One kind of trouble.

    Attributes:
        key: part of the issue's marker.
        prefix: beginning of the names of its signals.
        title: of its issue.
        opens_at: level of a signal from which it is an incident.
        reactions: what may be asked for when it says act.

    """

    key: str
    prefix: str
    title: str
    opens_at: Literal["look", "act"] = "act"
    reactions: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind(
        "performance",
        "performance",
        "the model performs worse than when it was judged",
        reactions=("retrain", "rollback"),
    ),
    Kind("service", "service", "requests fail", reactions=("rollback",)),
    Kind("health", "health", "the version that should be served is not, or is not healthy"),
    Kind("refused", "refused", "most requests are refused"),
    Kind("quality", "quality", "the data that the model is given is broken"),
    Kind("freshness", "freshness", "nothing of it was logged for too long"),
    Kind("prediction", "prediction", "the model's answers have changed", opens_at="look"),
)
"""Features open no issue by themselves: their drift is a symptom, and is listed where there is one. Broken data is no
reason to train on it, a silent log none to go back, and refusals neither: whoever may ask can cause them. A version
that passed its deployment and is down now was brought down by what is around it, which an older one has around it too.
"""


def kind_of(signal: Signal) -> Kind | None:
    """Return the kind of trouble that a signal tells of; None for features and what is only shown."""
    return next((kind for kind in KINDS if signal.name.split(":")[0] == kind.prefix), None)


def incidents(signals: Sequence[Signal], *, model: str, environment: str) -> tuple[Incident, ...]:
    """Gather the signals that open an issue, one incident a kind."""
    found = []
    for kind in KINDS:
        raised = [each for each in signals if kind_of(each) is kind and _reaches(each, kind.opens_at)]
        if raised:
            level: Literal["look", "act"] = "act" if any(each.level == "act" for each in raised) else "look"
            title = f"{model} in {environment}: {kind.title}"
            names = tuple(each.name for each in raised)
            found.append(Incident(key=kind.key, level=level, title=title, signals=names))
    return tuple(found)


def _reaches(signal: Signal, level: str) -> bool:
    """Whether a signal is at a level or above it; one without enough data is at none."""
    return signal.level in LEVELS and LEVELS.index(signal.level) >= LEVELS.index(level)
