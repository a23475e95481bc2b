"""Large tables on several processors: the same answers, in the same order, whatever the machine."""

import os
import threading
from typing import get_args

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from trainstop.judgement import parallel
from trainstop.judgement.methods import Method
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules, judge


def processors(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)), raising=False)


@pytest.mark.parametrize("size", [1, parallel.LARGE])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_what_was_asked(monkeypatch: pytest.MonkeyPatch, size: int, count: int) -> None:
    processors(monkeypatch, count)
    assert list(parallel.each(lambda number: number**2, range(30), size=size)) == [n**2 for n in range(30)]


def test_small_tables_need_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 4)
    names = set(parallel.each(lambda _: threading.current_thread().name, range(4), size=10))
    assert names == {threading.current_thread().name}


def test_no_more_is_asked_for_than_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 2)
    asked = []
    found = parallel.each(lambda number: number, (asked.append(n) or n for n in range(100)), size=parallel.LARGE)
    next(found)
    assert len(asked) <= 5
    assert list(found) == list(range(1, 100))


def test_what_fails_in_a_thread_fails_here(monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 2)
    with pytest.raises(ZeroDivisionError):
        list(parallel.each(lambda number: 1 / number, [1, 0], size=parallel.LARGE))


@pytest.mark.parametrize("rows", [2000, parallel.LARGE])
@pytest.mark.parametrize("method", get_args(Method))
def test_a_verdict_does_not_depend_on_how_many_processors_there_are(monkeypatch, method: Method, rows: int) -> None:
    random = np.random.default_rng(0)
    target = random.random(rows) < 0.3

    def one() -> Sample:
        score = np.round(1 / (1 + np.exp(-(target + random.normal(size=len(target))))), 3)
        return Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)

    pair = Pair(candidate=one(), champion=one())
    metrics = [BY_TASK["binary"][name] for name in ("auc", "log_loss", "f1")]
    found = []
    for count in (1, 2, 3):
        processors(monkeypatch, count)
        with threadpool_limits(count, "blas"):
            found.append(judge(pair, metrics, Rules(resamples=200, method=method)))
    assert found[0] == found[1] == found[2]
