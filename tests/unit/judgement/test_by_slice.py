"""From a table and the configuration to slices."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.judgement.by_slice import BySlice, judge_by_slice
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.tables.answers import PredictionsTable

RULES = Rules(resamples=200, tolerances={"auc": 0.02})


def config(**sections: Any) -> Config:
    return Config.model_validate({"model": {"name": "m", "task": "binary"}} | sections)


def judged(columns: dict[str, Any], *, champion: bool = True, **sections: Any) -> BySlice:
    rows = len(next(iter(columns.values())))
    random = np.random.default_rng(0)
    target = random.random(rows) < 0.4
    one, other = (
        Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)
        for score in np.clip(0.2 * target + 0.8 * random.random((2, rows)), 0, 1)
    )
    pair = Pair(candidate=one, champion=other if champion else None)
    return judge_by_slice(config(**sections), PredictionsTable(pa.table(columns), "p.parquet"), pair, RULES)


COLUMNS = {"origin": ["EWR", "JFK"] * 200, "carrier": ["UA", "UA", "F9", "F9"] * 100, "hour": list(range(20)) * 20}


def test_columns_bins_and_pairs_are_judged_by_the_gated_metrics() -> None:
    found = judged(
        COLUMNS,
        data={"slices": ["origin", "hour", ["carrier", "origin"]]},
        gates={"f1": {"min": 0.1}, "auc": {"tolerance": 0.1}, "brier": {"max": 1.0, "mode": "off"}},
        slices={"bins": 2},
    )
    names = [each.title for each in found.slices]
    assert names[:4] == ["origin = EWR", "origin = JFK", "hour <= 9", "hour > 9"]
    assert "carrier = F9, origin = JFK" in names
    assert [each.name for each in found.slices[0].metrics] == ["auc", "f1"]
    tolerances = {metric.name: metric.comparison.tolerance for metric in found.slices[0].metrics if metric.comparison}
    assert tolerances == {"auc": 0.1, "f1": None}
    assert {spot.against for spot in found.weakest} == {"all rows", "champion"}


def test_without_gates_the_primary_metrics_are_shown_and_nothing_is_worse() -> None:
    found = judged(COLUMNS, data={"slices": ["origin"]})
    assert [each.name for each in found.slices[0].metrics] == ["auc", "log_loss"]
    words = {metric.comparison.word for each in found.slices for metric in each.metrics if metric.comparison}
    assert words <= {None, "better"}


def test_a_tolerance_of_slices_needs_no_gate() -> None:
    found = judged(COLUMNS, data={"slices": ["origin"]}, slices={"tolerance": {"brier": 0.5}, "search": False})
    (metric,) = found.slices[0].metrics
    assert metric.comparison is not None
    assert (metric.name, metric.comparison.word) == ("brier", "no worse")
    assert found.weakest == ()


def test_no_slices_are_no_work() -> None:
    assert judged(COLUMNS) == BySlice()


def test_without_a_champion_slices_have_intervals_of_their_own() -> None:
    found = judged(COLUMNS, champion=False, data={"slices": ["origin"]})
    assert found.slices[0].metrics[0].candidate.interval is not None
    assert found.slices[0].metrics[0].comparison is None
    assert {spot.against for spot in found.weakest} == {"all rows"}


def test_a_column_of_a_million_categories_is_judged_in_bounds() -> None:
    rows = 1_000_000
    many = pa.array(np.arange(rows)).cast(pa.string())
    few = pa.array(np.arange(rows) % 3).cast(pa.string())
    found = judged(
        {"few": few, "many": many, "number": np.arange(rows)},
        data={"slices": ["many", "number", ["many", "few"]]},
        gates={"accuracy": {"tolerance": 0.1}},
        slices={"most": 9},
    )
    assert sorted(each.rows for each in found.slices) == [1] * 4 + [200_000] * 5
    assert found.notes[0].endswith("more slices with at most 1 rows each are not judged")


def test_a_column_of_nothing_is_one_slice_of_all_rows() -> None:
    (found,) = judged({"x": pa.nulls(100)}, data={"slices": ["x"]}).slices
    assert (found.title, found.rows) == ("x is missing", 100)


def test_a_tolerance_on_no_metric_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no metric of this task"):
        judged(COLUMNS, data={"slices": ["origin"]}, slices={"tolerance": {"acu": 0.1}})
