"""What the log says of itself: how fresh it is, how many rows it has, and which version answered them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from trainstop.drift.profile import Profile
from trainstop.drift.windows import Windows
from trainstop.records.watching import Level, Signal

LEAST_VOLUME = 0.2
"""A newest window with less than this part of the usual rows is worth a look."""
LEAST_DAYS_KNOWN = 28
"""Of training data, before a weekday without any row is one on which nothing happens."""
MOST_TOLD = 3
"""Other versions that are named, the newest ones."""


@dataclass(frozen=True)
class Empty:
    """What is known of a version whose log has no row.

    Attributes:
        place: where rows were looked for, in words.
        registered: when the version was made; None when nothing says so.
        promoted: when it became the champion; None when no ledger says so.

    """

    place: str
    registered: datetime | None
    promoted: datetime | None = None


def freshness(newest: datetime | None, as_of: datetime, limit_seconds: float, empty: Empty) -> Signal:
    """Judge the age of the newest logged row; without any, how long the version should have been asked."""
    if newest is None:
        return _never(as_of, limit_seconds, empty)
    age = max((as_of - newest).total_seconds(), 0.0)
    return Signal(
        name="freshness",
        level="act" if age > limit_seconds else "quiet",
        value=round(age),
        limit=limit_seconds,
        reason=f"the newest logged row is of {newest:%Y-%m-%d %H:%M} UTC",
    )


def _never(as_of: datetime, limit_seconds: float, empty: Empty) -> Signal:
    """Judge a log without any row: a version that was promoted long ago should have left some."""
    nothing = f"no row was ever logged: {empty.place}"
    since = empty.promoted or empty.registered
    if since is None:
        return Signal(name="freshness", level="look", limit=limit_seconds, reason=nothing)
    age = (as_of - since).total_seconds()
    done = "promoted" if empty.promoted else "registered"
    long_ago: Level = "act" if empty.promoted else "look"
    return Signal(
        name="freshness",
        level=long_ago if age > limit_seconds else "not enough data",
        value=round(age) if age > 0 else None,
        limit=limit_seconds,
        reason=f"{nothing}; the version was {done} on {since:%Y-%m-%d %H:%M} UTC",
    )


def answering(
    answered_by: Mapping[int, int],
    version: int,
    *,
    promoted: datetime | None,
    windows: Windows,
    limit_seconds: float,
    unread: int = 0,
) -> Signal | None:
    """Say so when other versions answered all of the windows' rows; None when the log does not say who answered.

    Args:
        answered_by: rows of the windows by version.
        version: that is judged.
        promoted: since when it serves, as far as known.
        windows: a version that serves since their end cannot have answered in them.
        limit_seconds: how long it may have served without any answer.
        unread: rows of the windows that name a version which cannot be read.

    """
    name = "freshness:version"
    if not answered_by and unread:
        reason = f"the version of {unread} rows cannot be read, and no other is named: who answered cannot be told"
        return Signal(name=name, level="look", reason=reason)
    if not answered_by:
        return None
    own, every = answered_by.get(version, 0), sum(answered_by.values())
    since = f"; it serves since {promoted:%Y-%m-%d %H:%M} UTC" if promoted else ""
    told = f"{own} of {every} rows were answered by version {version}"
    if own:
        return Signal(name=name, level="quiet", value=own, reason=told)
    if promoted and promoted >= windows.end:
        return Signal(name=name, level="not enough data", value=own, reason=told + since)
    others = [f"{rows} rows were answered by version {number}" for number, rows in sorted(answered_by.items())]
    long_ago = promoted and (windows.end - promoted).total_seconds() > limit_seconds
    return Signal(
        name=name,
        level="act" if long_ago else "look",
        value=own,
        reason=f"{', '.join(others[-MOST_TOLD:])}, and the version that is watched is {version}{since}",
    )


def volume(rows: Sequence[int], closed: str = "") -> Signal:
    """Compare the rows of the newest window with those of the windows before it, oldest first.

    Args:
        rows: of each window.
        closed: why the newest window may have none, in words; empty when it should have some.

    """
    before = [count for count in rows[:-1] if count]
    if not before:
        return Signal(
            name="volume", level="not enough data", value=rows[-1], reason="there is no earlier window with rows"
        )
    usual = median(before)
    return Signal(
        name="volume",
        level="look" if rows[-1] < LEAST_VOLUME * usual and not closed else "quiet",
        value=rows[-1],
        limit=LEAST_VOLUME * usual,
        windows=tuple(float(count) for count in rows),
        reason=f"rows of the newest window; {usual:g} are usual{f', but {closed}' if closed else ''}",
    )


def closed(reference: Profile, newest: date) -> str:
    """Say that a day is of a weekday on which training never had a row, or return an empty text."""
    days = [start for start, rows in zip(reference.starts, reference.rows, strict=True) if start and rows]
    if reference.period != "day" or not days or (max(days) - min(days)).days < LEAST_DAYS_KNOWN:
        return ""
    return "" if newest.weekday() in {day.weekday() for day in days} else f"training has none on a {newest:%A} either"
