"""The bootstrap: units, weights, standard errors."""

import numpy as np
import pytest

from trainstop.judgement import resampling
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.metrics.base import ratio
from trainstop.judgement.resampling import studentise, unit_codes, unit_sums
from trainstop.judgement.samples import Sample
from trainstop.judgement.statistic import Statistic


def mean_statistic(values: np.ndarray) -> Statistic:
    return Statistic(np.column_stack([values, np.ones(len(values))]), ratio)


def test_the_standard_error_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(0).gamma(2, size=100)
    (found,) = studentise([mean_statistic(values)], resamples=200, seed=0)
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(values.std(ddof=1) / 10)


def test_each_resample_is_measured_in_its_own_standard_error() -> None:
    values = np.random.default_rng(0).gamma(2, size=50)
    (found,) = studentise([mean_statistic(values)], resamples=200, seed=3)
    weights = np.concatenate(list(resampling._weights([np.arange(50)], 200, 3)))
    again = [np.repeat(values, row.astype(int)) for row in weights]
    naive = [(drawn.mean() - values.mean()) / (drawn.std(ddof=0) / np.sqrt(49)) for drawn in again]
    assert found.draws == pytest.approx(np.array(naive))


@pytest.mark.parametrize("name", list(BY_TASK["binary"]))
def test_the_jackknife_of_every_metric_agrees_with_naive_resampling(name: str) -> None:
    random = np.random.default_rng(1)
    rows, clusters = 900, 45
    codes = random.integers(0, clusters, rows)
    codes[:clusters] = np.arange(clusters)
    target = random.random(rows) < 0.4
    score = np.round(1 / (1 + np.exp(-(target + random.normal(size=rows) + random.normal(size=clusters)[codes]))), 2)
    sample = Sample(task="binary", target=target, score=score, prediction=score >= 0.6, probability=True)
    metric = BY_TASK["binary"][name]
    statistic = Statistic(unit_sums(metric.terms(sample), codes, clusters), metric.formula)
    (found,) = studentise([statistic], resamples=200, seed=0)
    members = [np.flatnonzero(codes == cluster) for cluster in range(clusters)]
    naive = [
        metric.value(sample.take(np.concatenate([members[each] for each in random.integers(0, clusters, clusters)])))
        for _ in range(800)
    ]
    assert found.value == pytest.approx(metric.value(sample), rel=1e-12)
    assert found.error == pytest.approx(np.std(naive), rel=0.12)  # 800 resamples: Monte-Carlo error 2.5%


def test_the_same_seed_gives_the_same_digits_and_another_one_others() -> None:
    statistic = mean_statistic(np.arange(30.0))
    first, again, other = (studentise([statistic], resamples=200, seed=seed)[0].draws for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    statistic = mean_statistic(np.random.default_rng(0).normal(size=40))
    whole = studentise([statistic], resamples=200, seed=1)[0].draws
    monkeypatch.setattr(resampling, "CHUNK", 40)
    assert studentise([statistic], resamples=200, seed=1)[0].draws == pytest.approx(whole, rel=1e-12)


def test_a_number_that_never_varies_has_no_error_at_all() -> None:
    (found,) = studentise([mean_statistic(np.full(30, 0.1))], resamples=200, seed=0)
    assert found.error == 0
    assert not found.draws.any()


def test_rows_are_their_own_units_until_there_are_too_many() -> None:
    codes, units = unit_codes(100, None, seed=0)
    assert (codes.tolist(), units) == (list(range(100)), 100)
    codes, units = unit_codes(10 * resampling.MAXIMUM_UNITS, None, seed=0)
    assert units == resampling.MAXIMUM_UNITS
    assert set(np.bincount(codes)) == {10}


def test_added_up_clusters_stay_whole() -> None:
    clusters = np.repeat(np.arange(9000), 2)
    codes, units = unit_codes(len(clusters), clusters, seed=0)
    assert units == resampling.MAXIMUM_UNITS
    assert np.array_equal(codes[::2], codes[1::2])


def test_sums_are_made_within_units() -> None:
    sums = unit_sums(np.array([[1.0, 1], [2, 1], [4, 1]]), np.array([0, 1, 0]), 2)
    assert sums.tolist() == [[5, 2], [2, 1]]
