"""Times against limits, and against the champion's."""

from dataclasses import dataclass

import numpy as np
import pytest

from trainstop.config.probing import PerformanceSection
from trainstop.judgement.performance import checks, slowness, speed
from trainstop.records import CheckStatus
from trainstop.records.judging import Performance


@dataclass
class Timed:
    single: list
    batch: tuple = (0.02,) * 20
    load_seconds: float = 2.0
    batch_rows: int = 1000
    peak_memory_bytes: int = 300_000_000


def rounds(middle: float, noise: float, seed: int = 0, count: int = 20) -> Timed:
    random = np.random.default_rng(seed)
    weather = np.random.default_rng(9).lognormal(0, 0.5, count)
    return Timed([list(middle * each * random.lognormal(0, noise, 10)) for each in weather])


def judged(found: Performance, **limits: object) -> dict[str, CheckStatus]:
    section = PerformanceSection.model_validate({name.replace("_", "-"): value for name, value in limits.items()})
    return {check.name: check.status for check in checks(found, section, champion=True)}


FOUND = Performance(candidate=speed(rounds(0.01, 0.1), 5_000_000))


@pytest.mark.parametrize(
    ("limit", "passes", "fails"),
    [
        ("latency_p95", "1s", "1ms"),
        ("latency_p99", "1s", "1ms"),
        ("load_time", "2s", "1999ms"),
        ("peak_memory", "300MB", "299MB"),
        ("size", "5MB", "4.9MB"),
        ("throughput", 50_000, 50_001),
    ],
)
def test_every_limit_has_its_check(limit, passes, fails) -> None:
    name = limit.replace("_", "-")
    assert judged(FOUND, **{limit: passes}) == {name: CheckStatus.PASSED}
    assert judged(FOUND, **{limit: fails}) == {name: CheckStatus.FAILED}
    assert judged(FOUND, **{limit: fails}, mode="warn") == {name: CheckStatus.WARNED}


def test_without_a_limit_the_time_is_shown_and_nothing_is_judged() -> None:
    [only] = checks(FOUND, PerformanceSection(), champion=False)
    assert (only.status, only.value) == (CheckStatus.SKIPPED, FOUND.candidate.latency_p95)


def test_the_machines_weather_hits_both_models_and_cancels() -> None:
    ratio, ends = slowness(rounds(0.02, 0.1, seed=1), rounds(0.01, 0.1, seed=2))
    assert ratio == pytest.approx(2.0, rel=0.06)
    assert ends[0] > 1.8
    assert ends[1] < 2.2


@pytest.mark.parametrize(
    ("middle", "noise", "count", "status"),
    [
        (0.02, 0.1, 20, CheckStatus.FAILED),
        (0.012, 0.1, 20, CheckStatus.PASSED),
        (0.015, 0.1, 20, CheckStatus.WARNED),
        (0.02, 0.1, 5, CheckStatus.INCONCLUSIVE),
    ],
    ids=["slower", "not slower", "near the limit", "too few rounds"],
)
def test_slower_is_said_only_when_the_rounds_agree(middle, noise, count, status) -> None:
    ratio, ends = slowness(rounds(middle, noise, 1, count), rounds(0.01, noise, 2, count))
    found = FOUND.model_copy(update={"ratio": ratio, "ratio_interval": ends})
    assert judged(found, slower_than_champion=1.5) == {"slower-than-champion": status}


def test_without_a_champion_there_is_nobody_to_be_slower_than() -> None:
    found = FOUND.model_copy(update={"reason": "there is no champion yet"})
    [check] = checks(found, PerformanceSection.model_validate({"slower-than-champion": 2}), champion=False)
    assert (check.status, check.reason) == (CheckStatus.SKIPPED, "there is no champion yet")


@pytest.mark.parametrize(("mode", "status"), [("block", CheckStatus.INCONCLUSIVE), ("warn", CheckStatus.WARNED)])
def test_a_champion_that_could_not_be_measured_leaves_open_who_is_slower(mode: str, status: CheckStatus) -> None:
    found = FOUND.model_copy(update={"reason": "the champion's model raised KeyError: 'x'"})
    section = PerformanceSection.model_validate({"slower-than-champion": 2, "mode": mode})
    [check] = checks(found, section, champion=True)
    assert check.status is status
    assert check.reason.startswith("not compared: the champion's model raised KeyError: 'x'")
