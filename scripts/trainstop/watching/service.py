"""How the endpoint serves: errors, latency, volume, and how fresh its log is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from trainstop.records.watching import Signal
from trainstop.watching.shares import surely_above

LEAST_VOLUME = 0.2
"""A newest window with less than this part of the usual rows is worth a look."""
SHARES = 2
"""Of requests: the failed ones and the refused ones."""
MANY_REFUSED, MOST_REFUSED = 0.1, 0.5
"""Shares of refused requests that are worth a look, and an issue."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """Requests of the newest period."""

    requests: int
    errors: int
    """Answers with a status of 500 or above, or without any."""
    refused: int
    """Answers with a status of 400 to 499."""
    p95_seconds: float | None


def service(served: Served, *, minimum_requests: int, largest_error_share: float, tail: float) -> Signal:
    """Judge the share of failed requests. Refused ones (status 4xx) are judged by themselves."""
    if served.requests < minimum_requests:
        return _too_few("service", served, minimum_requests)
    act = surely_above(served.errors, served.requests, largest_error_share, tail)
    return Signal(
        name="service",
        level="act" if act else "quiet",
        value=round(served.errors / served.requests, 6),
        limit=largest_error_share,
        reason=f"{served.errors} of {served.requests} requests failed",
    )


def refused(served: Served, *, minimum_requests: int, tail: float) -> Signal:
    """Judge the share of refused requests (status 4xx).

    A few are the callers' mistakes. Many are a model that does not take what it is sent: MLflow's server answers 400
    when the model raises.
    """
    if served.requests < minimum_requests:
        return _too_few("refused", served, minimum_requests)
    many, most = (surely_above(served.refused, served.requests, limit, tail) for limit in (MANY_REFUSED, MOST_REFUSED))
    return Signal(
        name="refused",
        level="act" if most else "look" if many else "quiet",
        value=round(served.refused / served.requests, 6),
        limit=MOST_REFUSED if most else MANY_REFUSED,
        reason=f"{served.refused} of {served.requests} requests were refused (status 4xx)",
    )


def _too_few(name: str, served: Served, minimum_requests: int) -> Signal:
    """Say that a share of so few requests says nothing."""
    reason = f"{served.requests} requests in the newest period; {minimum_requests} are needed"
    return Signal(name=name, level="not enough data", value=served.requests, reason=reason)


def latency(served: Served, *, minimum_requests: int, p95: float | None) -> Signal | None:
    """Compare the answer time with the limit that the staging test has, if it has one."""
    if p95 is None or served.p95_seconds is None or served.requests < minimum_requests:
        return None
    return Signal(
        name="service:latency",
        level="look" if served.p95_seconds > p95 else "quiet",
        value=round(served.p95_seconds, 6),
        limit=p95,
        reason="seconds that 95 of 100 requests stay under; the limit is `staging-test.load.p95`",
    )


def freshness(newest: datetime | None, as_of: datetime, limit_seconds: float) -> Signal:
    """Judge the age of the newest logged row."""
    if newest is None:
        return Signal(name="freshness", level="not enough data", limit=limit_seconds, reason="no row was ever logged")
    age = max((as_of - newest).total_seconds(), 0.0)
    return Signal(
        name="freshness",
        level="act" if age > limit_seconds else "quiet",
        value=round(age),
        limit=limit_seconds,
        reason=f"the newest logged row is of {newest:%Y-%m-%d %H:%M} UTC",
    )


def volume(rows: Sequence[int]) -> Signal:
    """Compare the rows of the newest window with those of the windows before it, oldest first."""
    before = [count for count in rows[:-1] if count]
    if not before:
        return Signal(
            name="volume", level="not enough data", value=rows[-1], reason="there is no earlier window with rows"
        )
    usual = median(before)
    return Signal(
        name="volume",
        level="look" if rows[-1] < LEAST_VOLUME * usual else "quiet",
        value=rows[-1],
        limit=LEAST_VOLUME * usual,
        windows=tuple(float(count) for count in rows),
        reason=f"rows of the newest window; {usual:g} are usual",
    )
