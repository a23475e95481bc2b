"""What records say of production and of the past: versions and ledger, the last look, what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from trainstop.errors import InputError
from trainstop.records import Record, Results
from trainstop.records.base import Part
from trainstop.records.delivery import HistoryPart
from trainstop.records.judging import BaselinePart
from trainstop.records.serving import MOVES_TRAFFIC
from trainstop.records.watching import AlertPart, MonitorPart

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, kw_only=True)
class Production:
    """What is known here; None where no record says anything."""

    past: HistoryPart | None = None
    """Versions and ledger, by the newest record that has them."""
    outdated: bool = False
    """Whether something was delivered here since `past` was read."""
    monitor: MonitorPart | None = None
    looked_at: datetime | None = None
    """When `monitor` looked; the data it looked at may be older."""
    alert: AlertPart | None = None
    """What was done about that look; not about an earlier one."""


def look(results: Results) -> Production:
    """Read what records say of production. One that cannot be read counts as none: it is no stage of the check."""
    monitor, alert = _readable(results, MonitorPart), _readable(results, AlertPart)
    past, read_at = _past(results)
    delivered = [record.started_at for record in results.every() if record.stage in MOVES_TRAFFIC]
    answered = alert and (monitor is None or alert.started_at >= monitor.started_at)
    return Production(
        past=past,
        outdated=read_at is not None and any(at > read_at for at in delivered),
        monitor=monitor.part if monitor else None,
        looked_at=monitor.started_at if monitor else None,
        alert=alert.part if alert and answered else None,
    )


def _past(results: Results) -> tuple[HistoryPart | None, datetime | None]:
    """Return what was registered and done before, as `history` or `baseline` last read it, and when that was."""
    own, fetched = _readable(results, HistoryPart), _readable(results, BaselinePart)
    told = [(own.started_at, own.part)] if own and own.part else []
    if fetched and fetched.part and fetched.part.history:
        told.append((fetched.started_at, fetched.part.history))
    read_at, past = max(told, key=lambda each: each[0], default=(None, None))
    return past, read_at


def _readable(results: Results, part: type[P]) -> Record[P] | None:
    """Return a stage's record; None when it has not run or its record cannot be read."""
    try:
        return results.find(part)
    except InputError:
        return None
