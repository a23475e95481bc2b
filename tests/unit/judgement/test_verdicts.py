"""One table judged: points, intervals, words, and why something is not there."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from trainstop.judgement import forecasts
from trainstop.judgement.methods import Method
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records.judging import MetricResult

RULES = Rules(resamples=400, tolerances={"auc": 0.01, "accuracy": 0.01}, unit="clusters of `day`")


def sample(target: np.ndarray, score: np.ndarray) -> Sample:
    return Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)


def pair(
    rows: int = 2000, *, clusters: int = 40, gain: float = 0.0, share: float = 0.4, noise: float = 0.5, seed: int = 0
) -> Pair:
    """Candidate and champion on the same rows; `gain` is how much more the candidate knows of the truth."""
    random = np.random.default_rng(seed)
    target = random.random(rows) < share
    common = target + random.normal(size=rows)
    scores = [1 / (1 + np.exp(-(common + more * target + noise * random.normal(size=rows)))) for more in (gain, 0.0)]
    codes = np.arange(rows) % clusters if clusters else None
    return Pair(candidate=sample(target, scores[0]), champion=sample(target, scores[1]), clusters=codes)


def result(of: Pair, name: str = "auc", rules: Rules = RULES) -> MetricResult:
    return judge(of, [BY_TASK[of.candidate.task][name]], rules)[0]


def test_a_clearly_better_candidate_is_better_and_a_clearly_worse_one_worse() -> None:
    better, worse = result(pair(gain=1.0)).comparison, result(pair(gain=-0.8)).comparison
    assert better is not None
    assert worse is not None
    assert (better.word, worse.word) == ("better", "worse")


def test_the_same_model_twice_is_no_worse() -> None:
    of = pair()
    comparison = result(Pair(candidate=of.candidate, champion=of.candidate, clusters=of.clusters)).comparison
    assert comparison is not None
    assert (comparison.word, comparison.interval) == ("no worse", (0.0, 0.0))
    assert comparison.reason == "both models do the same on all rows"


def test_decisions_that_never_differ_are_known_to_differ_in_few_rows_at_most() -> None:
    of = pair(3000)
    of = Pair(candidate=of.candidate, champion=of.candidate, clusters=of.clusters)
    comparison = result(of, "accuracy").comparison
    assert comparison is not None
    assert comparison.interval is not None
    assert comparison.interval[1] == -comparison.interval[0] == pytest.approx(3 / 3000, rel=0.1)
    assert (comparison.word, comparison.reason) == ("no worse", "both models do the same on all rows")
    strict = Rules(resamples=400, tolerances={"accuracy": 1 / 3000})
    unsure = result(of, "accuracy", strict).comparison
    assert unsure is not None
    assert unsure.word == "cannot tell"


def test_less_is_better_where_the_metric_says_so() -> None:
    found = result(pair(gain=1.0), "log_loss")
    assert found.comparison is not None
    assert found.champion is not None
    assert found.comparison.difference == pytest.approx((found.champion.value or 0) - (found.candidate.value or 0))


def test_too_few_rows_cannot_tell_and_say_how_many_would() -> None:
    comparison = result(pair(400)).comparison
    assert comparison is not None
    assert comparison.word == "cannot tell"
    assert comparison.needed is not None
    assert comparison.needed > 40
    assert "would tell, 8 times in 10" in comparison.reason
    assert comparison.smallest_visible is not None
    assert comparison.smallest_visible > 0.01


def test_without_a_tolerance_only_better_can_be_said() -> None:
    rules = Rules(resamples=400)
    better, other = (result(pair(gain=gain), rules=rules).comparison for gain in (1.0, 0.0))
    assert better is not None
    assert other is not None
    assert better.word == "better"
    assert (other.word, other.reason) == (None, "no tolerance is set for it")
    assert other.interval is not None


def test_an_interval_holds_its_point_and_stays_within_the_metric_s_range() -> None:
    random = np.random.default_rng(0)
    target = random.random(100) < 0.5
    score = np.clip(0.9 * target + 0.05 + 0.04 * random.normal(size=100), 0, 1)
    score[:2] = 0.5
    metrics = [metric for metric in BY_TASK["binary"].values() if metric.scale != "real"]
    for found, metric in zip(judge(Pair(candidate=sample(target, score)), metrics, Rules()), metrics, strict=True):
        estimate, least = found.candidate, -1 if metric.scale == "correlation" else 0
        if estimate.interval is not None and estimate.value is not None:
            assert least <= estimate.interval[0] <= estimate.value <= estimate.interval[1] <= 1


def test_too_few_clusters_give_no_interval_and_no_verdict() -> None:
    found = result(pair(clusters=19))
    assert found.candidate.value is not None
    assert found.candidate.interval is None
    assert found.candidate.reason == "only 19 clusters of `day`: intervals need 20"
    assert found.comparison is not None
    assert (found.comparison.word, found.comparison.needed) == ("cannot tell", None)
    assert found.method == ""


def test_too_few_of_one_class_give_no_interval() -> None:
    found = result(pair(1000, clusters=0, share=0.01, seed=4))
    assert found.candidate.interval is None
    assert "rows of class `positive`: intervals need 20" in found.candidate.reason


def test_positives_in_too_few_clusters_give_no_interval() -> None:
    of = pair(2000)
    assert of.clusters is not None
    kept = np.flatnonzero(~of.candidate.target | (of.clusters < 10))
    found = result(of.take(kept))
    assert found.candidate.reason == "only 10 clusters of `day` say anything about it: intervals need 20"


def test_a_rare_class_spoils_macro_f1_and_not_accuracy() -> None:
    random = np.random.default_rng(0)
    target = random.integers(0, 2, 300)
    target[:3] = 2
    predicted = np.where(random.random(300) < 0.7, target, 0)
    of = Sample(task="multiclass", target=target, prediction=predicted, classes=("a", "b", "c"))
    accuracy, macro = judge(
        Pair(candidate=of), [BY_TASK["multiclass"][name] for name in ("accuracy", "macro_f1")], Rules()
    )
    assert accuracy.candidate.interval is not None
    assert macro.candidate.interval is None
    assert "only 3 rows of class `c`" in macro.candidate.reason


@pytest.mark.parametrize("method", get_args(Method))
def test_a_metric_without_an_interval_costs_the_others_nothing(method: Method) -> None:
    of = pair(300, clusters=0, gain=0.5)
    scores = of.candidate.score
    assert scores is not None
    rare = replace(of, candidate=replace(of.candidate, prediction=scores >= np.sort(scores)[-6]))
    metrics = [BY_TASK["binary"][name] for name in ("precision", "auc")]
    precision, auc = judge(rare, metrics, Rules(resamples=400, tolerances={"auc": 0.01}, method=method))
    assert precision.candidate.interval is None
    assert precision.candidate.reason
    assert auc.candidate.interval is not None


def test_what_cannot_be_computed_has_no_value_and_says_why() -> None:
    target = np.zeros(50, dtype=bool)
    found = result(
        Pair(candidate=sample(target, np.linspace(0, 1, 50)), champion=sample(target, np.linspace(0, 1, 50)))
    )
    assert found.candidate.value is None
    assert found.candidate.reason == "it needs rows of both classes"
    assert found.comparison is not None
    assert found.comparison.difference is None
    assert "the candidate has no value" in found.comparison.reason


def test_answers_that_are_all_right_may_still_be_wrong_one_time_in_a_few() -> None:
    target = np.arange(100) % 2 == 0
    found = result(Pair(candidate=sample(target, np.where(target, 0.9, 0.1))), "accuracy")
    assert found.candidate.value == 1.0
    assert found.candidate.interval == pytest.approx((1 / (1 + 1.96**2 / 100), 1.0), abs=1e-4)
    assert found.method.startswith("Wilson score interval")


def test_clusters_that_are_all_right_have_no_interval_and_say_so() -> None:
    target = np.arange(100) % 2 == 0
    of = Pair(candidate=sample(target, np.where(target, 0.9, 0.1)), clusters=np.arange(100) // 2)
    found = result(of, "accuracy")
    assert (found.candidate.value, found.candidate.interval) == (1.0, None)
    assert "no spread" in found.candidate.reason


def test_bias_is_shown_with_its_interval_and_not_compared() -> None:
    random = np.random.default_rng(0)
    target = random.normal(size=100)
    models = [Sample(task="regression", target=target, prediction=target + random.normal(size=100)) for _ in range(2)]
    found = result(Pair(candidate=models[0], champion=models[1]), "bias")
    assert found.candidate.interval is not None
    assert found.comparison is not None
    assert found.comparison.difference is None


def test_clusters_widen_the_interval_of_rows_that_are_alike() -> None:
    random = np.random.default_rng(0)
    codes = np.repeat(np.arange(40), 50)
    target = random.random(2000) < 0.4
    score = 1 / (1 + np.exp(-(target + random.normal(size=2000) + random.normal(size=40)[codes])))
    alone, clustered = (
        result(Pair(candidate=sample(target, score), clusters=clusters), "log_loss").candidate.interval
        for clusters in (None, codes)
    )
    assert alone is not None
    assert clustered is not None
    assert clustered[1] - clustered[0] > 2 * (alone[1] - alone[0])


def test_the_same_input_gives_the_same_digits() -> None:
    assert judge(pair(), list(BY_TASK["binary"].values()), RULES) == judge(
        pair(), list(BY_TASK["binary"].values()), RULES
    )


def test_the_method_says_what_was_done_and_why() -> None:
    method = result(pair()).method
    for said in ("paired bootstrap-t over 40 clusters of `day`", "400 resamples", "seed 0", "39 degrees", "since"):
        assert said in method


def test_more_rows_than_the_bootstrap_takes_are_added_up_and_it_says_so() -> None:
    method = result(pair(9000, clusters=0), rules=Rules(resamples=200)).method
    assert "9,000 rows, added up at random into 4,000 groups" in method


@pytest.mark.parametrize("rows", [1, 2])
def test_one_row_is_judged_without_an_interval(rows: int) -> None:
    of = Sample(task="regression", target=np.ones(rows), prediction=np.full(rows, 2.0))
    metrics = [BY_TASK["regression"][name] for name in ("mae", "rmse", "r2", "bias")]
    found = judge(Pair(candidate=of, champion=of), metrics, Rules())
    assert [each.candidate.value for each in found] == [1.0, 1.0, None, 1.0]
    assert not any(each.candidate.interval for each in found)


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("clusters", [0, 40, 1])
@pytest.mark.parametrize("positives", [1, 5])
def test_a_class_in_a_single_unit_gives_no_interval_whatever_the_method(
    method: Method, clusters: int, positives: int
) -> None:
    random = np.random.default_rng(0)
    codes = np.arange(200) % clusters if clusters else None
    target = np.isin(np.arange(200), np.arange(positives) * (clusters or 1))
    of = Pair(candidate=sample(target, random.random(200)), champion=sample(target, random.random(200)), clusters=codes)
    for found in judge(of, list(BY_TASK["binary"].values()), Rules(resamples=100, method=method)):
        assert found.candidate.interval is None, found.name
        assert found.comparison is None or found.comparison.interval is None


@pytest.mark.parametrize("method", get_args(Method))
def test_one_row_of_a_number_gives_no_interval_whatever_the_method(method: Method) -> None:
    of = Sample(task="regression", target=np.array([1.0]), prediction=np.array([2.0]))
    for found in judge(Pair(candidate=of, champion=of), list(BY_TASK["regression"].values()), Rules(method=method)):
        assert found.candidate.interval is None


def test_a_class_of_one_row_is_drawn_together_with_another() -> None:
    random = np.random.default_rng(0)
    target = random.integers(0, 2, 300)
    target[0] = 2
    predicted = np.where(random.random(300) < 0.7, target, 0)
    of = Sample(task="multiclass", target=target, prediction=predicted, classes=("a", "b", "c"))
    [found] = judge(Pair(candidate=of), [BY_TASK["multiclass"]["accuracy"]], Rules(method="stratified"))
    assert found.candidate.interval is not None
    assert found.candidate.interval[0] < found.candidate.value < found.candidate.interval[1]


def test_numbers_have_no_classes_to_be_drawn_within() -> None:
    random = np.random.default_rng(0)
    target = random.normal(size=1000)
    levels = np.array([0.1, 0.5, 0.9])
    quantiles = np.quantile(target, levels)[None, :] + 0.01 * random.normal(size=(1000, 1))
    of = forecasts.sample(target, dict(zip(levels.tolist(), quantiles.T, strict=True)), None)
    metric = BY_TASK["forecast"]["pinball"]
    within, plain = (judge(Pair(candidate=of), [metric], Rules(method=method))[0] for method in ("stratified", "auto"))
    assert within.candidate.interval == plain.candidate.interval
    assert "not within classes" in within.method


@pytest.mark.parametrize("name", ["macro_recall", "macro_f1", "balanced_accuracy"])
def test_a_class_in_few_clusters_gives_no_interval_and_says_so(name: str) -> None:
    random = np.random.default_rng(0)
    days = np.arange(1200) % 60
    target = np.where(days < 3, random.integers(0, 3, 1200), random.integers(0, 2, 1200))
    predicted = np.where(random.random(1200) < 0.7, target, 0)
    of = Sample(task="multiclass", target=target, prediction=predicted, classes=("a", "b", "c"))
    [found] = judge(Pair(candidate=of, clusters=days), [BY_TASK["multiclass"][name]], Rules(unit="clusters of `day`"))
    assert found.candidate.reason == "class `c` lies in only 3 clusters of `day`: intervals need 20"
    rows = judge(Pair(candidate=of), [BY_TASK["multiclass"][name]], Rules())[0]
    assert rows.candidate.interval is not None


def test_clusters_that_are_all_right_count_for_one_row_each_in_a_closed_form() -> None:
    target = np.arange(30_000) % 2 == 0
    of = Pair(candidate=sample(target, np.where(target, 0.9, 0.1)), clusters=np.arange(30_000) // 1000)
    found = result(of, "accuracy", Rules(method="closed-form", unit="clusters of `day`"))
    assert found.candidate.interval is not None
    assert found.candidate.interval[0] == pytest.approx(30 / (30 + 2.045**2), abs=1e-3)


def test_a_difference_that_is_the_same_on_all_rows_is_not_called_none() -> None:
    target = np.random.default_rng(0).normal(size=500)
    pair_ = Pair(
        candidate=Sample(task="regression", target=target, prediction=target + 2),
        champion=Sample(task="regression", target=target, prediction=target + 1),
    )
    comparison = result(pair_, "mae", Rules(tolerances={"mae": 0.1})).comparison
    assert comparison is not None
    assert (comparison.word, comparison.reason) == ("worse", "the difference is the same on all rows")
