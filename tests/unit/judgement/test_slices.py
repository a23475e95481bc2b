"""Slices judged, with intervals that hold all together."""

import numpy as np
import pytest

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.slices import GROUPS, groups_of, judge_slices
from trainstop.judgement.slicing import Division, Label
from trainstop.judgement.verdicts import Pair, Rules, judge

METRICS = [BY_TASK["regression"]["mae"]]
RULES = Rules(resamples=200, tolerances={"mae": 0.05})


def pair(rows: int, *, clusters: int = 0, worse: np.ndarray | None = None) -> Pair:
    """Two equal models; the candidate loses in the rows `worse` and gains a little in all others."""
    random = np.random.default_rng(0)
    target = random.normal(size=rows)
    errors = random.normal(size=(2, rows))
    if worse is not None:
        errors[0] *= np.where(worse, 2.0, 0.8)
    candidate, champion = (Sample(task="regression", target=target, prediction=target + each) for each in errors)
    codes = np.arange(rows) % clusters if clusters else None
    return Pair(candidate=candidate, champion=champion, clusters=codes)


def divided(codes: np.ndarray, count: int | None = None) -> Division:
    counts = np.bincount(codes, minlength=count or 0)
    return Division(("x",), codes, counts, lambda code: Label(f"v{code}", f"x = v{code}"))


def test_each_slice_is_judged_on_its_own_rows_largest_first() -> None:
    of = pair(100)
    codes = np.array([0] * 30 + [1] * 60 + [2] * 10)
    found, notes = judge_slices(of, [divided(codes, 5)], METRICS, RULES, 50)
    assert [(each.title, each.rows) for each in found] == [("x = v1", 60), ("x = v0", 30), ("x = v2", 10)]
    assert notes == []
    (mae,) = found[1].metrics
    assert mae.candidate.value == METRICS[0].value(of.candidate.take(np.arange(30)))
    assert mae.candidate.interval is not None
    assert mae.method.startswith("simultaneous: max-t")


def test_a_slice_of_too_few_rows_says_so_and_cannot_tell() -> None:
    found, _ = judge_slices(pair(100), [divided(np.array([0] * 90 + [1] * 10))], METRICS, RULES, 50)
    (mae,) = found[1].metrics
    assert mae.candidate.reason == "only 10 rows in this slice: intervals need 20"
    assert mae.comparison is not None
    assert (mae.comparison.word, mae.comparison.interval) == ("cannot tell", None)


def test_a_slice_in_too_few_clusters_says_so() -> None:
    codes = np.where(np.arange(3000) % 30 < 5, 1, 0)
    found, _ = judge_slices(pair(3000, clusters=30), [divided(codes)], METRICS, Rules(unit="clusters of `day`"), 50)
    assert found[1].metrics[0].candidate.reason == "only 5 clusters of `day` in this slice: intervals need 20"
    assert found[0].metrics[0].candidate.interval is not None


def test_a_slice_of_one_class_says_so() -> None:
    target = np.arange(200) % 2 == 0
    score = np.random.default_rng(0).random(200)
    one = Sample(task="binary", target=target, score=score, probability=True)
    codes = np.where(target & (np.arange(200) < 100), 1, 0)
    found, _ = judge_slices(Pair(candidate=one), [divided(codes)], [BY_TASK["binary"]["auc"]], RULES, 50)
    assert found[1].metrics[0].candidate.reason == "it needs rows of both classes"
    assert found[0].metrics[0].comparison is None


def test_intervals_of_many_slices_are_wider_than_one_alone() -> None:
    of, codes = pair(4000), np.arange(4000) % 20
    found, _ = judge_slices(of, [divided(codes)], METRICS, RULES, 50)
    first = next(each for each in found if each.value == "v0").metrics[0].comparison
    alone = judge(of.take(np.flatnonzero(codes == 0)), METRICS, RULES)[0].comparison
    assert first is not None
    assert alone is not None
    assert first.difference == pytest.approx(alone.difference)
    assert first.interval is not None
    assert alone.interval is not None
    assert first.interval[1] - first.interval[0] > 1.3 * (alone.interval[1] - alone.interval[0])


def test_a_loss_in_one_slice_is_worse_though_the_whole_got_better() -> None:
    codes = np.arange(4000) % 10
    of = pair(4000, worse=codes == 3)
    found, _ = judge_slices(of, [divided(codes)], METRICS, RULES, 50)
    words = {each.value: each.metrics[0].comparison.word for each in found if each.metrics[0].comparison}
    assert [value for value, word in words.items() if word == "worse"] == ["v3"]
    (whole,) = judge(of, METRICS, RULES)
    assert whole.comparison is not None
    assert whole.comparison.word == "better"


def test_what_would_tell_is_counted_in_rows_of_the_slice() -> None:
    rules = Rules(resamples=200, tolerances={"mae": 0.001})
    found, _ = judge_slices(pair(400), [divided(np.arange(400) % 4)], METRICS, rules, 50)
    comparison = found[0].metrics[0].comparison
    assert comparison is not None
    assert comparison.needed is not None
    assert comparison.needed > 100
    assert "rows in this slice would tell" in comparison.reason


def test_ten_thousand_slices_are_bounded_and_the_rest_counted() -> None:
    codes = np.r_[np.zeros(30, dtype=int), np.arange(20_000) % 10_000]
    found, notes = judge_slices(pair(len(codes)), [divided(codes)], METRICS, RULES, 50)
    assert len(found) == 50
    assert found[0].rows == 32
    assert notes == ["9,950 more slices with at most 2 rows each are not judged"]


def test_many_independent_rows_are_added_up_into_groups_and_every_group_is_used() -> None:
    codes, units = groups_of(pair(50_000), 3)
    assert units == GROUPS
    assert len(np.unique(codes)) == GROUPS
    assert groups_of(pair(500), 3)[1] == 500


def test_the_same_input_gives_the_same_digits() -> None:
    of, codes = pair(3000), np.arange(3000) % 7
    assert judge_slices(of, [divided(codes)], METRICS, RULES, 50) == judge_slices(
        of, [divided(codes)], METRICS, RULES, 50
    )
