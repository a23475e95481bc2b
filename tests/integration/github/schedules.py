"""200 schedules of what can go wrong, enumerated: each has a name by which it can be run again alone.

Every job writes a comment and then an issue with its news. What goes wrong is planned by what a request is for.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.fakes.github.faults import FAULTS, KILLS

SITUATIONS = {"fresh": 0, "there": 1, "twins": 2}
"""How many comments and how many issues an earlier run left."""
LOOKS = {
    "fresh": (
        ("look for comments", 1),
        ("look for comments", 2),
        ("look for issues", 1),
        ("look for issues", 3),
        ("look for news", 1),
    ),
    "there": (("read issue", 1),),
    "twins": (),
}
"""By situation: questions that come up in it, and which of their kind: before something was written, or after."""
WRITES = {
    "fresh": (("create comment", 1), ("open issue", 1), ("tell news", 1)),
    "there": (("edit comment", 1), ("edit issue", 1)),
    "twins": (("remove comment", 1), ("edit issue", 1)),
}
"""The same for what changes something; the first edit of twins takes one of them away."""


@dataclass(frozen=True)
class Run:
    """One job: its run and attempt, and what goes wrong with which of its requests: (kind, nth of it, fault)."""

    number: int = 100
    attempt: int = 1
    faults: tuple[tuple[str, int, str], ...] = ()

    @property
    def token(self) -> str:
        return f"ghs_run{self.number}attempt{self.attempt}"


@dataclass(frozen=True)
class Schedule:
    """Jobs one after the other, or all `at_once` in the order that the seed gives their requests.

    Attributes:
        name: of the schedule.
        runs: the jobs.
        there: what earlier runs left (see `SITUATIONS`).
        at_once: whether they run at the same time, each in its own process; a fault then is whoever's comes first.
        killed: whether the first is killed, in a process of its own, and the others come afterwards.
        seed: of the order.

    """

    name: str
    runs: tuple[Run, ...]
    there: str = "fresh"
    at_once: bool = False
    killed: bool = False
    seed: int = 0


def named(*words: object) -> str:
    return "-".join(str(word).replace(" ", "-") for word in words)


def one_fault() -> Iterator[Schedule]:
    """Each fault, at each request that matters: 156."""
    for there in SITUATIONS:
        for (kind, nth), fault in product((*LOOKS[there], *WRITES[there]), FAULTS):
            yield Schedule(named(there, kind, nth, fault), (Run(faults=((kind, nth, fault),)),), there)


def kills() -> Iterator[Schedule]:
    """Killed before or after a request took effect, and run again: 14."""
    for there in SITUATIONS:
        for (kind, nth), kill in product(WRITES[there], KILLS):
            runs = (Run(faults=((kind, nth, kill),)), Run(attempt=2))
            yield Schedule(named(there, kind, kill), runs, there, killed=True)


def two_faults(count: int = 8) -> Iterator[Schedule]:
    """A fault at the comment and another at the issue of one job, drawn by a seed."""
    for seed in range(count):
        draw = random.Random(seed)
        there = "there" if seed % 2 else "fresh"
        places = (*LOOKS[there], *WRITES[there])
        faults = tuple(
            (*draw.choice([each for each in places if ("comment" in each[0]) is about_comment]), draw.choice([*FAULTS]))
            for about_comment in (True, False)
        )
        yield Schedule(named("two", seed, there, *(each[0] for each in faults)), (Run(faults=faults),), there)


def again() -> Iterator[Schedule]:
    """Run again, in every order: 6."""
    orders = {
        "attempt-2-after-1": ((100, 1), (100, 2)),
        "older-after-newer": ((101, 1), (100, 1)),
        "older-again-after-newer": ((100, 1), (101, 1), (100, 2)),
    }
    for there, (name, order) in product(("fresh", "there"), orders.items()):
        yield Schedule(named(there, name), tuple(Run(number, attempt) for number, attempt in order), there)


def at_once(seeds: int = 8) -> Iterator[Schedule]:
    """Two jobs at the same moment, of one run or of two, whole or with a fault at a write: 16."""
    for seed, faulty in product(range(seeds), (False, True)):
        draw = random.Random(f"{seed} {faulty}")
        there = "there" if seed % 2 else "fresh"
        pair = ((100, 1), (101, 1)) if seed % 4 else ((100, 1), (100, 2))
        faults = tuple((kind, nth, draw.choice([*FAULTS])) for kind, nth in WRITES[there]) if faulty else ()
        runs = (Run(*pair[0], faults=faults), Run(*pair[1]))
        yield Schedule(named("at-once", seed, "faulty" if faulty else "whole"), runs, there, at_once=True, seed=seed)


SCHEDULES = (*one_fault(), *kills(), *two_faults(), *again(), *at_once())
