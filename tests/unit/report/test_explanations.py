"""Why each gate decided as it did, in words, from the records alone."""

from typing import Any

import pytest

from trainstop.config.judging import GateSection
from trainstop.judgement import gates
from trainstop.records import Check, CheckStatus, Record
from trainstop.records.explaining import Explanation
from trainstop.records.judging import Comparison, Estimate, EvaluatePart, MetricResult
from trainstop.report.explanations import explain

BASIS = gates.Basis("31 clusters of `day` (guessed)", 0.95)
METHOD = "paired bootstrap-t over 31 clusters of `day` (guessed), 1,000 resamples, seed 0"


def compared(word: Any, interval: Any, **more: Any) -> MetricResult:
    difference = more.pop("difference", sum(interval) / 2 if interval else -0.007)
    return MetricResult(
        name="auc",
        greater_is_better=True,
        candidate=Estimate(value=0.7 + difference, interval=(0.66, 0.73)),
        champion=Estimate(value=0.7, interval=(0.67, 0.73)),
        comparison=Comparison(difference=difference, interval=interval, tolerance=0.002, word=word, **more),
        method=METHOD,
    )


def part(metric: MetricResult, **more: Any) -> EvaluatePart:
    values = {"rows": 12_000, "clusters": 31, "cluster": "day", "cluster_guessed": True, "champion_version": 3}
    return EvaluatePart.model_validate({"rung": 2, "metrics": (metric,), "design_effect": 4.2} | values | more)


def explained(gate: dict[str, Any], metric: MetricResult, **more: Any) -> Explanation:
    """The explanation of the only gate, as `evaluate` judged it."""
    checks = gates.checks({"auc": GateSection.model_validate(gate)}, {"auc": metric}, BASIS)
    return explain(Record.model_construct(stage="evaluate", checks=checks, part=part(metric, **more)))[0]


def test_a_worse_candidate_is_told_the_interval_the_tolerance_the_word_and_the_mode() -> None:
    found = explained({"tolerance": 0.002}, compared("worse", (-0.012, -0.003)))
    assert (found.status, found.word, found.value, found.interval) == ("failed", "worse", -0.0075, (-0.012, -0.003))
    assert "candidate 0.6925, version 3 0.7: 0.0075 worse" in found.found
    assert "95% interval of the difference is -0.012 to -0.003 (more is better); the tolerance is 0.002" in found.found
    assert found.rests_on == "12,000 rows in 31 clusters of `day` (guessed), design effect 4.2"
    assert found.rule == ('all of the interval lies below -0.002, so *worse*, and `mode = "block"`: the line stops')
    assert "a candidate better by 0.001, or a tolerance above 0.003, would not be *worse*" in found.change
    assert found.method == METHOD


def test_numbers_about_a_code_are_said_to_rest_on_its_seeds() -> None:
    found = explained({"tolerance": 0.002}, compared("worse", (-0.012, -0.003)), seeds=5)
    assert found.rests_on == "5 seeds' models, 12,000 rows in 31 clusters of `day` (guessed), design effect 4.2"


def test_more_rows_are_not_promised_to_narrow_what_seeds_leave_open() -> None:
    metric = MetricResult(name="auc", greater_is_better=True, candidate=Estimate(value=0.7, interval=(0.66, 0.73)))
    assert "would make its interval clear it" in explained({"min": 0.68}, metric).change
    assert "would make its interval clear it" not in explained({"min": 0.68}, metric, seeds=5).change


