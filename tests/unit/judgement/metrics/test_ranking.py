"""Rankings: per query, ties averaged, equal to scikit-learn's where it has the metric."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from trainstop.judgement import queries
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Floats, Sample

METRICS = BY_TASK["ranking"]
SEEDS = st.integers(0, 2**32 - 1)


def ranking(seed: int, *, count: int = 12, at: int = 3, steps: int = 4) -> Sample:
    """Queries of one to six rows, their rows in disorder, with scores in `steps` steps: few steps, many ties."""
    random = np.random.default_rng(seed)
    query = np.repeat(np.arange(count), random.integers(1, 7, count))
    random.shuffle(query)
    relevance = random.integers(0, 4, len(query)) * (random.random(len(query)) < 0.5).astype(np.float64)
    score = random.integers(0, steps, len(query)).astype(np.float64)
    return queries.sample(query, relevance, score, at=at)


def mean(sample: Sample, of_query: Callable[[Floats, Floats], float]) -> float:
    """Mean over the queries that say something."""
    assert sample.query is not None
    parts = [sample.take(np.flatnonzero(sample.query == name)) for name in np.unique(sample.query)]
    telling = [part for part in parts if len(part) > 1 and part.target.any()]
    return float(np.mean([of_query(part.target, part.score) for part in telling])) if telling else np.nan


def over_all_orders(of_order: Callable[[Floats], float]) -> Callable[[Floats, Floats], float]:
    """Average something over all orders of a query's rows that its scores allow."""

    def averaged(relevance: Floats, score: Floats) -> float:
        orders = [list(order) for order in itertools.permutations(range(len(score)))]
        return float(np.mean([of_order(relevance[order]) for order in orders if (np.diff(score[order]) <= 0).all()]))

    return averaged


@given(SEEDS, st.integers(1, 8), st.sampled_from([1, 2, 4, 10**6]))
@settings(deadline=None, max_examples=60)
def test_gains_and_average_precision_equal_scikit_learns(seed: int, at: int, steps: int) -> None:
    sample = ranking(seed, at=at, steps=steps)
    expected = {
        "ndcg": mean(sample, lambda true, said: reference.ndcg_score([true], [said])),
        "ndcg_at_k": mean(sample, lambda true, said: reference.ndcg_score([true], [said], k=at)),
        "map": mean(sample, lambda true, said: reference.average_precision_score(true > 0, said)),
    }
    assert {name: METRICS[name].value(sample) for name in expected} == pytest.approx(expected, nan_ok=True, abs=1e-12)


@given(SEEDS, st.integers(1, 8))
@settings(deadline=None, max_examples=15)
def test_ties_are_averaged_over_every_order_they_allow(seed: int, at: int) -> None:
    sample = ranking(seed, count=8, at=at, steps=2)
    expected = {
        "mrr": mean(sample, over_all_orders(lambda true: 1 / (1 + np.argmax(true > 0)))),
        "precision_at_k": mean(sample, over_all_orders(lambda true: np.count_nonzero(true[:at]) / at)),
        "recall_at_k": mean(sample, over_all_orders(lambda true: np.count_nonzero(true[:at]) / np.count_nonzero(true))),
    }
    assert {name: METRICS[name].value(sample) for name in expected} == pytest.approx(expected, nan_ok=True, abs=1e-12)


@given(SEEDS)
@settings(deadline=None, max_examples=30)
def test_the_order_in_which_rows_are_written_down_changes_nothing(seed: int) -> None:
    sample = ranking(seed)
    shuffled = sample.take(np.random.default_rng(seed).permutation(len(sample)))
    for metric in METRICS.values():
        assert metric.value(shuffled) == pytest.approx(metric.value(sample), nan_ok=True, abs=1e-12)


def test_a_query_without_a_relevant_row_or_with_a_single_one_says_nothing() -> None:
    query = np.array([0, 0, 1, 1, 2])
    of = queries.sample(query, np.array([1.0, 0, 0, 0, 3]), np.array([2.0, 1, 1, 2, 1]), at=10)
    for metric in METRICS.values():
        assert metric.terms(of)[:, 1].tolist() == [1, 0, 0, 0, 0]
    assert METRICS["ndcg"].value(of) == 1.0
    assert METRICS["precision_at_k"].value(of) == 0.1
    assert "2 of 3 queries say nothing" in queries.remarks(of)[1]


def test_no_query_that_says_anything_is_no_value() -> None:
    of = queries.sample(np.array([0, 0]), np.zeros(2), np.array([1.0, 2.0]), at=10)
    assert all(np.isnan(metric.value(of)) for metric in METRICS.values())


def test_scores_that_differ_between_queries_only_rank_nothing() -> None:
    query, relevance = np.array([0, 0, 1, 1]), np.array([0.0, 1, 1, 0])
    assert queries.faults(queries.sample(query, relevance, np.array([1.0, 1, 2, 2]), at=3)) == [
        "the score is the same in all rows of every query"
    ]
    assert queries.faults(queries.sample(query, relevance, np.array([1.0, 1, 2, 3]), at=3)) == []


def test_queries_that_lie_in_several_clusters_are_counted() -> None:
    assert queries.cut(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 2])) == 1
