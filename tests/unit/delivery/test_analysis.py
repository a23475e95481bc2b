import math
import random

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from trainstop.config.delivery import EnvironmentSection
from trainstop.delivery.analysis import at_least, judge, newcombe, no_larger_share, wilson
from trainstop.ports.targets import Observation

LIMITS = EnvironmentSection(pause=10, patience=60, minimum_requests=20, maximum_error_rate=0.01)
OLD = Observation(requests=200, errors=0, refused=4)


def word(watched: float = 10, old: Observation | None = OLD, **seen: int) -> str:
    return judge(Observation(**{"requests": 100, "errors": 0, **seen}), old, LIMITS, watched).word


def test_a_quiet_step_waits_for_its_time_and_then_goes_on() -> None:
    assert word(watched=9.9) == "wait"
    assert word() == "go"


def test_without_enough_requests_nothing_goes_on() -> None:
    assert word(requests=19) == "wait"
    assert word(requests=19, watched=60) == "stop"
    assert word(requests=0, watched=60) == "stop"
    assert word(requests=20) == "go"


def test_failed_requests_above_the_limit_stop_it_and_those_below_do_not() -> None:
    assert word(requests=100, errors=1) == "go"
    assert word(requests=99, errors=1) == "stop"


def test_a_clear_failure_is_not_watched_to_the_end() -> None:
    assert word(requests=3, errors=3, watched=0.5) == "stop"
    assert word(requests=100, errors=1, watched=0.5) == "wait"


def test_refused_requests_count_only_as_far_as_the_new_version_refuses_more() -> None:
    assert word(requests=100, refused=2) == "go"
    assert word(requests=100, refused=30) == "stop"
    callers = Observation(requests=100, errors=0, refused=30)
    assert word(requests=100, refused=30, old=callers) == "go"


def test_a_model_that_raises_on_every_request_is_stopped_at_once() -> None:
    assert word(requests=5, refused=5, watched=0.5) == "stop"


def test_with_nobody_to_compare_with_only_refusing_nearly_everything_stops_it() -> None:
    assert word(requests=100, refused=95, old=None) == "stop"
    assert word(requests=100, refused=10, old=None) == "go"
    assert word(requests=100, refused=95, old=Observation(requests=0, errors=0)) == "stop"


def test_an_identical_version_is_rarely_stopped_and_twice_the_refusals_are_nearly_always_found() -> None:
    draw = random.Random(5)
    limits = LIMITS.model_copy(update={"maximum_error_rate": 0.01})

    def stops(share: float) -> bool:
        seen = Observation(requests=400, errors=0, refused=sum(draw.random() < share for _ in range(400)))
        before = Observation(requests=3600, errors=0, refused=sum(draw.random() < 0.1 for _ in range(3600)))
        return judge(seen, before, limits, 10).word == "stop"

    assert sum(stops(0.1) for _ in range(200)) <= 6  # at 1%: 2, with a standard deviation of 1.4
    assert sum(stops(0.2) for _ in range(100)) >= 95


def test_one_refused_request_of_one_proves_nothing() -> None:
    few = Observation(requests=36, errors=0, refused=0)
    assert word(requests=1, refused=1, old=few, watched=0.5) == "wait"
    assert word(requests=4, refused=4, old=few, watched=0.5) == "stop"


def test_at_the_end_of_a_step_one_flight_in_seven_refused_is_enough_to_stop() -> None:
    flown = Observation(requests=60, errors=0, refused=0)
    assert word(requests=60, refused=8, old=flown, watched=9) == "wait"
    assert word(requests=60, refused=8, old=flown) == "stop"
    assert word(requests=60, refused=2, old=flown) == "go"


def test_an_identical_version_is_rarely_stopped_at_the_end_of_a_step() -> None:
    draw = random.Random(17)

    def stopped(share: float) -> bool:
        seen = Observation(requests=60, errors=0, refused=sum(draw.random() < share for _ in range(60)))
        before = Observation(requests=60, errors=0, refused=sum(draw.random() < share for _ in range(60)))
        return judge(seen, before, LIMITS, 10).word == "stop"

    # 2,000 steps at 1%, were the test not conservative: 20, with a standard deviation of 4.4.
    assert sum(stopped(share) for share in (0.02, 0.1, 0.3, 0.5) for _ in range(500)) <= 33


def test_an_identical_version_looked_at_after_every_request_is_rarely_stopped() -> None:
    draw = random.Random(11)

    def stopped(share: float) -> bool:
        new, old = [0, 0], [0, 0]
        for _ in range(300):
            side = new if draw.random() < 0.1 else old
            side[0] += 1
            side[1] += draw.random() < share
            seen, before = (Observation(requests=count, errors=0, refused=refused) for count, refused in (new, old))
            if judge(seen, before, LIMITS, 1).word == "stop":
                return True
        return False

    # 900 canaries; a true share of 1% would give 9 with a standard deviation of 3.
    assert sum(stopped(share) for share in (0.02, 0.05, 0.2) for _ in range(300)) <= 9


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_the_exact_test_of_two_shares_is_fishers(seen: int, trials: int, seen_before: int, trials_before: int) -> None:
    seen, seen_before = min(seen, trials), min(seen_before, trials_before)
    table = [[seen, trials - seen], [seen_before, trials_before - seen_before]]
    expected = scipy.stats.fisher_exact(table, alternative="greater").pvalue
    assert no_larger_share(seen, trials, seen_before, trials_before) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.001, 0.999))
def test_the_tail_is_the_sum_of_binomial_chances(trials: int, seen: int, share: float) -> None:
    exact = sum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(seen, trials + 1))
    assert at_least(seen, trials, share) == pytest.approx(exact, abs=1e-9)


def test_the_tail_at_its_edges() -> None:
    assert at_least(0, 10, 0.5) == 1.0
    assert at_least(1, 10, 0.0) == 0.0
    assert at_least(1, 10, 1.0) == 1.0


def test_intervals_agree_with_published_values() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    # Newcombe 1998, Statistics in Medicine 17: 857-872 (table II) and 873-890 (table II), 95% intervals.
    assert wilson(81, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert newcombe(56, 70, 48, 80, 1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(9, 10, 3, 10, 1.959964) == pytest.approx((0.1705, 0.8090), abs=5e-5)
