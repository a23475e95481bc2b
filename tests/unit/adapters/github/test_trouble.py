"""What GitHub's answers mean: look and try again, wait so long, or give up."""

from datetime import UTC, datetime

import pytest

from trainstop.adapters.github.trouble import LimitedError, RefusedError, UnclearError, trouble

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def meaning(status: int, headers: dict[str, str] | None = None, message: str = "") -> Exception:
    return trouble(status, headers or {}, message, NOW)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_broken_server_may_have_done_it(status: int) -> None:
    assert isinstance(meaning(status), UnclearError)


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (403, {"retry-after": "30"}, "", 30.0),
        (429, {"retry-after": "7"}, "", 7.0),
        (429, {}, "", None),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", None),
        (403, {}, SECONDARY, None),
        (403, {}, "You have triggered an abuse detection mechanism", None),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 45)}, "", 46.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) - 45)}, "", 1.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "", None),
        (403, {"x-ratelimit-remaining": "0", "retry-after": "5", "x-ratelimit-reset": "9999999999"}, "", 5.0),
    ],
)
def test_too_many_requests_waits_as_asked(
    status: int, headers: dict[str, str], message: str, seconds: float | None
) -> None:
    limit = meaning(status, headers, message)
    assert isinstance(limit, LimitedError)
    assert limit.seconds == seconds


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_refusal_is_final(status: int) -> None:
    refused = meaning(status, {"x-ratelimit-remaining": "4999"}, "Resource not accessible by integration")
    assert isinstance(refused, RefusedError)
    assert (refused.status, refused.reason) == (status, "Resource not accessible by integration")
