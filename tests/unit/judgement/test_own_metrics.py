"""The project's own metrics: a function's values with and without each group, turned into intervals and words."""

import math

import numpy as np
import pytest
from scipy.stats import t

from trainstop.judgement.own_metrics import Replicates, deal, groups_of, judge
from trainstop.judgement.verdicts import Rules
from trainstop.records.judging import MetricResult

RULES = Rules(tolerances={"cost": 0.2})


def means(values: np.ndarray, groups: np.ndarray) -> Replicates:
    """A mean, and the means without each group."""
    return Replicates(values.mean(), tuple(values[groups != each].mean() for each in range(groups.max() + 1)))


def judged(
    candidate: Replicates, champion: Replicates | None = None, *, greater: bool = True, units: int = 500
) -> MetricResult:
    return judge("cost", "binary", candidate, champion, greater_is_better=greater, units=units, rules=RULES)


def two_models(shift: float) -> tuple[Replicates, Replicates]:
    """Means of two models on the same 500 rows; the candidate's is `shift` higher."""
    random = np.random.default_rng(0)
    common, groups = random.normal(size=500), deal(500, None, seed=1)[0]
    champion = common + 0.1 * random.normal(size=500)
    return means(common + shift + 0.1 * random.normal(size=500), groups), means(champion, groups)


def test_units_are_dealt_whole_into_groups_of_nearly_one_size() -> None:
    clusters = np.repeat(np.arange(250), 4)
    groups, count, units = deal(1000, clusters, seed=0)
    assert (count, units) == (20, 250)
    assert set(np.bincount(groups)) == {48, 52}
    assert all(len(set(groups[clusters == each])) == 1 for each in range(250))
    assert (groups == deal(1000, clusters, seed=0)[0]).all()
    assert (groups != deal(1000, clusters, seed=1)[0]).any()


def test_groups_grow_with_the_root_of_the_units_within_limits() -> None:
    assert [groups_of(units) for units in (19, 20, 300, 900, 10_000, 10**6)] == [19, 20, 20, 30, 100, 100]


def test_few_units_are_a_group_each() -> None:
    assert deal(6, np.array([0, 0, 1, 1, 2, 2]), seed=0)[0].tolist() == [0, 0, 1, 1, 2, 2]


def test_a_mean_gets_the_interval_of_the_textbook() -> None:
    values = np.random.default_rng(1).normal(size=20)
    found = judged(means(values, np.arange(20)), units=20)
    half = t.ppf(0.975, 19) * values.std(ddof=1) / math.sqrt(20)
    assert found.candidate.interval == pytest.approx((values.mean() - half, values.mean() + half))
    assert found.method.startswith("delete-a-group jackknife over 20 rows, Student's t with 19 degrees")


@pytest.mark.slow
@pytest.mark.parametrize("of", [np.mean, lambda values: values.std() / values.mean()])
def test_intervals_hold_the_truth_as_often_as_they_say(of) -> None:
    held, runs = 0, 1000
    truth = 1.0  # the mean of an exponential distribution, and its coefficient of variation
    for seed in range(runs):
        values = np.random.default_rng(seed).exponential(size=600)
        groups = deal(600, None, seed=seed)[0]
        without = tuple(of(values[groups != each]) for each in range(groups.max() + 1))
        interval = judged(Replicates(of(values), without)).candidate.interval
        assert interval is not None
        held += interval[0] <= truth <= interval[1]
    assert held / runs >= 0.935 - 2 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize(
    ("shift", "greater", "word"),
    [(0.5, True, "better"), (0.0, True, "no worse"), (-0.5, True, "worse"), (0.5, False, "worse")],
)
def test_a_candidate_is_compared_in_the_metric_s_direction(shift: float, greater: bool, word: str) -> None:
    comparison = judged(*two_models(shift), greater=greater).comparison
    assert comparison is not None
    assert comparison.word == word
    assert comparison.difference == pytest.approx(shift if greater else -shift, abs=0.05)


def test_models_are_compared_on_the_same_groups_so_that_what_they_share_cancels() -> None:
    found = judged(*two_models(0.0))
    own, beside = found.candidate.interval, found.comparison and found.comparison.interval
    assert own is not None
    assert beside is not None
    assert beside[1] - beside[0] < 0.3 * (own[1] - own[0])


def test_a_function_that_returned_nan_has_no_value_and_says_so() -> None:
    found = judged(Replicates(math.nan), two_models(0.0)[1])
    assert found.candidate.value is None
    assert found.candidate.reason == "the function returned nan"
    assert found.comparison is not None
    assert found.comparison.word is None


def test_a_champion_that_the_function_refuses_is_not_compared() -> None:
    found = judged(two_models(0.0)[0], Replicates(math.nan, reason="it fails"))
    assert found.candidate.interval is not None
    assert found.comparison is not None
    assert found.comparison.reason == "the champion has no value: it fails"


def test_a_function_that_lacks_a_group_has_a_value_without_an_interval() -> None:
    whole, other = two_models(0.0)
    found = judged(Replicates(whole.value, (math.nan, *whole.without[1:])), other)
    assert found.candidate.interval is None
    assert "without 1 of its 22 groups" in found.candidate.reason
    assert found.comparison is not None
    assert found.comparison.word == "cannot tell"


def test_too_few_units_are_too_few() -> None:
    found = judged(Replicates(0.5), Replicates(0.5), units=19)
    assert found.candidate.reason == "only 19 rows: intervals need 20"
    assert found.comparison is not None
    assert found.comparison.word == "cannot tell"
    assert found.method == ""


def test_a_function_that_never_changes_shows_no_spread() -> None:
    found = judged(Replicates(0.5, (0.5,) * 22))
    assert found.candidate.interval is None
    assert "no spread" in found.candidate.reason


@pytest.mark.parametrize("champion", [0.85, 0.87])
def test_a_function_of_few_values_is_not_sure_of_a_difference_or_of_none(champion: float) -> None:
    own, other = Replicates(0.85, (0.85,) * 22), Replicates(champion, (champion,) * 22)
    comparison = judge(
        "minutes",
        "regression",
        own,
        other,
        greater_is_better=True,
        units=500,
        rules=Rules(tolerances={"minutes": 0.01}),
    ).comparison
    assert comparison is not None
    assert (comparison.word, comparison.interval) == ("cannot tell", None)
    assert comparison.reason == "it is the same without any group: there is no spread to judge by"


def test_the_same_model_twice_is_no_worse_in_a_metric_of_the_projects_own() -> None:
    values = Replicates(0.5, tuple(0.5 + 0.001 * number for number in range(-11, 11)))
    comparison = judge(
        "own", "regression", values, values, greater_is_better=True, units=500, rules=Rules(tolerances={"own": 0.01})
    ).comparison
    assert comparison is not None
    assert (comparison.word, comparison.interval) == ("no worse", (0.0, 0.0))
