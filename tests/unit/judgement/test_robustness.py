"""Spoiled rows: how far the metric falls, how many predictions flip, and what of it stops the line."""

import numpy as np
import pytest

from trainstop.config.probing import RobustnessSection
from trainstop.judgement import answers
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.robustness import Scope, Spoiled, checks, judged
from trainstop.judgement.told import Told
from trainstop.judgement.verdicts import Rules
from trainstop.records import CheckStatus

ROWS = 2000
RANDOM = np.random.default_rng(0)
TARGET = RANDOM.random(ROWS) < 0.4
SCORE = np.clip(0.3 + 0.4 * TARGET + RANDOM.normal(0, 0.15, ROWS), 0.01, 0.99)
DAY = np.arange(ROWS) // 40
METRIC = BY_TASK["binary"]["auc"]


def told(score: np.ndarray, rows: int = ROWS) -> Told:
    labels = (TARGET[:rows].astype(np.intp), ("0", "1"))
    given = ((score[:rows] > 0.5).astype(np.intp), ("0", "1"))
    sample = answers.binary(labels, "1", prediction=given, score=score[:rows], threshold=0.5)
    return Told(np.arange(rows), sample)


def scope(rows: int = ROWS) -> Scope:
    return Scope(told(SCORE, rows), METRIC, DAY[:rows], Rules(resamples=300, unit="days"))


def spoilt(kind: str = "noise", column: str = "a", score: np.ndarray | None = None, **more: object) -> Spoiled:
    return Spoiled(kind, column, "", ROWS, None if score is None else told(score), **more)


SHUFFLED = RANDOM.permutation(SCORE)
SLIGHT = np.clip(SCORE + RANDOM.normal(0, 0.02, ROWS), 0, 1)


def status(found: object, kind: str = "noise", **section: object) -> CheckStatus:
    [check] = checks(found, RobustnessSection.model_validate({"kinds": [kind], **section}))
    return check.status


def test_the_worst_comes_first_with_paired_intervals() -> None:
    found = judged([spoilt(column="b", score=SLIGHT), spoilt(column="a", score=SHUFFLED)], scope(), left_out=3)
    worst, slight = found.perturbations
    assert (found.columns, found.tried, found.left_out, found.metric) == (("a", "b"), 2, 3, "auc")
    assert worst.fall == pytest.approx(METRIC.value(scope().base.sample) - METRIC.value(told(SHUFFLED).sample))
    assert worst.fall_interval[0] < worst.fall < worst.fall_interval[1]
    assert slight.flips == np.mean((SLIGHT >= 0.5) != (SCORE >= 0.5))
    assert slight.flips_interval[0] < slight.flips < slight.flips_interval[1]


def test_a_loss_falls_when_it_grows() -> None:
    loss = BY_TASK["binary"]["log_loss"]
    [found] = judged([spoilt(score=SHUFFLED)], Scope(told(SCORE), loss, DAY, Rules()), left_out=0).perturbations
    assert found.fall > 0
    assert found.fall_interval[0] > 0


def test_without_a_limit_only_raising_and_nan_miss() -> None:
    assert status(judged([spoilt(score=SHUFFLED)], scope(), left_out=0)) is CheckStatus.PASSED
    raising = judged([spoilt(score=SHUFFLED), spoilt(column="b", error="ValueError")], scope(), left_out=0)
    assert status(raising) is CheckStatus.WARNED
    assert status(raising, mode="block") is CheckStatus.FAILED
    broken = SCORE.copy()
    broken[3] = np.nan
    found = judged([spoilt(score=broken)], scope(), left_out=0)
    assert (found.perturbations[0].not_finite, found.perturbations[0].fall) == (1, None)
    assert status(found, mode="block") is CheckStatus.FAILED


@pytest.mark.parametrize("limit", ["max-fall", "max-flips"])
def test_a_limit_is_missed_when_the_whole_interval_lies_beyond_it(limit) -> None:
    found = judged([spoilt(score=SHUFFLED)], scope(), left_out=0)
    [worst] = found.perturbations
    value, ends = (worst.fall, worst.fall_interval) if limit == "max-fall" else (worst.flips, worst.flips_interval)
    between = (value + ends[0]) / 2
    assert status(found, mode="block", **{limit: {"noise": ends[0] * 0.9}}) is CheckStatus.FAILED
    assert status(found, mode="block", **{limit: {"noise": between}}) is CheckStatus.WARNED
    assert status(found, mode="block", **{limit: {"noise": value * 1.01}}) is CheckStatus.PASSED
    assert status(found, mode="warn", **{limit: {"noise": ends[0] * 0.9}}) is CheckStatus.WARNED
    assert status(found, mode="block", **{limit: {"units": 0.0}}) is CheckStatus.PASSED, "another way has no limit"


def test_what_few_days_show_beyond_a_limit_is_neither_a_failure_nor_a_pass() -> None:
    few = 400
    spoiled = Spoiled("noise", "a", "", few, told(SHUFFLED, few))
    found = judged([spoiled], scope(few), left_out=0)
    assert found.perturbations[0].fall_interval is None
    limit = {"max-fall": {"noise": 0.01}}
    assert status(found, mode="block", **limit) is CheckStatus.INCONCLUSIVE
    assert status(found, mode="warn", **limit) is CheckStatus.WARNED
    assert status(found, mode="block", **{"max-fall": {"noise": 0.9}}) is CheckStatus.PASSED


