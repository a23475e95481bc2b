"""What a look is aimed at: a version and what it was, windows of time, and the files of log and labels."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trainstop.config import Config
from trainstop.drift.windows import Windows
from trainstop.errors import ConfigurationError
from trainstop.job import Job
from trainstop.looking.watched import Watched, fetched, registered
from trainstop.project_files import tables
from trainstop.tables.engine import opened
from trainstop.tables.labelled import between
from trainstop.tables.production import Labelled, Production, read_production
from trainstop.tables.reference import Reference, read_reference
from trainstop.watching.budget import Budget
from trainstop.watching.setup import split_of
from trainstop.watching.stretches import lengths, windows_before


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked at: which version, where, when, and against what."""

    config: Config
    environment: str
    version: Watched
    reference: Reference
    windows: Windows
    log: list[Path]
    labels: list[Path]
    place: str
    """Where the log was looked for, in words."""

    @property
    def split(self) -> Budget:
        """How false alarms are split."""
        return split_of(self.config, self.reference.profile)


def aimed(job: Job, environment: str, moment: datetime, *, as_fetched: bool = False) -> Look:
    """Find out what is looked at; `as_fetched`: the champion as `baseline` left it, without asking the registry.

    Raises:
        ConfigurationError: the windows reach back before all time, or are cut differently from the version's profile,
            or another environment than the champion's is meant as fetched.
        InputError: no version is there to watch, or its profile cannot be read.
        UnavailableError: the registry does not answer.

    """
    config = job.config
    windows = windows_before(config, moment, lengths(config).windows)
    version = (fetched if as_fetched else registered)(job, environment)
    reference = read_reference(config, version.bundle)
    _refuse_other_periods(config, reference)
    log, place = _log_files(job, environment)
    job.ports.progress.note(f"version {version.number}: {len(log)} log files, as of {windows.as_of:%Y-%m-%d %H:%M} UTC")
    return Look(
        config=config,
        environment=environment,
        version=version,
        reference=reference,
        windows=windows,
        log=log,
        labels=tables(job.workspace.project, config.monitor.labels),
        place=place,
    )


def _refuse_other_periods(config: Config, reference: Reference) -> None:
    """Refuse windows that are cut differently from the periods they are compared with.

    Raises:
        ConfigurationError: they are.

    """
    if (known := reference.profile.period) != config.data.period:
        raise ConfigurationError(
            f"`data.period` is {config.data.period}, and the profile of the version that is watched is of {known}s",
            where="key `data.period`",
            fix=f"set it to {known} until a version that was trained with {config.data.period}s is the champion",
        )


def read(look: Look) -> tuple[Production, int]:
    """Read log and labels; return how many periods the labels of the longer stretch are of.

    Where that holds some clusters and too few, the longest one is read: a batch a week needs it, and hardly who else.
    Not at once, which would double time and memory of everybody; nor where more time brings no other clusters.
    """
    size, minimum = lengths(look.config), look.config.evaluate.minimum
    seen = _read_back(look, size.longer)
    longer = windows_before(look.config, look.windows.as_of, size.longer)
    some = 0 < len(set(seen.labelled_before.clusters)) < minimum
    if some and size.longer < size.longest and _brings_more(seen.labelled_before, longer):
        return _read_back(look, size.longest), size.longest
    return seen, size.longer


def _brings_more(found: Labelled, stretch: Windows) -> bool:
    """Tell whether more time may bring more clusters: it does not where the older half has the newer one's alone."""
    if found.table is None:
        return False
    middle = stretch.start + (stretch.end - stretch.start) / 2
    ends = ((stretch.start, middle), (middle, stretch.end))
    older, newer = (set(between(found.table.table, *each)["cluster"].unique().to_pylist()) for each in ends)
    return not older or bool(older - newer)


def _read_back(look: Look, longer: int) -> Production:
    """Read log and labels, labels of so many periods."""
    with opened() as connection:
        return read_production(
            connection,
            look.config,
            look.reference,
            look.windows,
            longer=windows_before(look.config, look.windows.as_of, longer),
            version=look.version.number,
            log=look.log,
            labels=look.labels,
        )


def _log_files(job: Job, environment: str) -> tuple[list[Path], str]:
    """Return the inference log's files and where they were looked for: as configured, else what `local` wrote."""
    if pattern := job.config.monitor.log:
        files = tables(job.workspace.project, [pattern])
        found = f"of the {len(files)} files that match" if files else "no file matches"
        return files, f"{found} `monitor.log` = {pattern!r}{', none holds a row with a readable time' if files else ''}"
    folder = job.workspace.target(environment) / "log"
    files = sorted(folder.rglob("*.jsonl"))
    return files, f"`monitor.log` is not set, and the log of the `local` target in {folder} holds none"
