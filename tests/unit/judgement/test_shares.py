"""The interval of a share."""

import numpy as np
import pytest

from trainstop.judgement.shares import share_interval, wilson

RULES = {"confidence": 0.95, "minimum": 20}


def test_wilsons_interval_is_the_published_one() -> None:
    # 81 of 263 at 95%: Newcombe 1998, table I, method 3.
    assert wilson(81 / 263, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0.0, 20, 1.959964) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_rows_that_hang_together_are_worth_fewer() -> None:
    day = np.arange(2000) // 50
    hits = day % 2 == 0
    alone = share_interval(hits, None, **RULES)
    together = share_interval(hits, day, **RULES)
    assert together[1] - together[0] > 6 * (alone[1] - alone[0])
    low, high = wilson(0.5, 39, 2.0227)
    assert together == pytest.approx((low, high), abs=2e-3), "40 days are worth 39 rows"


def test_rows_of_a_cluster_that_differ_are_worth_themselves() -> None:
    hits = np.arange(2000) % 2 == 0
    assert share_interval(hits, np.arange(2000) // 50, **RULES)[0] == pytest.approx(0.478, abs=0.002)


def test_where_all_rows_agree_the_clusters_are_counted() -> None:
    _, high = share_interval(np.zeros(2000, dtype=bool), np.arange(2000) // 50, **RULES)
    assert 0.08 < high < 0.1


def test_too_few_clusters_give_no_interval() -> None:
    assert share_interval(np.ones(1000, dtype=bool), np.arange(1000) // 100, **RULES) is None
    assert share_interval(np.ones(19, dtype=bool), None, **RULES) is None
