"""Which stretches of time are looked at. Whole periods only, cut as the reference's are, whenever the clock strikes.

Two looks within one period see the same windows, so that looking more often raises no more false alarms.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal


@dataclass(frozen=True)
class Windows:
    """The last whole periods before a moment, and the stretch that is still open.

    Attributes:
        starts: first moment of each whole period, oldest first (UTC).
        length: of one period.
        as_of: the moment that is looked back from.

    """

    starts: tuple[datetime, ...]
    length: timedelta
    as_of: datetime

    @property
    def start(self) -> datetime:
        """First moment of the oldest window."""
        return self.starts[0]

    @property
    def end(self) -> datetime:
        """First moment after the newest window."""
        return self.starts[-1] + self.length

    @property
    def recent(self) -> datetime:
        """One period before `as_of`, from where quality and service look: they need not wait for a period's end."""
        return self.as_of - self.length


def last_windows(as_of: datetime, period: Literal["day", "week"], count: int) -> Windows:
    """Return the last `count` whole days or weeks (from Monday, UTC) before `as_of`."""
    as_of = as_of.astimezone(UTC)
    midnight = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    length = timedelta(days=7 if period == "week" else 1)
    end = midnight - timedelta(days=midnight.weekday()) if period == "week" else midnight
    return Windows(tuple(end - length * back for back in range(count, 0, -1)), length, as_of)