def test_a_limit_against_which_nothing_was_held_is_not_passed_over() -> None:
    section = {"kinds": ["noise", "missing"], "max-fall": {"noise": 0.01}, "max-flips": {"missing": 0.05}}
    nothing = judged([], scope(), left_out=12)
    tried = checks(nothing, RobustnessSection.model_validate({**section, "mode": "block"}))
    assert [check.status for check in tried] == [CheckStatus.INCONCLUSIVE] * 2
    assert all("12 columns were not tried" in check.reason for check in tried)
    one = judged([spoilt(score=SLIGHT)], scope(), left_out=3)
    noise, missing = checks(one, RobustnessSection.model_validate({**section, "mode": "block", "max-fall": {}}))
    assert (noise.status, missing.status) == (CheckStatus.PASSED, CheckStatus.INCONCLUSIVE)
    assert "3 columns were not tried" in noise.reason
    [only] = checks(nothing, RobustnessSection.model_validate({"mode": "block"}))
    assert only.status is CheckStatus.SKIPPED


def test_every_kind_keeps_its_worst_however_many_others_are_worse() -> None:
    many = [spoilt(column=str(number), score=SHUFFLED) for number in range(30)]
    found = judged([*many, spoilt("units", "a", score=SLIGHT)], scope(), left_out=0)
    assert "units" in {each.kind for each in found.perturbations}
    assert len(found.perturbations) < 25


def test_a_number_has_flipped_when_it_moved_by_a_tenth_of_the_spread() -> None:
    truth = RANDOM.normal(0, 10, ROWS)
    base = Told(np.arange(ROWS), answers.regression(truth, truth))
    moved = truth + np.where(np.arange(ROWS) < 500, 1.5, 0.5)
    spoiled = Spoiled("noise", "a", "", ROWS, Told(np.arange(ROWS), answers.regression(truth, moved)))
    metric = next(metric for metric in BY_TASK["regression"].values() if metric.primary)
    [found] = judged([spoiled], Scope(base, metric, None, Rules()), left_out=0).perturbations
    assert found.flips == 0.25


def test_no_column_to_spoil_is_no_pass() -> None:
    [check] = checks(judged([], scope(), left_out=0), RobustnessSection())
    assert check.status is CheckStatus.SKIPPED


def without_positives() -> Scope:
    rows = np.flatnonzero(~TARGET)[:800]
    labels = (np.zeros(800, dtype=np.intp), ("0", "1"))
    given = ((SCORE[rows] > 0.5).astype(np.intp), ("0", "1"))
    sample = answers.binary(labels, "1", prediction=given, score=SCORE[rows], threshold=0.5)
    return Scope(Told(np.arange(800), sample), METRIC, None, Rules(resamples=300))


def turned(base: Scope) -> Spoiled:
    score = base.base.sample.score
    assert score is not None
    labels = (np.zeros(800, dtype=np.intp), ("0", "1"))
    sample = answers.binary(labels, "1", prediction=None, score=1 - score, threshold=0.5)
    return Spoiled("noise", "a", "", 800, Told(np.arange(800), sample))


def test_a_limit_on_what_has_no_value_is_not_held() -> None:
    base = without_positives()
    found = judged([turned(base)], base, left_out=0)
    assert status(found, **{"max-fall": {"noise": 0.02}}, mode="block") is CheckStatus.INCONCLUSIVE
    assert status(found, **{"max-fall": {"noise": 0.02}}, mode="warn") is CheckStatus.WARNED
    [check] = checks(
        found, RobustnessSection.model_validate({"kinds": ["noise"], "mode": "block", "max-fall": {"noise": 0.02}})
    )
    assert check.reason.endswith("what has no value cannot be held to a limit")


def test_flips_are_judged_beside_a_metric_without_a_value() -> None:
    base = without_positives()
    found = judged([turned(base)], base, left_out=0)
    both = {"max-fall": {"noise": 0.02}, "max-flips": {"noise": 0.1}}
    [check] = checks(found, RobustnessSection.model_validate({"kinds": ["noise"], "mode": "block", **both}))
    assert (check.status, check.limit) == (CheckStatus.FAILED, 0.1)
    assert check.value is not None
    assert check.value > 0.5


def test_the_column_that_misses_its_limit_is_the_one_that_is_told() -> None:
    flips = spoilt(column="flips", score=np.where(np.arange(ROWS) % 3 == 0, np.where(SCORE > 0.5, 0.499, 0.501), SCORE))
    falls = spoilt(column="falls", score=SHUFFLED)
    found = judged([flips, falls], scope(), left_out=0)
    by_column = {each.column: each for each in found.perturbations}
    limits = {"max-fall": {"noise": 1.0}, "max-flips": {"noise": by_column["falls"].flips - 0.3}}
    [check] = checks(found, RobustnessSection.model_validate({"kinds": ["noise"], "mode": "block", **limits}))
    assert check.status is CheckStatus.FAILED
    assert check.limit == limits["max-flips"]["noise"]
    assert check.value == max(each.flips for each in found.perturbations)
