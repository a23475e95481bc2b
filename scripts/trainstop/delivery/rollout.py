"""Carrying out a plan on a target, step by step, each judged before the next; and taking it back.

Effects come in as arguments; when to stop is decided in `analysis` and `contract`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.delivery.analysis import Verdict, judge
from trainstop.delivery.contract import repeats_golden
from trainstop.delivery.plan import Act, Planned
from trainstop.errors import TrainstopError
from trainstop.golden import Golden
from trainstop.ports.clock import Clock
from trainstop.ports.endpoints import EndpointClient
from trainstop.ports.progress import Progress
from trainstop.ports.targets import Observation, Target
from trainstop.records import Check, CheckStatus
from trainstop.records.delivery import Step

SOONEST, LATEST = 0.25, 5.0
"""Seconds between two looks. A look may be a command of the project's that asks somebody's cloud."""


@dataclass
class Rollout:
    """One deployment under way; `checks` and `steps` say how far it came and what was seen."""

    target: Target
    endpoints: EndpointClient
    clock: Clock
    progress: Progress
    section: EnvironmentSection
    version: int
    previous: int | None
    bundle: Bundle
    golden: Golden
    renew: Callable[[], None]
    """Asks before each change whether the environment is still ours, and raises when it is not."""
    checks: list[Check] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def run(self, planned: Sequence[Planned]) -> bool:
        """Do what is planned until something fails; say whether all of it was done. The last check says why not.

        Raises:
            TrainstopError: the target, or a command of the project, did.

        """
        for number, step in enumerate(planned):
            self.progress.note(f"version {self.version}: {step.act}" + f" {step.percent}%" * bool(step.percent))
            first = not any(other.act is step.act for other in planned[:number])
            check = self._do(step, first=first)
            if check is not None:
                self.checks.append(check)
                if check.status is CheckStatus.FAILED:
                    return False
        return True

    def _do(self, step: Planned, *, first: bool) -> Check | None:
        """Do one thing; return what is worth telling of it."""
        if step.act in (Act.PREPARE, Act.SHIFT, Act.COMMIT):
            self.renew()
        match step.act:
            case Act.PREPARE:
                self.target.prepare(self.version, self.bundle)
                return self._healthy()
            case Act.ASK_VERSION:
                check = self._ask(self.target.address(self.version), "golden predictions, before traffic")
                return check if first or check.status is CheckStatus.FAILED else None
            case Act.SHIFT:
                self.target.shift(self.version, step.percent)
                if step.percent == 100:
                    self.steps.append(Step(percent=100, reason="all at once"))
            case Act.WATCH:
                return self._watch(step.percent)
            case Act.ASK_ENDPOINT:
                check = self._ask(self.target.current().endpoint, "golden predictions, at the endpoint")
                return check if first or check.status is CheckStatus.FAILED else None
            case Act.COMMIT:
                self.target.commit(self.version)
        return None

    def _healthy(self) -> Check:
        """Wait until the version can take requests."""
        start = self.clock.monotonic()
        while True:
            health, waited = self.target.health(self.version), self.clock.monotonic() - start
            if health.ready:
                return Check(
                    name="healthy", status=CheckStatus.PASSED, value=round(waited, 2), limit=self.section.start_timeout
                )
            if health.hopeless or waited > self.section.start_timeout:
                reason = f"not healthy after {waited:.0f} s: {health.reason}"
                return Check(name="healthy", status=CheckStatus.FAILED, value=round(waited, 2), reason=reason)
            self.clock.sleep(_between(waited))

    def _ask(self, address: str, name: str) -> Check:
        """Replay the golden predictions somewhere."""
        if address:
            return repeats_golden(self.endpoints, address, self.golden, name)
        asked = [check for check in self.checks if check.name.startswith("golden") and check.value is not None]
        committed = name.endswith("endpoint") and not asked
        status = CheckStatus.FAILED if committed else CheckStatus.WARNED
        return Check(name=name, status=status, reason="the target gives no address to ask")

    def _watch(self, percent: int) -> Check:
        """Watch a step of a canary until it can be judged."""
        start = self.clock.monotonic()
        while True:
            watched = self.clock.monotonic() - start
            new = self.target.observe(self.version)
            old = self.target.observe(self.previous) if self.previous is not None and percent < 100 else None
            verdict = judge(new, old, self.section, watched)
            if verdict.word != "wait":
                break
            self.clock.sleep(_between(self.section.pause))
        self.steps.append(_step(percent, new, verdict, watched))
        status = CheckStatus.PASSED if verdict.word == "go" else CheckStatus.FAILED
        share = new.errors / new.requests if new.requests else None
        return Check(
            name=f"canary at {percent}%",
            status=status,
            value=share,
            limit=self.section.maximum_error_rate,
            reason=verdict.reason,
        )


def withdraw(target: Target, version: int, previous: int | None) -> Check:
    """Bring a target back to the version it served before, whatever happened meanwhile; never raises what it raises."""
    name = "old version serves"
    try:
        if target.current().serving != version:
            target.abort(version)
        elif previous is not None and previous != version:
            target.commit(previous)
        else:
            reason = f"version {version} stays in service: there is none to go back to"
            return Check(name=name, status=CheckStatus.FAILED, reason=reason)
        now = target.current()
    except (TrainstopError, OSError) as error:
        why = error.what if isinstance(error, TrainstopError) else str(error)
        reason = f"the way back failed: {why}; run `trainstop reconcile`"
        return Check(name=name, status=CheckStatus.FAILED, value=previous, reason=reason)
    if previous is None:
        return Check(name=name, status=CheckStatus.SKIPPED, reason="there was none")
    whole = now.serves_alone(previous)
    reason = f"version {previous}, with all traffic" if whole else f"the target serves {now.traffic}"
    return Check(name=name, status=CheckStatus.PASSED if whole else CheckStatus.FAILED, value=previous, reason=reason)


def _between(seconds: float) -> float:
    """Return how long to wait between two looks at something that takes this long."""
    return min(LATEST, max(SOONEST, seconds / 10))


def _step(percent: int, new: Observation, verdict: Verdict, watched: float) -> Step:
    return Step(
        percent=percent,
        requests=new.requests,
        errors=new.errors,
        refused=new.refused,
        seconds=round(watched, 3),
        p95_seconds=new.p95_seconds,
        verdict="went on" if verdict.word == "go" else "stopped",
        reason=verdict.reason,
    )
