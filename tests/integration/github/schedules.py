"""200 schedules of what can go wrong, enumerated: each has a name by which it can be run again alone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.fakes.github.faults import FAULTS, KILLS

REQUESTS = {"look": 1, "write": 2, "look-again": 3}
"""Request 0 asks for the repository."""
NEWS = {"news": 6}
"""The write that says what is new on an issue, when all goes well before it."""


@dataclass(frozen=True)
class Run:
    """One job: its run and attempt, and what goes wrong with which of its requests."""

    number: int = 100
    attempt: int = 1
    faults: tuple[tuple[int, str], ...] = ()

    @property
    def token(self) -> str:
        return f"ghs_run{self.number}attempt{self.attempt}"


@dataclass(frozen=True)
class Schedule:
    """Jobs one after the other, or all `at_once` in the order that the seed gives their requests.

    Attributes:
        name: of the schedule.
        effect: `comment` or `issue`.
        runs: the jobs.
        there: whether an earlier run's comment or issue is there already.
        at_once: whether they run at the same time, each in its own process.
        killed: whether the first is killed, in a process of its own, and the others come afterwards.
        seed: of the order.

    """

    name: str
    effect: str
    runs: tuple[Run, ...]
    there: bool = False
    at_once: bool = False
    killed: bool = False
    seed: int = 0


def one_fault() -> Iterator[Schedule]:
    """Each fault, at each request that matters: 120."""
    situations = (("comment", False, REQUESTS), ("comment", True, REQUESTS), ("issue", False, REQUESTS | NEWS))
    for effect, there, places in situations:
        for (place, number), fault in product(places.items(), FAULTS):
            name = f"{effect}{'-there' if there else ''}-{place}-{fault}"
            yield Schedule(name, effect, (Run(faults=((number, fault),)),), there)


def two_faults(count: int = 24) -> Iterator[Schedule]:
    """Two different faults in one job, drawn by a seed."""
    for seed in range(count):
        draw = random.Random(seed)
        first, second = sorted(draw.sample(range(6), 2))
        faults = ((first, draw.choice(sorted(FAULTS))), (second, draw.choice(sorted(FAULTS))))
        effect = draw.choice(["comment", "issue"])
        name = f"two-{seed}-{effect}-" + "-".join(f"{number}-{fault}" for number, fault in faults)
        yield Schedule(name, effect, (Run(faults=faults),), there=draw.random() < 0.5, seed=seed)


def kills() -> Iterator[Schedule]:
    """Killed before or after a request took effect, and run again: 18."""
    situations = (("comment", False), ("comment", True), ("issue", False))
    for (effect, there), (place, number), kill in product(situations, REQUESTS.items(), KILLS):
        runs = (Run(faults=((number, kill),)), Run(attempt=2))
        yield Schedule(f"{effect}{'-there' if there else ''}-{kill}-{place}", effect, runs, there, killed=True)


def again() -> Iterator[Schedule]:
    """Run again, in every order: 6."""
    orders = {
        "attempt-2-after-1": ((100, 1), (100, 2)),
        "older-after-newer": ((101, 1), (100, 1)),
        "older-again-after-newer": ((100, 1), (101, 1), (100, 2)),
    }
    for effect, (name, order) in product(("comment", "issue"), orders.items()):
        yield Schedule(f"{effect}-{name}", effect, tuple(Run(number, attempt) for number, attempt in order))


def at_once(seeds: int = 8) -> Iterator[Schedule]:
    """Two jobs at the same moment, of one run or of two, whole or with faults: 32."""
    for effect, seed, faulty in product(("comment", "issue"), range(seeds), (False, True)):
        draw = random.Random(f"{effect} {seed} {faulty}")
        pair = ((100, 1), (101, 1)) if seed % 4 else ((100, 1), (100, 2))
        runs = []
        for number, attempt in pair:
            faults = ((draw.randrange(1, 5), draw.choice(sorted(FAULTS))),) if faulty else ()
            runs.append(Run(number, attempt, faults))
        name = f"{effect}-at-once-{seed}{'-faulty' if faulty else ''}"
        yield Schedule(name, effect, tuple(runs), there=seed % 2 == 1, at_once=True, seed=seed)


SCHEDULES = (*one_fault(), *two_faults(), *kills(), *again(), *at_once())
