"""What records say of production and of the past: versions and ledger, the last look, what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from trainstop.errors import InputError
from trainstop.records import Record, Results
from trainstop.records.base import Part
from trainstop.records.delivery import HistoryPart
from trainstop.records.judging import BaselinePart
from trainstop.records.watching import AlertPart, MonitorPart

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, kw_only=True)
class Production:
    """What is known here; None where no record says anything."""

    past: HistoryPart | None = None
    """Versions and ledger, by the newest record that has them."""
    monitor: MonitorPart | None = None
    looked_at: datetime | None = None
    """When `monitor` looked; the data it looked at may be older."""
    alert: AlertPart | None = None


def look(results: Results) -> Production:
    """Read what records say of production. One that cannot be read counts as none: it is no stage of the check."""
    monitor, alert = _readable(results, MonitorPart), _readable(results, AlertPart)
    return Production(
        past=_past(results),
        monitor=monitor.part if monitor else None,
        looked_at=monitor.started_at if monitor else None,
        alert=alert.part if alert else None,
    )


def _past(results: Results) -> HistoryPart | None:
    """Return what was registered and done before: as `history` or `baseline` last read it."""
    own, fetched = _readable(results, HistoryPart), _readable(results, BaselinePart)
    told = [(own.started_at, own.part)] if own and own.part else []
    if fetched and fetched.part and fetched.part.history:
        told.append((fetched.started_at, fetched.part.history))
    return max(told, key=lambda each: each[0])[1] if told else None


def _readable(results: Results, part: type[P]) -> Record[P] | None:
    """Return a stage's record; None when it has not run or its record cannot be read."""
    try:
        return results.find(part)
    except InputError:
        return None
