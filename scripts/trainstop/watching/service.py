"""How the endpoint serves: failed and refused requests, and latency."""

from dataclasses import dataclass

from trainstop.records.watching import Signal
from trainstop.watching.shares import surely_above

SHARES = 3
"""Of requests: the failed ones, the refused ones, and the failed ones of other versions."""
MANY_REFUSED, MOST_REFUSED = 0.1, 0.5
"""Shares of refused requests that are worth a look, and an issue."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """Requests of the newest period that one version answered, or that others did."""

    requests: int
    """With a status that can be read."""
    errors: int
    """Answers with a status of 500 or above, or without any."""
    refused: int
    """Answers with a status of 400 to 499."""
    p95_seconds: float | None
    unread: int = 0
    """Requests whose status cannot be read: whatever became of them."""


def service(served: Served, *, minimum_requests: int, largest_error_share: float, tail: float) -> Signal:
    """Judge the share of failed requests. Refused ones (status 4xx) are judged by themselves."""
    if served.requests < minimum_requests:
        return _too_few("service", served, minimum_requests)
    act = surely_above(served.errors, served.requests, largest_error_share, tail)
    hidden = _could_hide(served, served.errors, largest_error_share)
    return Signal(
        name="service",
        level="act" if act else "not enough data" if hidden else "quiet",
        value=round(served.errors / served.requests, 6),
        limit=largest_error_share,
        reason=f"{served.errors} of {served.requests} requests failed{_unread(served)}",
    )


def service_of_others(
    served: Served, *, minimum_requests: int, largest_error_share: float, tail: float
) -> Signal | None:
    """Judge the failed requests of other versions: a canary, or the version before. No reaction follows from them.

    Nothing is said where there are too few: most of the time no other version serves.
    """
    if served.requests < minimum_requests:
        return None
    failing = surely_above(served.errors, served.requests, largest_error_share, tail)
    return Signal(
        name="service:others",
        level="look" if failing else "quiet",
        value=round(served.errors / served.requests, 6),
        limit=largest_error_share,
        reason=f"{served.errors} of {served.requests} requests that other versions answered failed",
    )


def refused(served: Served, *, minimum_requests: int, tail: float) -> Signal:
    """Judge the share of refused requests (status 4xx).

    A few are the callers' mistakes. Many are a model that does not take what it is sent: MLflow's server answers 400
    when the model raises.
    """
    if served.requests < minimum_requests:
        return _too_few("refused", served, minimum_requests)
    many, most = (surely_above(served.refused, served.requests, limit, tail) for limit in (MANY_REFUSED, MOST_REFUSED))
    hidden = _could_hide(served, served.refused, MANY_REFUSED)
    return Signal(
        name="refused",
        level="act" if most else "look" if many else "not enough data" if hidden else "quiet",
        value=round(served.refused / served.requests, 6),
        limit=MOST_REFUSED if most else MANY_REFUSED,
        reason=f"{served.refused} of {served.requests} requests were refused (status 4xx){_unread(served)}",
    )


def _too_few(name: str, served: Served, minimum_requests: int) -> Signal:
    """Say that a share of so few requests says nothing."""
    reason = f"{served.requests} requests in the newest period{_unread(served)}; {minimum_requests} are needed"
    return Signal(name=name, level="not enough data", value=served.requests, reason=reason)


def _could_hide(served: Served, hits: int, limit: float) -> bool:
    """Whether a share would be above its limit if every request whose status cannot be read were a hit."""
    return served.unread > 0 and hits + served.unread > limit * (served.requests + served.unread)


def _unread(served: Served) -> str:
    """Say how many requests cannot be judged, or return an empty text."""
    return f", and {served.unread} more have a status that cannot be read" if served.unread else ""


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
