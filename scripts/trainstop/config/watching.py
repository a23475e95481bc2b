"""Configuration of `monitor` and `alert`."""

from typing import Literal

from pydantic import Field

from trainstop.config.base import Seconds, Section


class MonitorSection(Section):
    """What is watched in production, and how sure an alarm must be."""

    environment: str = "production"
    """Environment whose inference log is read."""
    log: str = ""
    """Glob of the inference log when the target does not write it (Parquet, CSV or JSON lines)."""
    labels: tuple[str, ...] = ()
    """Globs of the tables with late true answers, joined by `data.id`."""
    fetch: str = ""
    """Command that brings log and labels to where these globs find them, for `trainstop fetch`; run in the project's
    environment, from TRAINSTOP_SINCE to TRAINSTOP_UNTIL."""
    fetch_timeout: Seconds = 1800.0
    """How long it may take."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables it is given; every other secret is withheld."""
    metrics: tuple[str, ...] = ()
    """Metrics judged on late labels; those with a gate when empty. Leave out what moves with the seasons by itself."""
    false_alarms: float = Field(default=0.05, gt=0, le=0.5)
    """Share of uneventful years in which anything may stand out by chance; split among all that is watched."""
    effect_floor: float = Field(default=0.10, gt=0, lt=1)
    """Jensen-Shannon distance below which a shift matters to nobody."""
    windows: tuple[int, int] = (3, 4)
    """A column stands out when k of its last n windows do (whole days or weeks, see `data.period`)."""
    minimum_rows: int = Field(default=200, ge=20)
    """Fewer rows in a window are not enough data."""
    season: Seconds = 365 * 86400.0
    """Length of the season. A reference that covers it knows what merely comes back; a shorter one says so."""
    freshness: Seconds = 7 * 86400.0
    """Oldest age of the newest logged row."""
    missing: float = Field(default=0.05, gt=0, le=1)
    """How much the share of missing values in a column may rise above the reference's largest."""
    seed: int = 0
    """Seed of the simulations."""


class AlertSection(Section):
    """What follows an incident."""

    reaction: Literal["retrain", "rollback", "none"] = "none"
    """What is asked for when performance fell; `rollback` also when requests fail."""
    cooldown: Seconds = 7 * 86400.0
    """No second reaction within this time; one that could not be started is asked for again."""
    close_after: int = Field(default=1, ge=1)
    """Quiet looks in a row, each later than the one before, after which an incident's issue is closed."""
    labels: tuple[str, ...] = ("trainstop",)
    """Labels of the issue."""
