"""Which stretch of production a look is about: the last whole windows, and a longer stretch that ends with them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from trainstop.config import Config
from trainstop.drift.windows import Windows, last_windows
from trainstop.errors import ConfigurationError

LONGER = 3
"""Labels are also judged over so many times the windows: a small fall shows only there."""
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""Between which every window is a date that can be written."""


@dataclass(frozen=True)
class Stretches:
    """What a look is about: `windows` for everything, and the `longer` stretch with the same end for labels."""

    windows: Windows
    longer: Windows

    @property
    def since(self) -> datetime:
        """The first moment that is looked at (UTC)."""
        return min(self.longer.start, self.windows.recent)

    @property
    def until(self) -> datetime:
        """The moment that is looked back from (UTC)."""
        return self.windows.as_of


def stretches(config: Config, as_of: str | None, now: datetime) -> Stretches:
    """Return what a look is about.

    Args:
        config: says how many windows, and how long one is.
        as_of: the moment to look back from, ISO 8601; `now` when empty.
        now: the present moment.

    Raises:
        ConfigurationError: `as_of` is no time, or the windows reach back before all time.

    """
    moment, count = _moment(as_of, now), config.monitor.windows[1]
    return Stretches(_windows(config, moment, count), _windows(config, moment, count * LONGER))


def _moment(as_of: str | None, now: datetime) -> datetime:
    """Return the moment to look back from."""
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


def _windows(config: Config, moment: datetime, count: int) -> Windows:
    """Return the last windows before a moment."""
    try:
        return last_windows(moment, config.data.period, count)
    except OverflowError as error:
        raise ConfigurationError(
            f"{count} windows of a {config.data.period} reach back before all time",
            where="key `monitor.windows`",
            fix="look at fewer windows",
        ) from error
