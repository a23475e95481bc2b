from typing import Any

import pytest

from trainstop.adapters.targets.local.counts import active, quantile, samples, since
from trainstop.adapters.targets.local.state import Sample


def page(**values: int) -> dict[str, Any]:
    """Return a page as Envoy writes it; `v3_5xx=7` is the counter of version 3."""
    counters = [
        {"name": f"cluster.{name.partition('_')[0]}.upstream_rq_{name.partition('_')[2]}", "value": value}
        for name, value in values.items()
    ]
    buckets = [{"upper_bound": 10, "interval": 0, "cumulative": 4}, {"upper_bound": 20, "interval": 1, "cumulative": 0}]
    histogram = {"histograms": [{"name": "cluster.v3.upstream_rq_time", "buckets": buckets}]}
    return {"stats": [*counters, histogram, {"name": "cluster.v3.other", "value": 1}]}


def test_counters_are_read_by_version() -> None:
    found = samples(page(v3_completed=9, v3_5xx=2, v3_4xx=1, v12_completed=5))
    assert found[3] == Sample(completed=9, failed=2, refused=1, times={10.0: 4})
    assert found[12] == Sample(completed=5)


def test_requests_under_way_are_read_by_version() -> None:
    assert active(page(v3_active=2, v4_active=0)) == {3: 2, 4: 0}


def test_an_empty_page_has_nothing() -> None:
    assert samples({}) == {}


def test_a_step_sees_only_what_came_since() -> None:
    before = Sample(completed=100, failed=10, refused=5, times={10.0: 50, 20.0: 50})
    now = Sample(completed=130, failed=12, refused=5, times={10.0: 50, 20.0: 60, 50.0: 20})
    seen = since(now, before)
    assert (seen.requests, seen.errors, seen.refused) == (30, 2, 0)
    assert (seen.p50_seconds, seen.p95_seconds) == (0.05, 0.05)


def test_counters_that_began_anew_are_taken_whole() -> None:
    seen = since(Sample(completed=3, failed=3), Sample(completed=100, failed=10))
    assert (seen.requests, seen.errors) == (3, 3)


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.01), (0.9, 0.01), (0.91, 0.02), (1.0, 0.5)])
def test_a_quantile_is_the_bound_of_its_bucket(share: float, seconds: float) -> None:
    assert quantile({500.0: 1, 10.0: 90, 20.0: 9}, share) == seconds


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({10.0: 0}, 0.5) is None
