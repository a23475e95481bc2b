"""How the endpoint serves."""

import pytest

from trainstop.watching.service import Served, latency, refused, service, service_of_others


def served(requests: int, errors: int = 0, p95: float | None = None, refused: int = 0, unread: int = 0) -> Served:
    return Served(requests=requests, errors=errors, refused=refused, p95_seconds=p95, unread=unread)


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


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (served(0, unread=1680), "not enough data"),
        (served(100, unread=5), "not enough data"),
        (served(10_000, unread=5), "quiet"),
        (served(100, errors=20, unread=50), "act"),
    ],
)
def test_statuses_that_cannot_be_read_may_be_failures(seen: Served, level: str) -> None:
    found = service(seen, minimum_requests=20, largest_error_share=0.01, tail=1e-4)
    assert (found.level, f"{seen.unread} more" in found.reason) == (level, True)
    assert refused(served(100, unread=60), minimum_requests=20, tail=1e-4).level == "not enough data"


@pytest.mark.parametrize(("requests", "errors", "level"), [(5, 5, None), (100, 0, "quiet"), (100, 100, "look")])
def test_failures_of_other_versions_are_only_looked_at(requests: int, errors: int, level: str | None) -> None:
    found = service_of_others(served(requests, errors), minimum_requests=20, largest_error_share=0.01, tail=1e-4)
    assert (found.level if found else None) == level


def test_slowness_is_judged_only_against_a_limit() -> None:
    assert latency(served(100, p95=1.0), minimum_requests=20, p95=None) is None
    assert latency(served(100), minimum_requests=20, p95=0.5) is None
    levels = [latency(served(100, p95=seen), minimum_requests=20, p95=0.5) for seen in (0.4, 0.6)]
    assert [found.level for found in levels if found] == ["quiet", "look"]
