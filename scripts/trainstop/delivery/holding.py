"""One deployment at a time among machines: a lease on an environment, kept in the registry.

Who holds it says so with a time until which that counts, and says it anew at each step; one that died is outlasted. It
counts as held only while it is exactly what was written last: whoever took it over meanwhile, in whatever name, has it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import ConflictError, TakenOverError, TrainstopError
from trainstop.job import Job
from trainstop.ports.registry import Lease

MARGIN = 600.0
"""Seconds for what has no limit of its own: installing a model's environment, a command of the project's."""


def longest(section: EnvironmentSection) -> float:
    """Return how many seconds a deployment may take from one of its steps to the next."""
    return section.start_timeout + max(section.pause, section.patience) + MARGIN


@dataclass
class Hold:
    """The lease of one environment, as one verb holds it."""

    job: Job
    environment: str
    seconds: float = MARGIN
    _own: set[Lease] = field(default_factory=set)

    def take(self, *, from_anybody: bool = False) -> None:
        """Take it if it is free, expired, or this run's own.

        Raises:
            ConflictError: another run holds it.
            UnavailableError: the registry does not answer.

        """
        now, owner = self.job.ports.clock.now(), self.job.run.owner

        def free(there: Lease | None) -> bool:
            return from_anybody or there is None or there.owner == owner or there.until <= now

        there = self._swap(free)
        if there is not None and there not in self._own:
            raise ConflictError(
                f"{there.owner} is busy with {self.environment} until {there.until:%Y-%m-%d %H:%M:%S} UTC",
                where=f"environment `{self.environment}`",
                fix="wait until it has ended, then run this again; `trainstop rollback` goes back all the same",
            )

    def renew(self) -> None:
        """Hold it for longer.

        Raises:
            TakenOverError: it is somebody else's now.
            UnavailableError: the registry does not answer.

        """
        before = set(self._own)
        there = self._swap(before.__contains__)
        if there is None or there not in self._own:
            raise TakenOverError(
                f"{there.owner if there else 'somebody'} took {self.environment} over, and nothing more is touched",
                where=f"environment `{self.environment}`",
                fix="look at `trainstop status` and `trainstop history`",
            )

    def lost(self) -> bool:
        """Say whether somebody took it over; a registry that does not answer takes nothing away."""
        try:
            self.renew()
        except TakenOverError:
            return True
        except TrainstopError:
            return False
        return False

    def end(self) -> None:
        """Give it back; one that cannot be given back expires."""
        name = self.job.config.model.name
        with suppress(TrainstopError):
            self.job.ports.registry.swap_lease(name, self.environment, None, self._own.__contains__)

    def _swap(self, allowed: Callable[[Lease | None], bool]) -> Lease | None:
        """Write it anew; what may have been written counts as ours, since an answer can be lost."""
        until = self.job.ports.clock.now() + timedelta(seconds=self.seconds)
        lease = Lease(owner=self.job.run.owner, until=until)
        self._own.add(lease)
        there = self.job.ports.registry.swap_lease(self.job.config.model.name, self.environment, lease, allowed)
        if there == lease:
            self._own = {lease}
        return there
