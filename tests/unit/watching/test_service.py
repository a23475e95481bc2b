"""How the endpoint serves."""

from datetime import UTC, datetime, timedelta

import pytest

from trainstop.watching.service import Served, freshness, latency, refused, service, volume

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def served(requests: int, errors: int = 0, p95: float | None = None, refused: int = 0) -> Served:
    return Served(requests=requests, errors=errors, refused=refused, p95_seconds=p95)


@pytest.mark.parametrize(
    ("requests", "errors", "level"),
    [(0, 0, "not enough data"), (19, 19, "not enough data"), (100, 0, "quiet"), (100, 2, "quiet"), (100, 20, "act")],
)
def test_failing_requests_say_act_once_that_is_sure(requests: int, errors: int, level: str) -> None:
    found = service(served(requests, errors), minimum_requests=20, largest_error_share=0.01, tail=1e-4)
    assert found.level == level


@pytest.mark.parametrize(
    ("requests", "count", "level"),
    [(19, 19, "not enough data"), (100, 0, "quiet"), (100, 12, "quiet"), (100, 40, "look"), (100, 90, "act")],
)
def test_refused_requests_are_looked_at_when_many_and_an_issue_when_most(requests: int, count: int, level: str) -> None:
    found = refused(served(requests, refused=count), minimum_requests=20, tail=1e-4)
    assert found.level == level


def test_slowness_is_judged_only_against_a_limit() -> None:
    assert latency(served(100, p95=1.0), minimum_requests=20, p95=None) is None
    assert latency(served(100), minimum_requests=20, p95=0.5) is None
    levels = [latency(served(100, p95=seen), minimum_requests=20, p95=0.5) for seen in (0.4, 0.6)]
    assert [found.level for found in levels if found] == ["quiet", "look"]


@pytest.mark.parametrize(("hours", "level"), [(-1, "quiet"), (23, "quiet"), (25, "act")])
def test_an_old_log_says_act(hours: int, level: str) -> None:
    assert freshness(NOW - timedelta(hours=hours), NOW, 86400).level == level


def test_a_log_that_never_began_is_not_enough_data() -> None:
    assert freshness(None, NOW, 86400).level == "not enough data"


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((100, 100, 100, 90), "quiet"),
        ((100, 100, 100, 10), "look"),
        ((0, 0, 0, 90), "not enough data"),
        ((0, 80, 0, 0), "look"),
    ],
)
def test_a_volume_that_collapsed_is_to_be_looked_at(rows: tuple[int, ...], level: str) -> None:
    assert volume(rows).level == level
