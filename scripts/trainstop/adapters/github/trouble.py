"""What an answer of GitHub's means for us: try again after looking, wait, or give up. Pure: no clock, no network."""

from collections.abc import Mapping
from datetime import datetime

SECONDARY = ("secondary rate limit", "abuse detection", "retry your request again later", "wait a few minutes")
AT_LEAST = 60.0
"""What GitHub's documentation asks for when a limit names no time."""


class UnclearError(Exception):
    """Nobody knows whether it happened: an answer was lost or cut, or the server broke. Look before trying again."""


class LimitedError(Exception):
    """It did not happen: too many requests. `seconds` is None when GitHub names no time."""

    def __init__(self, reason: str, seconds: float | None) -> None:
        """Keep the words and the seconds to wait."""
        super().__init__(reason)
        self.seconds = seconds


class RefusedError(Exception):
    """It did not happen and will not: a right is missing, or the thing is."""

    def __init__(self, status: int, reason: str) -> None:
        """Keep the HTTP status and GitHub's own words."""
        super().__init__(reason)
        self.status = status
        self.reason = reason


def trouble(status: int, headers: Mapping[str, str], message: str, now: datetime) -> Exception:
    """Return what an answer with an error status means.

    Args:
        status: of HTTP, 300 or more.
        headers: of the answer, names in lower case.
        message: GitHub's words.
        now: to tell how long a limit still holds.

    """
    said = f"{status} {message}".strip()
    if status >= 500 or status == 408:
        return UnclearError(said)
    if status == 429 or (status == 403 and _is_limit(headers, message)):
        return LimitedError(said, _seconds(headers, now))
    return RefusedError(status, message or f"HTTP {status}")


def _is_limit(headers: Mapping[str, str], message: str) -> bool:
    """Say whether a 403 means too many requests, and not a missing right."""
    words = message.lower()
    exhausted = headers.get("x-ratelimit-remaining") == "0"
    return "retry-after" in headers or exhausted or "rate limit" in words or any(word in words for word in SECONDARY)


def _seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long to wait: as asked, else until the limit's reset; None when neither is said."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdecimal():
        return max(0.0, float(reset) - now.timestamp()) + 1.0  # it falls somewhere within that second
    return None
