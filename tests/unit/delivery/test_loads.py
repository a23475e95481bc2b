from trainstop.config.delivery import LoadSection
from trainstop.delivery.loads import judge_load, percentile, summarise
from trainstop.ports.endpoints import Answer

LIMITS = LoadSection(duration=1, rate=10, p50="100ms", p95="200ms", p99="1s", errors=0.05)


def answers(*seconds: float, failed: int = 0) -> list[Answer]:
    good = [Answer(status=200, seconds=value) for value in seconds]
    return good + [Answer(status=503, text="overloaded", seconds=0.001)] * failed


def judged(sent: list[Answer], limits: LoadSection = LIMITS) -> dict[str, str]:
    checks = judge_load(summarise(sent, 1.0), sent, limits)
    return {check.name: check.status.value for check in checks}


def test_percentiles_are_by_nearest_rank() -> None:
    ordered = [float(value) for value in range(1, 101)]
    assert [percentile(ordered, percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 50) is None


def test_a_load_within_its_limits_holds() -> None:
    assert judged(answers(*[0.05] * 100)) == {
        "load: errors": "passed",
        "load: p50": "passed",
        "load: p95": "passed",
        "load: p99": "passed",
    }


def test_each_limit_is_held() -> None:
    assert judged(answers(*[0.15] * 100))["load: p50"] == "failed"
    assert judged(answers(*[0.05] * 94, *[0.5] * 6))["load: p95"] == "failed"
    assert judged(answers(*[0.05] * 98, 2.0, 2.0))["load: p99"] == "failed"
    assert judged(answers(*[0.05] * 94, failed=6))["load: errors"] == "failed"
    assert judged(answers(*[0.05] * 95, failed=5))["load: errors"] == "passed"


def test_only_stated_limits_are_judged() -> None:
    assert judged(answers(5.0), LoadSection()) == {"load: errors": "passed"}


def test_no_request_is_a_failure() -> None:
    assert judged([]) == {"load: errors": "failed"}


def test_what_failed_most_is_told() -> None:
    sent = answers(0.1, failed=3)
    assert "answered 503: overloaded" in judge_load(summarise(sent, 1.0), sent, LIMITS)[0].reason
