"""Which stretches of time a look covers: the windows, and longer ones over which labels are judged too."""

from datetime import UTC, datetime
from typing import NamedTuple

from trainstop.config import Config
from trainstop.drift.windows import Windows, last_windows
from trainstop.errors import ConfigurationError

LONGER = 3
"""Labels are also judged over so many times the windows: a small fall shows only there."""
WEEK_DAYS = 7
SPARE_WEEKS = 4
"""A batch a week is one cluster a week, and some weeks lack one."""
LONGEST_DAYS = 2 * 365
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""Between which every window is a date that can be written."""


class Lengths(NamedTuple):
    """Stretches that end with the newest window, in periods of `data.period`."""

    windows: int
    longer: int
    """Long enough for `evaluate.minimum` clusters where every other day, or more, has labels."""
    longest: int
    """Long enough for them where one day a week has labels: taken where `longer` holds too few."""


def lengths(config: Config) -> Lengths:
    """Return how long the stretches are. Unless `data.cluster` says otherwise, a day is a cluster."""
    windows = config.monitor.windows[1]
    days = WEEK_DAYS if config.data.period == "week" else 1
    minimum = config.evaluate.minimum
    longer = max(LONGER * windows, min(2 * minimum, LONGEST_DAYS) if days == 1 else 0)
    longest = min((minimum + SPARE_WEEKS) * WEEK_DAYS, LONGEST_DAYS) // days
    return Lengths(windows, longer, max(longer, longest))


def earliest(config: Config, moment: datetime) -> datetime:
    """Return the first moment that a look back from `moment` reads anything of.

    Raises:
        ConfigurationError: it would lie before all time.

    """
    windows = windows_before(config, moment, lengths(config).longest)
    return min(windows.start, windows.recent)


def moment_of(as_of: str | None, now: datetime) -> datetime:
    """Return the moment to look back from.

    Raises:
        ConfigurationError: the text is no time.

    """
    if not as_of:
        return now
    try:
        moment = datetime.fromisoformat(as_of)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"`{as_of}` is no time", where="--as-of", fix="write ISO 8601, like 2026-07-01 or 2026-07-01T06:00:00Z"
        ) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ConfigurationError(
            f"`{as_of}` is no time of an inference log", where="--as-of", fix="name a moment at which production served"
        )
    return moment


def windows_before(config: Config, moment: datetime, count: int) -> Windows:
    """Return the last windows before a moment.

    Raises:
        ConfigurationError: they would reach back before all time.

    """
    try:
        return last_windows(moment, config.data.period, count)
    except OverflowError as error:
        raise ConfigurationError(
            f"{count} windows of a {config.data.period} reach back before all time",
            where="key `monitor.windows`",
            fix="look at fewer windows",
        ) from error
