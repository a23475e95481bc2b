"""Which column is taken for the cluster when none is configured."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trainstop.judgement.grouping import Guess, guess, influence, signals
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample

METRICS = [BY_TASK["binary"][name] for name in ("auc", "log_loss")]


@dataclass(frozen=True)
class Column:
    name: str
    codes: Any
    number: bool = False
    day: bool = False


def column(name: str, values: Any, **kind: bool) -> Column:
    return Column(name, np.unique(values, return_inverse=True)[1], **kind)


def sample(random: np.random.Generator, shift: Any, seen: Any = 0.0) -> Sample:
    """A classifier of rows whose truth is shifted by something it does not see."""
    truth = random.normal(size=len(shift))
    target = random.random(len(shift)) < 1 / (1 + np.exp(-(truth + shift)))
    score = 1 / (1 + np.exp(-(truth + seen)))
    return Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)


def look(columns: Any, candidate: Sample, champion: Sample | None = None, minimum: int = 20) -> Guess:
    return guess(columns, candidate, champion, METRICS, minimum)


def named(found: Guess) -> str | None:
    return found.column.name if found.column else None


@pytest.mark.parametrize("strength", [0.4, 0.7, 1.5])
def test_planted_days_are_found_among_columns_that_say_nothing(strength: float) -> None:
    random = np.random.default_rng(1)
    days = np.arange(6000) // 150
    noise = [column(f"c{groups}", random.integers(0, groups, 6000)) for groups in (25, 100, 1000)]
    found = look([*noise, column("day", days)], sample(random, strength * random.normal(size=40)[days]))
    assert named(found) == "day"
    assert found.unit == "clusters of `day` (guessed)"
    assert found.codes is not None
    assert found.codes.tolist() == days.tolist()
    assert found.found.effect > 1.5
    assert "every interval rests on its 40 clusters" in found.note(20)


@pytest.mark.parametrize("rare", [False, True], ids=["balanced", "1 in 30"])
def test_independent_rows_are_seldom_given_a_cluster(rare: bool) -> None:
    """At most 5% are promised; of 200 worlds (Monte-Carlo error 1.5 points) at most 9% are let."""
    guesses = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        columns = [column(f"c{groups}", random.integers(0, groups, 1500)) for groups in (20, 31, 60, 200, 700)]
        models = [sample(np.random.default_rng(seed), np.full(1500, -3.4 if rare else 0.0), seen) for seen in (0, 0.3)]
        guesses += named(look(columns, *models)) is not None
    print(f"guessed in {guesses} of 200 independent worlds")
    assert guesses <= 18


@pytest.mark.parametrize(("nested", "least"), [("hour", 3), ("day", 5), ("week", 9)])
def test_of_nested_columns_the_one_where_rows_hang_together_or_a_coarser_one_is_taken(nested: str, least: int) -> None:
    """A coarser column is the safe mistake, made a quarter of the time for each that there is; a finer one is not."""
    taken = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        hours = np.arange(8064) // 2  # 24 weeks
        nest = {"hour": hours, "day": hours // 24, "week": hours // 24 // 7}
        shift = random.normal(size=nest[nested].max() + 1)[nest[nested]]
        columns = [column(name, codes) for name, codes in nest.items()]
        taken.append(named(look(columns, sample(random, shift))))
    assert taken.count(nested) >= least
    finer = {"hour": set(), "day": {"hour"}, "week": {"hour", "day"}}[nested]
    assert sum(name in finer for name in taken) <= 1
    assert None not in taken


def nested(seed: int, coarse_shift: float, fine_shift: float) -> str | None:
    """Guess between 60 routes and their 180 halves of a week, each of which may move what its rows share."""
    random = np.random.default_rng(seed)
    fine = np.arange(5400) // 30
    coarse = fine // 3
    shift = coarse_shift * random.normal(size=60)[coarse] + fine_shift * random.normal(size=180)[fine]
    return named(look([column("fine", fine), column("coarse", coarse)], sample(random, shift)))


def test_a_finer_column_is_taken_where_the_coarser_is_no_more_alike_than_a_quarter_of_the_time_by_chance() -> None:
    """Where the coarser one comes first, in half of the worlds, its groups are alike: 3 of 4 worlds take the finer.

    Monte-Carlo error 3 points. Of a level of 5 in 100 it would be 95 of 100, and with none of them all.
    """
    taken = [nested(seed, 0.0, 1.0) for seed in range(200)]
    assert None not in taken
    print(f"the finer column is taken in {taken.count('fine')} of 200 worlds")
    assert 0.66 * 200 <= taken.count("fine") <= 0.84 * 200


def test_a_coarser_column_that_moves_its_rows_by_itself_is_kept() -> None:
    taken = [nested(seed, 0.8, 0.4) for seed in range(20)]
    assert taken.count("coarse") >= 19


def test_the_week_is_kept_where_most_of_its_days_are_too_small_to_show_what_moves_it() -> None:
    """Days count alike when they are asked whether they explain the week, however few rows they have."""
    taken = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        sizes = np.tile([60] * 3 + [1] * 20, 30)  # days and single flights of 30 weeks
        days = np.repeat(np.arange(len(sizes)), sizes)
        weeks = days // 23
        columns = [column("day", days), column("week", weeks)]
        taken.append(named(look(columns, sample(random, 0.5 * random.normal(size=30)[weeks]))))
    print(f"weeks are kept in {taken.count('week')} of 20 worlds")
    assert taken.count("week") >= 19


def test_a_finer_column_that_crosses_another_does_not_stand_for_it() -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        routes, customers = np.arange(6000) % 40, random.permutation(np.arange(6000) // 15)
        shift = 0.8 * random.normal(size=40)[routes] + 1.2 * random.normal(size=400)[customers]
        found = look([column("route", routes), column("customer", customers)], sample(random, shift))
        assert named(found) == "route", seed


def test_few_days_are_not_exchanged_for_their_many_hours() -> None:
    """Rows of few days are dependent whatever else there is, so where the days stand out more they are kept."""
    taken = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        hours = np.arange(4800) // 20
        shift = random.normal(size=240)[hours]
        columns = [column("day", hours // 24, day=True), column("hour", hours)]
        taken.append(named(look(columns, sample(random, shift))))
    print(f"days are kept in {taken.count('day')} of 20 worlds")
    assert taken.count("day") >= 6


def test_of_two_columns_that_say_the_same_the_first_is_taken() -> None:
    random = np.random.default_rng(1)
    days = np.arange(3000) // 100
    candidate = sample(random, random.normal(size=30)[days])
    columns = [column("day", days), column("date(time)", days, day=True)]
    assert named(look(columns, candidate)) == "day"
    assert named(look(columns[::-1], candidate)) == "date(time)"


def test_what_only_the_difference_to_the_champion_shows_is_found_too() -> None:
    random = np.random.default_rng(4)
    routes = random.integers(0, 60, 6000)
    candidate = sample(np.random.default_rng(5), np.zeros(6000))
    moved = sample(np.random.default_rng(5), np.zeros(6000), 0.8 * random.normal(size=60)[routes])
    assert named(look([column("route", routes)], candidate)) is None
    assert named(look([column("route", routes)], candidate, moved)) == "route"


def test_missing_values_are_clusters_of_their_own_and_too_many_rule_a_column_out() -> None:
    random = np.random.default_rng(1)
    days = np.arange(3000) // 100
    candidate = sample(random, random.normal(size=30)[days])
    for share, expected in ((0.03, "day"), (0.2, None)):
        codes = np.where(np.arange(3000) % 100 < 100 * share, -1, days)
        found = look([Column("day", codes)], candidate)
        assert named(found) == expected
        if found.codes is not None:
            assert found.codes.min() == 0
            assert found.found.clusters == 30 + 90


@pytest.mark.parametrize("groups", [1, 19, 1501, 3000])
def test_a_column_of_very_few_or_very_many_values_is_not_looked_at(groups: int) -> None:
    random = np.random.default_rng(1)
    codes = np.arange(3000) % groups
    found = look([column("c", codes)], sample(random, 2 * random.normal(size=groups)[codes]))
    assert (found.looked_at, named(found)) == (0, None)
    assert "there was no column to look at" in found.note(20)


def test_few_days_are_clusters_and_too_few_for_intervals() -> None:
    random = np.random.default_rng(1)
    days = np.arange(300) // 100
    shift = np.array([-2.0, 0.0, 2.0])[days]
    hours = np.arange(300) // 5
    found = look([column("hour", hours), column("day", days, day=True)], sample(random, shift))
    assert named(found) == "day"
    assert "its 3 clusters are too few for intervals" in found.note(20)


def test_a_number_that_is_the_truth_in_other_words_is_no_cluster() -> None:
    random = np.random.default_rng(1)
    minutes = random.integers(-30, 90, 3000)
    late = Sample(task="binary", target=minutes >= 15, score=random.random(3000), probability=True)
    assert named(look([column("delay", minutes, number=True)], late)) is None
    number = Sample(task="regression", target=minutes + random.random(3000), prediction=random.normal(size=3000))
    metrics = [BY_TASK["regression"]["rmse"]]
    assert named(guess([column("delay", minutes, number=True)], number, None, metrics, 20)) is None


def test_customers_who_keep_their_answer_are_a_cluster() -> None:
    random = np.random.default_rng(1)
    customers = np.arange(3000) // 10
    target = (random.random(300) < 0.4)[customers]
    sick = Sample(task="binary", target=target, score=random.random(3000), probability=True)
    assert named(look([column("customer", customers, number=True)], sick)) == "customer"


def test_a_model_that_is_always_right_or_says_nothing_gives_no_guess() -> None:
    target = np.arange(3000) % 2 == 0
    days = [column("day", np.arange(3000) // 100)]
    right = Sample(task="binary", target=target, score=target.astype(float), prediction=target, probability=True)
    assert named(look(days, right)) is None
    assert named(look(days, Sample(task="binary", target=target))) is None


@pytest.mark.parametrize("name", ["auc", "log_loss", "f1", "brier"])
def test_influences_add_up_to_what_leaving_a_row_out_changes(name: str) -> None:
    random = np.random.default_rng(1)
    metric, rows = BY_TASK["binary"][name], sample(random, np.zeros(400))
    terms = metric.terms(rows)
    left_out = np.array([float(metric.formula(terms.sum(axis=0) - term)) for term in terms])
    own = influence(metric, rows)
    assert own is not None
    assert own - own.mean() == pytest.approx(metric.of_terms(terms) - left_out, abs=2e-4)


def test_both_models_doing_the_same_has_no_difference_to_hang_together() -> None:
    random = np.random.default_rng(1)
    rows = sample(random, np.zeros(400))
    found = signals(rows, rows, METRICS)
    assert list(found) == ["residual", "auc", "auc vs champion", "log_loss", "log_loss vs champion"]
    assert not found["auc vs champion"].any()


def test_the_same_input_gives_the_same_guess() -> None:
    random = np.random.default_rng(1)
    days = np.arange(3000) // 100
    candidate = sample(random, random.normal(size=30)[days])
    first, second = (look([column("day", days)], candidate) for _ in range(2))
    assert first.found == second.found