@pytest.mark.parametrize(
    ("gate", "metric", "status", "rule"),
    [
        (
            {"mode": "warn"},
            compared("worse", (-0.012, -0.003)),
            "warned",
            'so *worse*, and `mode = "warn"`: the line goes',
        ),
        ({}, compared("better", (0.001, 0.003)), "passed", "lies above 0, so *better*, which is what a candidate must"),
        ({}, compared("no worse", (-0.001, 0.003)), "passed", "lies above -0.002, so *no worse*, which is"),
        (
            {},
            compared("cannot tell", (-0.01, 0.003)),
            "warned",
            '*cannot tell*, and `cannot-tell = "warn"`: the line goes',
        ),
        (
            {"cannot-tell": "block"},
            compared("cannot tell", (-0.01, 0.003)),
            "failed",
            '*cannot tell*, and `cannot-tell = "block"`: the line stops',
        ),
        (
            {},
            compared("cannot tell", None, reason="only 3 clusters of `day` (guessed): intervals need 20"),
            "warned",
            "without an interval nobody can tell",
        ),
    ],
)
def test_each_word_names_the_rule_and_the_setting_that_led_to_it(
    gate: dict[str, Any], metric: MetricResult, status: str, rule: str
) -> None:
    found = explained({"tolerance": 0.002} | gate, metric)
    assert found.status == status
    assert rule in found.rule


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        (
            compared("cannot tell", (-0.01, 0.003), needed=400),
            "about 400 clusters of `day` (guessed) would tell, 8 times",
        ),
        (compared("cannot tell", (-0.01, 0.003)), "the lower end is 0.008 below what is *no worse*"),
        (compared("no worse", (-0.001, 0.003)), "*better* needs all of it above 0, 0.001 higher; *no worse* has 0.001"),
        (compared("better", (0.001, 0.003), smallest_visible=0.004), "a true difference of 0.004 8 times in 10"),
        (compared("cannot tell", None, reason="only 3 days"), "more data: only 3 days"),
    ],
)
def test_what_would_change_it_is_said(metric: MetricResult, change: str) -> None:
    assert change in explained({"tolerance": 0.002}, metric).change


def alone(value: float | None, interval: Any = None, reason: str = "") -> MetricResult:
    estimate = Estimate(value=value, interval=interval, reason=reason)
    return MetricResult(name="auc", greater_is_better=True, candidate=estimate, method=METHOD)


@pytest.mark.parametrize(
    ("gate", "metric", "status", "rule", "change"),
    [
        (
            {},
            alone(0.58, (0.55, 0.61)),
            "failed",
            'the value misses the limit, whatever its interval, and `mode = "block"`',
            "0.02",
        ),
        ({"mode": "warn"}, alone(0.58, (0.55, 0.61)), "warned", 'whatever its interval, and `mode = "warn"`', "0.02"),
        (
            {},
            alone(0.62, (0.58, 0.66)),
            "warned",
            '`decide = "point"`: the line goes on',
            "about 124 clusters of `day`",
        ),
        (
            {"decide": "interval"},
            alone(0.62, (0.58, 0.66)),
            "failed",
            '`decide = "interval"` and `mode = "block"`',
            "124",
        ),
        (
            {"decide": "interval", "mode": "warn"},
            alone(0.62, (0.58, 0.66)),
            "warned",
            '`decide = "interval"` and `mode = "warn"`',
            "124",
        ),
        ({}, alone(0.7, (0.65, 0.75)), "passed", "all that is known of its interval clear", "0.1 away from the limit"),
        ({}, alone(0.7, reason="only 3 days"), "warned", '`decide = "point"`', "0.1 away"),
        ({}, alone(None, reason="one class"), "failed", "no data is never a pass: the line stops", ""),
    ],
)
def test_a_limit_names_the_rule_and_how_far_away_it_is(
    gate: dict[str, Any], metric: MetricResult, status: str, rule: str, change: str
) -> None:
    found = explained({"min": 0.6} | gate, metric)
    assert found.status == status
    assert rule in found.rule
    assert change in found.change


def test_rows_that_are_independent_and_bare_numbers_are_told_apart() -> None:
    metric = alone(0.7)
    assert explained({"min": 0.6}, metric, clusters=None).rests_on == "12,000 rows, taken as independent of one another"
    assert "bare numbers" in explained({"min": 0.6}, metric, rung=0).rests_on


def test_a_check_of_another_kind_is_explained_by_its_own_words() -> None:
    check = Check(name="reload", status=CheckStatus.INCONCLUSIVE, value=2.0, limit=1.0, reason="it takes too long")
    (found,) = explain(Record.model_construct(stage="model-test", checks=(check,), part=None))
    assert (found.of_stage, found.gate, found.value, found.limit) == ("model-test", "reload", 2.0, 1.0)
    assert found.found == "it takes too long"
    assert found.rule == "nothing can be concluded, and that is no pass"


def test_no_champion_and_a_gate_that_is_off_are_said() -> None:
    assert explained({"tolerance": 0.1}, alone(0.7)).found == "there is no champion yet"
    assert explained({"min": 0.1, "mode": "off"}, alone(0.7)).found == "the gate is off"


def test_a_champion_that_could_not_be_compared_says_why() -> None:
    metric = alone(0.7).model_copy(update={"comparison": Comparison(difference=None, reason="different rows")})
    found = explained({"tolerance": 0.1}, metric)
    assert found.found == "not compared: different rows"
    assert found.rule == "nothing can be concluded, and that is no pass"
