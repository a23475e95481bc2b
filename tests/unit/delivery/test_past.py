"""What was registered and done so far: told once, read back, and never believed to be what it need not be."""

import json
from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.delivery import past
from trainstop.records.delivery import HistoryEntry, HistoryPart
from trainstop.records.judging import Estimate, EvaluatePart, MetricResult
from trainstop.stages import baseline, history, register


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    here.train()
    here.evaluate()
    register.run(here.job)
    return here


def evaluated(*names: str) -> EvaluatePart:
    metrics = (
        MetricResult(name=name, greater_is_better=True, candidate=Estimate(value=0.7, interval=(0.6, 0.8)))
        for name in names
    )
    return EvaluatePart(rung=2, metrics=tuple(metrics))


def test_a_version_says_how_it_was_judged(here: World) -> None:
    part = history.run(here.job).part
    assert part is not None
    assert [(each.version, each.metrics["auc"].value) for each in part.versions] == [(1, 0.8)]


def test_a_baseline_carries_the_past_to_the_report(here: World) -> None:
    here.entry("deploy", "staging", 1)
    part = baseline.run(here.job).part
    assert part is not None
    assert part.history is not None
    assert [entry.action for entry in part.history.entries] == ["deploy"]
    assert [each.version for each in part.history.versions] == [1]


@pytest.mark.parametrize(
    "tag", ["", "{", "[]", '{"auc": 1}', '{"auc": {"value": NaN}}', '{"auc": {"value": 1, "x": 2}}']
)
def test_a_tag_that_says_something_else_is_left_out(here: World, tag: str) -> None:
    here.registry.tag_version(NAME, 1, past.METRICS_TAG, tag)
    assert past.history(here.registry, NAME).versions[0].metrics == {}


def test_gated_metrics_come_first_and_only_as_many_as_fit() -> None:
    names = [f"metric {number} {'x' * 300}" for number in range(40)]
    told = past.judged(evaluated(*names), [names[30]])
    assert len(told) <= past.LONGEST
    assert next(iter(json.loads(told))) == names[30]
    assert past.judged(EvaluatePart(rung=0), []) == ""


def test_a_record_carries_only_the_newest_past(here: World) -> None:
    entry = HistoryEntry(at="2026-01-01T00:00:00Z", action="deploy", environment="e", version=1, outcome="done")
    entries = tuple(entry.model_copy(update={"version": number}) for number in range(past.MOST_ENTRIES + 5))
    kept = past.newest(HistoryPart(entries=entries)).entries
    assert (len(kept), kept[0].version) == (past.MOST_ENTRIES, 5)
