"""The search for the weakest slice: found on one half, judged on the other."""

from typing import Any

import numpy as np
import pytest

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.slicing import Division, Label
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.judgement.weakest import search
from trainstop.records.judging import WeakSpot

METRICS = [BY_TASK["regression"]["mae"]]
ROWS = 4000


def column(name: str, codes: Any) -> Division:
    codes = np.asarray(codes)
    return Division((name,), codes, np.bincount(codes), lambda code: Label(str(code), f"{name} = {code}"))


A, B = column("a", np.arange(ROWS) % 5), column("b", np.arange(ROWS) // 5 % 4)


def pair(loss: Any = 1.0, shared: Any = 1.0, clusters: Any = None) -> Pair:
    """Errors of the candidate times `loss`, and of both models times `shared`."""
    random = np.random.default_rng(1)
    target = random.normal(size=ROWS)
    errors = random.normal(size=(2, ROWS)) * shared
    errors[0] *= loss
    candidate, champion = (Sample(task="regression", target=target, prediction=target + each) for each in errors)
    return Pair(candidate=candidate, champion=champion, clusters=clusters)


def spots(of: Pair, singles: Any = (A, B), rules: Rules | None = None) -> dict[str, WeakSpot]:
    found = search(of, singles, METRICS, rules or Rules(resamples=300))
    return {spot.against: spot for spot in found}


def test_a_pair_in_which_the_candidate_fell_behind_is_found_and_confirmed() -> None:
    planted = (A.codes == 2) & (B.codes == 1)
    found = spots(pair(loss=np.where(planted, 2.5, 1.0)))["champion"]
    assert (found.name, found.confirmed) == ("a = 2, b = 1", True)
    assert found.difference is not None
    assert found.difference < 0
    assert found.looked_at == 5 + 4 + 20
    assert 0.3 < found.rows / np.count_nonzero(planted) < 0.7, "the half that judges is not the half that was searched"


def test_a_value_where_both_models_are_weak_is_found_against_all_rows_only() -> None:
    found = spots(pair(shared=np.where(B.codes == 3, 2.0, 1.0)))
    assert (found["all rows"].name, found["all rows"].confirmed) == ("b = 3", True)
    assert not found["champion"].confirmed


def test_chance_is_not_confirmed() -> None:
    found = [spots(pair(), rules=Rules(resamples=200, seed=seed)) for seed in range(10)]
    assert sum(spot.confirmed for each in found for spot in each.values()) <= 1
    assert all(spot.name and spot.interval for each in found for spot in each.values())


def test_a_metric_of_which_less_is_worse_is_searched_the_other_way_round() -> None:
    random = np.random.default_rng(0)
    target = random.random(ROWS) < 0.4
    score = 2 * target * (A.codes != 4) + random.normal(size=ROWS)
    one = Sample(task="binary", target=target, score=score)
    (spot,) = search(Pair(candidate=one), [A, B], [BY_TASK["binary"]["auc"]], Rules(resamples=300))
    assert spot.name.startswith("a = 4")
    assert (spot.against, spot.confirmed) == ("all rows", True)


def test_no_unit_is_in_both_halves() -> None:
    """A loss that lies in one cluster alone cannot be found in one half and confirmed in the other."""
    clusters = np.arange(ROWS) // 40
    planted = (clusters == 7) & (A.codes == 1)
    assert not spots(pair(loss=np.where(planted, 30.0, 1.0), clusters=clusters))["champion"].confirmed


def test_too_few_clusters_are_no_verdict() -> None:
    found = spots(pair(loss=np.where(A.codes == 2, 3.0, 1.0), clusters=np.arange(ROWS) * 30 // ROWS))["champion"]
    assert not found.confirmed
    assert (found.looked_at, found.name) == (0, "")
    assert found.reason == "no slice has enough rows, in enough clusters, to be looked at"


def test_a_slice_in_a_few_clusters_hides_no_other() -> None:
    clusters = np.arange(ROWS) * 100 // ROWS
    few = column("c", np.where(clusters < 8, 1, 0))
    loss = np.where(few.codes == 1, 9.0, np.where(A.codes == 2, 2.5, 1.0))
    found = spots(pair(loss=loss, clusters=clusters), singles=(A, few))["champion"]
    assert found.name.startswith("a = 2")
    assert found.confirmed


def test_without_a_slice_of_enough_rows_nothing_was_looked_at() -> None:
    found = spots(pair(), singles=[column("id", np.arange(ROWS)), column("all", np.zeros(ROWS, dtype=int))])
    assert {(spot.looked_at, spot.name) for spot in found.values()} == {(0, "")}
    assert found["champion"].reason == "no slice has enough rows, in enough clusters, to be looked at"


@pytest.mark.parametrize("metrics", [[], [BY_TASK["regression"]["bias"]]])
def test_nothing_to_compare_is_nothing_to_search(metrics: Any) -> None:
    assert search(pair(), [A], metrics, Rules()) == []
    assert search(pair(), [], METRICS, Rules()) == []


def test_the_same_seed_finds_the_same() -> None:
    assert spots(pair()) == spots(pair())
