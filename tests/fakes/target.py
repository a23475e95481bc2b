"""A deployment target in memory. Fulfils `trainstop.ports.targets.Target`, and can die or fall silent on demand."""

from dataclasses import dataclass, field

from trainstop.bundles import Bundle
from trainstop.errors import UnavailableError
from trainstop.ports.targets import Current, Health, Observation


class Died(BaseException):
    """The process was killed: nothing after it runs, and nothing catches it."""


@dataclass
class FakeTarget:
    """Serves versions by number. `dies_after` counts side effects down to the one that is the last."""

    serving: int | None = None
    last_good: int | None = None
    traffic: dict[int, int] = field(default_factory=dict)
    prepared: set[int] = field(default_factory=set)
    unhealthy: dict[int, str] = field(default_factory=dict)
    observations: dict[int, list[Observation]] = field(default_factory=dict)
    """What `observe` says of a version, one after the other; the last one stays."""
    addresses: dict[int, str] = field(default_factory=dict)
    bundles: dict[int, Bundle] = field(default_factory=dict)
    endpoint: str = "http://127.0.0.1:1"
    down: bool = False
    dies_after: int | None = None
    naive: bool = False
    """Whether going back makes what was left the last good version, as a target of few wits would."""
    earlier: list[int] = field(default_factory=list)
    """Versions that were good before the last good one."""
    calls: list[str] = field(default_factory=list)

    @classmethod
    def with_history(cls, *versions: int, naive: bool = False) -> "FakeTarget":
        """Return a target on which versions were committed one after the other."""
        target = cls(naive=naive)
        for version in versions:
            target.prepared.add(version)
            target.commit(version)
        target.calls.clear()
        return target

    def prepare(self, version: int, bundle: Bundle) -> None:
        self._effect(f"prepare {version}")
        self.bundles[version] = bundle
        self.prepared.add(version)

    def health(self, version: int) -> Health:
        self._called(f"health {version}")
        if version not in self.prepared:
            return Health(ready=False, reason="not prepared")
        reason = self.unhealthy.get(version, "")
        return Health(ready=not reason, reason=reason)

    def address(self, version: int) -> str:
        return self.addresses.get(version, "")

    def shift(self, version: int, percent: int) -> None:
        self._effect(f"shift {version} {percent}")
        rest = {self.serving: 100 - percent} if self.serving not in (None, version) and percent < 100 else {}
        self.traffic = {number: share for number, share in ({version: percent} | rest).items() if number and share}

    def observe(self, version: int) -> Observation:
        self._called(f"observe {version}")
        seen = self.observations.get(version, [])
        if not seen:
            return Observation(requests=0, errors=0)
        return seen.pop(0) if len(seen) > 1 else seen[0]

    def commit(self, version: int) -> None:
        if version == self.last_good and not self.naive:
            self.last_good = self.earlier.pop() if self.earlier else None
        elif version != self.serving:
            self.earlier += [] if self.last_good is None else [self.last_good]
            self.last_good = self.serving
        self.serving = version
        self.prepared.add(version)
        self.traffic = {version: 100}
        self._effect(f"commit {version}")

    def abort(self, version: int) -> None:
        self.prepared.discard(version)
        self.traffic = {} if self.serving is None else {self.serving: 100}
        self._effect(f"abort {version}")

    def current(self) -> Current:
        self._called("current")
        return Current(
            traffic=dict(self.traffic),
            serving=self.serving,
            last_good=self.last_good,
            endpoint=self.endpoint,
            prepared=tuple(sorted(self.prepared)),
        )

    def stop(self) -> None:
        self._effect("stop")
        self.prepared.clear()

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.down:
            raise UnavailableError("the target does not answer", where="fake:target", fix="start it")

    def _effect(self, what: str) -> None:
        self._called(what)
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                self.dies_after = None
                raise Died(what)
