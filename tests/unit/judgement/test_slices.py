"""Results of parts of the data."""

import numpy as np

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.slices import MOST_VALUES, judge_slices
from trainstop.judgement.verdicts import Pair, Rules

METRICS = [BY_TASK["regression"]["mae"]]


def pair(rows: int) -> Pair:
    random = np.random.default_rng(0)
    target = random.normal(size=rows)
    models = [Sample(task="regression", target=target, prediction=target + random.normal(size=rows)) for _ in range(2)]
    return Pair(candidate=models[0], champion=models[1])


def test_each_value_is_judged_on_its_own_rows_largest_first() -> None:
    of = pair(100)
    codes = np.array([0] * 30 + [1] * 60 + [-1] * 10)
    found, note = judge_slices(of, "origin", (codes, ("EWR", "JFK")), METRICS, Rules(resamples=200))
    assert [(each.value, each.rows) for each in found] == [("JFK", 60), ("EWR", 30), ("(missing)", 10)]
    assert note == ""
    (mae,) = found[1].metrics
    own = of.candidate.take(np.arange(30))
    assert mae.candidate.value == METRICS[0].value(own)
    assert mae.candidate.interval is not None
    assert found[2].metrics[0].candidate.reason == "only 10 rows: intervals need 20"


def test_values_beyond_the_twentieth_are_counted() -> None:
    codes = np.concatenate([np.arange(MOST_VALUES + 5), [0]])
    names = tuple(f"v{number}" for number in range(MOST_VALUES + 5))
    found, note = judge_slices(pair(len(codes)), "x", (codes, names), METRICS, Rules(resamples=200))
    assert len(found) == MOST_VALUES
    assert (found[0].value, found[0].rows) == ("v0", 2)
    assert note == "slices by `x`: 5 more values with 5 rows are not shown"


def test_a_hostile_value_is_kept_as_data_and_cut() -> None:
    hostile = "<script>" + "x" * 500
    found, _ = judge_slices(pair(3), "x", (np.zeros(3, dtype=int), (hostile,)), METRICS, Rules())
    assert found[0].value == hostile[:100]
