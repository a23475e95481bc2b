"""What a deployment does, in which order. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """One thing a deployment does."""

    PREPARE = "prepare"
    ASK_VERSION = "ask the version"
    SHIFT = "shift"
    WATCH = "watch"
    ASK_ENDPOINT = "ask the endpoint"
    COMMIT = "commit"


@dataclass(frozen=True)
class Planned:
    """One act, and the percent of the traffic that it is about."""

    act: Act
    percent: int = 0


READY = (Planned(Act.PREPARE), Planned(Act.ASK_VERSION))
DONE = (Planned(Act.COMMIT, 100), Planned(Act.ASK_ENDPOINT, 100))


def plan(strategy: str, percents: tuple[int, ...], *, replaces: bool) -> tuple[Planned, ...]:
    """Return the acts of a deployment.

    Args:
        strategy: `all-at-once`, `blue-green` or `canary`.
        percents: the canary's steps, in percent of the traffic.
        replaces: whether another version serves; if none does, there is no traffic to move bit by bit.

    """
    if not replaces or strategy == "all-at-once":
        return (*READY, *DONE)
    if strategy == "blue-green":
        return (*READY, Planned(Act.SHIFT, 100), Planned(Act.ASK_ENDPOINT, 100), *DONE)
    watched = [
        Planned(act, percent) for percent in percents for act in (Act.SHIFT, Act.WATCH, Act.ASK_VERSION)
    ]  # fmt: skip
    return (*READY, *watched, *DONE)
