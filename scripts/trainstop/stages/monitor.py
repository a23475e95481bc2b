"""`monitor`: what production was asked and answered, judged against the ordinary life of the data. Changes nothing."""

from datetime import datetime

from trainstop.job import Job
from trainstop.looking.signals import notes, signals
from trainstop.looking.subject import aimed, read
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.watching import FetchPart, MonitorPart, Signal
from trainstop.watching import alive
from trainstop.watching.incidents import incidents
from trainstop.watching.stretches import moment_of

LEVEL_STATUS = {
    "quiet": CheckStatus.PASSED,
    "look": CheckStatus.WARNED,
    "act": CheckStatus.WARNED,
    "not enough data": CheckStatus.SKIPPED,
}
NOT_THE_DATA = ("freshness", "freshness:version", "volume", "health")
"""Signals that say something even when no row can be judged."""


def run(
    job: Job, *, environment: str | None = None, as_of: str | None = None, as_fetched: bool = False
) -> Result[MonitorPart]:
    """Look at the last windows of an environment's inference log, and ask its target whether it is alive.

    Args:
        job: configuration, places and ports.
        environment: `monitor.environment` when left out.
        as_of: ISO 8601; now when left out. Of another moment no target could tell.
        as_fetched: watch the champion that `baseline` fetched, and ask neither registry nor target: none of the
            project's code shall run beside what the verdict rests on. Look back from when `fetch` did.

    Raises:
        ConfigurationError: `as_of` is no time, the windows reach back before all time, or are cut differently from the
            version's profile; or another environment than the champion's is meant as fetched.
        InputError: no version is there to watch, or its profile or the log cannot be read.
        UnavailableError: the registry does not answer.

    """
    environment = environment or job.config.monitor.environment
    now = _fetched_until(job) if as_fetched else job.ports.clock.now()
    look = aimed(job, environment, moment_of(as_of, now), as_fetched=as_fetched)
    seen, longer = read(look)
    found, expected = signals(look, seen, longer)
    if not (as_of or as_fetched) and job.config.model.serving == "endpoint":
        found = (*found, *_health(job, environment, look.version.number))
    part = MonitorPart(
        environment=environment,
        model_version=look.version.number,
        as_of=look.windows.as_of,
        window_start=look.windows.start,
        window_end=look.windows.end,
        rows=sum(seen.rows),
        labelled_rows=seen.labelled.rows,
        signals=found,
        incidents=incidents(found, model=job.config.model.name, environment=environment),
        expected_false_alarms_a_year=round(expected, 6),
        notes=notes(look, seen),
    )
    return conclude([*(_check(signal) for signal in part.signals), *_blind(part)], part, reason=_reason(part))


def _fetched_until(job: Job) -> datetime:
    """Return until when log and labels were fetched; now where none were."""
    record = job.results.find(FetchPart)
    return record.part.until if record and record.part else job.ports.clock.now()


def _health(job: Job, environment: str, version: int) -> list[Signal]:
    """Ask the environment's target whether the version is alive; nothing where no target can be asked from here."""
    section = job.config.environments.get(environment)
    asked = alive.health(
        lambda: job.ports.target(environment, within=alive.PATIENCE),
        version,
        bound=environment if section is not None and section.target == "local" else "",
    )
    return [asked] if asked else []


def _check(signal: Signal) -> Check:
    """Show a signal as a check. What stands out does not fail the look: `alert` acts on it."""
    return Check(
        name=signal.name,
        status=LEVEL_STATUS[signal.level],
        value=signal.value,
        limit=signal.limit,
        interval=signal.interval,
        reason=f"{signal.level}: {signal.reason}" if signal.reason else signal.level,
    )


def _blind(part: MonitorPart) -> list[Check]:
    """Say so when nothing that was asked or answered could be judged: that is never a pass."""
    judged = [each for each in part.signals if each.name not in NOT_THE_DATA and each.level != "not enough data"]
    if judged:
        return []
    return [
        Check(name="data", status=CheckStatus.INCONCLUSIVE, value=part.rows, reason="not enough data for any verdict")
    ]


def _reason(part: MonitorPart) -> str:
    """Say in a line what was seen."""
    kinds = ", ".join(f"{each.key} ({each.level})" for each in part.incidents) or "no incident"
    counts = {level: sum(each.level == level for each in part.signals) for level in LEVEL_STATUS}
    return (
        f"version {part.model_version} in {part.environment}: {kinds}; of {len(part.signals)} signals "
        f"{counts['act']} to act on, {counts['look']} to look at, {counts['not enough data']} without enough data"
    )
