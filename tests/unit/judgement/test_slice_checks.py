"""What follows when slices got worse."""

from typing import Any

import pytest

from trainstop.config.judging import GateSection
from trainstop.config.slicing import SlicesSection
from trainstop.errors import ConfigurationError
from trainstop.judgement.gates import Basis
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.slice_checks import MOST_CHECKS, TOGETHER, checks, tolerances
from trainstop.records import Check
from trainstop.records.judging import Comparison, Estimate, MetricResult, SliceResult

BASIS = Basis("31 clusters of `day`", 0.95)
KNOWN = BY_TASK["binary"]


def one(name: str, word: Any, difference: float = -0.05, tolerance: float | None = 0.01, **more: Any) -> SliceResult:
    interval = more.get("interval", (difference - 0.02, difference + 0.02))
    comparison = Comparison(difference=difference, interval=interval, tolerance=tolerance, word=word)
    metric = MetricResult(
        name="auc",
        greater_is_better=True,
        candidate=Estimate(value=0.6),
        champion=Estimate(value=0.65),
        comparison=comparison,
    )
    return SliceResult(column="carrier", value=name, name=f"carrier = {name}", rows=300, metrics=(metric,))


def made(*found: SliceResult, mode: Any = "warn", gate: str = "block", champion: str = "") -> tuple[Check, ...]:
    gates = {"auc": GateSection(tolerance=0.01, mode=gate)}
    return checks(found, SlicesSection(mode=mode), gates, BASIS, champion)


def test_a_worse_slice_warns_with_its_numbers() -> None:
    (check,) = made(one("UA", "no worse", 0.0), one("F9", "worse"))
    assert (check.name, check.status) == ("auc in carrier = F9 vs champion", "warned")
    assert (check.value, check.limit, check.interval) == (-0.05, -0.01, pytest.approx((-0.07, -0.03)))
    assert "0.6 where the champion has 0.65, 0.01 worse is allowed" in check.reason
    assert "over 31 clusters of `day`" in check.reason


def test_a_worse_slice_fails_when_slices_block_unless_its_gate_only_warns() -> None:
    assert made(one("F9", "worse"), mode="block")[0].status == "failed"
    assert made(one("F9", "worse"), mode="block", gate="warn")[0].status == "warned"


def test_the_mode_off_leaves_them_shown_and_unchecked() -> None:
    assert made(one("F9", "worse"), mode="off") == ()


def test_the_worst_come_first_and_what_is_too_many_is_counted() -> None:
    found = made(*(one(f"c{number}", "worse", -0.02 - number / 100) for number in range(15)), mode="block")
    assert len(found) == MOST_CHECKS + 1
    assert found[0].name == "auc in carrier = c14 vs champion"
    assert (found[-1].name, found[-1].value, found[-1].status) == (TOGETHER, 5, "failed")


def test_no_worse_slice_is_one_check_that_says_how_many_cannot_tell() -> None:
    (check,) = made(one("UA", "no worse"), one("F9", "cannot tell"))
    assert (check.name, check.status) == (TOGETHER, "passed")
    assert check.reason == "none of 2 comparisons in slices shows a loss beyond its tolerance; 1 of them cannot tell"


def test_slices_that_are_all_too_small_are_no_pass() -> None:
    (check,) = made(one("UA", "cannot tell", interval=None))
    assert check.status == "skipped"


def test_without_a_tolerance_or_a_champion_there_is_nothing_to_check() -> None:
    assert made(one("UA", "better", tolerance=None)) == ()
    assert made() == ()


def test_a_champion_that_could_not_be_compared_is_inconclusive_where_slices_block() -> None:
    (check,) = made(one("UA", None), mode="block", champion="its model is gone")
    assert check.status == "inconclusive"
    assert "its model is gone" in check.reason
    assert made(one("UA", None), champion="its model is gone") == ()


def test_a_slice_has_its_own_tolerance_or_the_gate_s() -> None:
    gates = {
        "auc": GateSection(tolerance=0.02),
        "f1": GateSection(tolerance=0.3, mode="off"),
        "brier": GateSection(max=1),
    }
    assert tolerances(gates, SlicesSection(tolerance={"log_loss": 0.1}), KNOWN) == {"auc": 0.02, "log_loss": 0.1}
    assert tolerances(gates, SlicesSection(tolerance={"auc": 0.05}), KNOWN) == {"auc": 0.05}


@pytest.mark.parametrize(("name", "task", "fix"), [("acu", "binary", "auc"), ("bias", "regression", "there are")])
def test_a_tolerance_on_no_metric_is_refused(name: str, task: Any, fix: str) -> None:
    with pytest.raises(ConfigurationError, match="no metric of this task") as error:
        tolerances({}, SlicesSection(tolerance={name: 0.1}), BY_TASK[task])
    assert fix in error.value.fix
    assert error.value.where == f"key `slices.tolerance.{name}`"
