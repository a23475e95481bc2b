"""What `monitor` and `alert` hand on."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import FiniteFloat

from trainstop.records.base import Frozen, Part

Level = Literal["quiet", "look", "act", "not enough data"]


class Signal(Frozen):
    """One thing that is watched, over the windows looked at."""

    name: str
    """Like `feature:temp`, `prediction`, `performance:auc`, `service`, `health`, `quality:origin`, `freshness`."""
    level: Level
    value: FiniteFloat | None = None
    limit: FiniteFloat | None = None
    interval: tuple[FiniteFloat, FiniteFloat] | None = None
    windows: tuple[FiniteFloat | None, ...] = ()
    """The value in each window looked at, oldest first."""
    reason: str = ""


class Incident(Frozen):
    """What one issue is about: the signals that ask for a person, or for a reaction."""

    key: str
    level: Literal["look", "act"]
    title: str
    signals: tuple[str, ...]


class MonitorPart(Part):
    """What production looks like."""

    stage: ClassVar[str] = "monitor"
    environment: str
    model_version: int
    as_of: datetime | None = None
    """The moment that was looked back from."""
    window_start: datetime | None = None
    """First moment of the oldest window."""
    window_end: datetime | None = None
    """First moment after the newest whole window."""
    rows: int = 0
    labelled_rows: int = 0
    signals: tuple[Signal, ...] = ()
    incidents: tuple[Incident, ...] = ()
    expected_false_alarms_a_year: FiniteFloat | None = None
    notes: tuple[str, ...] = ()


class FetchPart(Part):
    """What was brought for the look at production. `since` and `until` bound the stretch that was asked for."""

    stage: ClassVar[str] = "fetch"
    environment: str
    since: datetime
    until: datetime
    log_files: int = 0
    """How many files are the log now; 0 also where the target writes it itself."""
    label_files: int = 0


class AlertPart(Part):
    """What was done about the incidents."""

    stage: ClassVar[str] = "alert"
    opened: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    reaction: Literal["retrain", "rollback", "none"] = "none"
    reason: str = ""
    environment: str = ""
    incident: str = ""
    """Which trouble, of which environment, the reaction answers; empty when none is due."""
    model_version: int | None = None
    """The version that was seen in that trouble."""
    as_of: datetime | None = None
    """The look that asks for the reaction."""


class ReactPart(Part):
    """The workflow that was started as the reaction."""

    stage: ClassVar[str] = "react"
    reaction: Literal["retrain", "rollback", "none"]
    workflow: str = ""
    created: bool = False
    """False when an earlier try had started it."""
    address: str = ""
