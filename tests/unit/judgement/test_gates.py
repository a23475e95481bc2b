"""Gates: checks with reasons that a person understands."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.config.judging import GateSection
from trainstop.errors import ConfigurationError
from trainstop.judgement import gates
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Comparison, Estimate, MetricResult, Word

BASIS = gates.Basis("31 clusters of `day`", 0.95)
NUMBERS = st.floats(-100, 100)


def absolute(estimate: Estimate, **gate: Any) -> Check:
    return gates.absolute("auc", GateSection(**gate), estimate, BASIS)


def relative(comparison: Comparison | None, **gate: Any) -> Check:
    result = MetricResult(
        name="auc",
        greater_is_better=True,
        candidate=Estimate(value=0.70),
        champion=Estimate(value=0.72),
        comparison=comparison,
    )
    return gates.relative("auc", GateSection(tolerance=0.01, **gate), result, BASIS)


def test_a_point_below_its_limit_fails_and_says_by_how_much_and_how_surely() -> None:
    check = absolute(Estimate(value=0.712, interval=(0.70, 0.73)), min=0.75)
    assert check.status is CheckStatus.FAILED
    assert check.reason == "0.712 is below 0.75, 95% interval 0.7 to 0.73 over 31 clusters of `day`"
    assert (check.value, check.limit, check.interval) == (0.712, 0.75, (0.70, 0.73))


def test_a_point_above_its_limit_fails() -> None:
    check = absolute(Estimate(value=0.4), max=0.3)
    assert (check.status, check.reason) == (CheckStatus.FAILED, "0.4 is above 0.3")


def test_a_hair_below_the_limit_does_not_read_as_equal_to_it() -> None:
    assert absolute(Estimate(value=0.74999), min=0.75).reason == "0.74999 is below 0.75"


def test_a_point_that_clears_with_an_interval_that_does_not_warns() -> None:
    check = absolute(Estimate(value=0.76, interval=(0.74, 0.78)), min=0.75)
    assert check.status is CheckStatus.WARNED
    assert "not all of its interval" in check.reason


def test_the_interval_decides_when_the_project_says_so() -> None:
    assert (
        absolute(Estimate(value=0.76, interval=(0.74, 0.78)), min=0.75, decide="interval").status is CheckStatus.FAILED
    )
    assert (
        absolute(Estimate(value=0.76, interval=(0.751, 0.78)), min=0.75, decide="interval").status is CheckStatus.PASSED
    )
    assert (
        absolute(Estimate(value=0.76, reason="only 3 rows"), min=0.75, decide="interval").status is CheckStatus.FAILED
    )


def test_too_few_rows_for_an_interval_warn() -> None:
    check = absolute(Estimate(value=0.76, reason="only 3 rows"), min=0.75)
    assert check.status is CheckStatus.WARNED
    assert "no interval: only 3 rows" in check.reason


def test_a_bare_number_passes_by_its_point() -> None:
    assert absolute(Estimate(value=0.76), min=0.75).status is CheckStatus.PASSED


def test_no_value_is_never_a_pass() -> None:
    check = absolute(Estimate(value=None, reason="it needs rows of both classes"), min=0.0)
    assert check.status is CheckStatus.FAILED
    assert "both classes" in check.reason
    assert "never a pass" in check.reason


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("better", CheckStatus.PASSED),
        ("no worse", CheckStatus.PASSED),
        ("worse", CheckStatus.FAILED),
        ("cannot tell", CheckStatus.WARNED),
        (None, CheckStatus.WARNED),
    ],
)
def test_the_word_decides_beside_the_champion(word: Word | None, status: CheckStatus) -> None:
    comparison = Comparison(difference=-0.02, interval=(-0.03, -0.011), tolerance=0.01, word=word)
    check = relative(comparison)
    assert (check.name, check.status) == ("auc vs champion", status)
    assert "0.7 is 0.02 worse than the champion's 0.72" in check.reason
    assert "over 31 clusters of `day`" in check.reason


def test_a_project_may_block_what_nobody_can_tell() -> None:
    comparison = Comparison(difference=-0.02, tolerance=0.01, word="cannot tell", reason="only 3 rows")
    check = relative(comparison, cannot_tell="block")
    assert check.status is CheckStatus.FAILED
    assert check.reason.endswith("only 3 rows")


def test_no_champion_skips_and_says_so() -> None:
    check = relative(None)
    assert (check.status, check.reason) == (CheckStatus.SKIPPED, "there is no champion yet")


def test_a_champion_that_cannot_be_compared_is_inconclusive() -> None:
    check = relative(Comparison(difference=None, reason="the tables hold different rows"))
    assert (check.status, check.reason) == (CheckStatus.INCONCLUSIVE, "not compared: the tables hold different rows")


def test_a_champion_that_cannot_be_compared_fails_where_what_cannot_be_told_blocks() -> None:
    check = relative(Comparison(difference=None, reason="it does not load"), cannot_tell="block")
    assert (check.status, check.reason) == (CheckStatus.FAILED, "not compared: it does not load")


def test_a_gate_that_only_warns_never_stops_the_line() -> None:
    worse = Comparison(difference=-0.02, interval=(-0.03, -0.011), tolerance=0.01, word="worse")
    assert relative(worse, mode="warn").status is CheckStatus.WARNED
    assert relative(Comparison(difference=None, reason="x"), mode="warn").status is CheckStatus.WARNED
    assert absolute(Estimate(value=0.1), min=0.5, mode="warn").status is CheckStatus.WARNED
    assert absolute(Estimate(value=None), min=0.5, mode="warn").status is CheckStatus.WARNED


def test_a_gate_that_is_off_is_shown_as_skipped() -> None:
    (check,) = gates.checks({"auc": GateSection(mode="off", min=0.9)}, {}, BASIS)
    assert check.status is CheckStatus.SKIPPED


def test_a_gate_on_an_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError) as error:
        gates.known_or_refuse({"acuracy": GateSection(min=0.5)}, ["accuracy", "auc"], "the metrics")
    assert "did you mean `accuracy`" in str(error.value)
    with pytest.raises(ConfigurationError) as error:
        gates.known_or_refuse({"zzz": GateSection(min=0.5)}, ["accuracy", "auc"], "the metrics")
    assert "there are: accuracy, auc" in str(error.value)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["point", "interval"]))
def test_nothing_that_misses_its_limit_passes(
    value: float, below: float, above: float, limit: float, decide: str
) -> None:
    estimate = Estimate(value=value, interval=(value - abs(below), value + abs(above)))
    for gate, missed in (({"min": limit}, value < limit), ({"max": limit}, value > limit)):
        status = absolute(estimate, **gate, decide=decide).status
        assert (status is CheckStatus.FAILED) or not missed
        whole = estimate.interval is not None and (
            estimate.interval[0] >= limit if "min" in gate else estimate.interval[1] <= limit
        )
        assert (status is CheckStatus.PASSED) == whole


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_two_different_numbers_never_read_alike(value: float, other: float) -> None:
    text, beside = gates.number(value, other), gates.number(other, value)
    assert (text == beside) == (value == other)
    assert math.isclose(float(text), value, rel_tol=1e-3, abs_tol=1e-300)


@pytest.mark.parametrize("wrong", [{}, {"mode": "warn"}, {"min": 0.9, "max": 0.8}, {"tolerance": 0.0}])
def test_a_gate_that_nothing_can_miss_or_pass_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needs|above|greater"):
        GateSection(**wrong)
