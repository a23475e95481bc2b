"""Single charts: what is drawn first, what is left out, and that no two things share a label."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.reported import NOW, metric, past, watched

from trainstop.records.delivery import HistoryEntry, HistoryPart, VersionEntry
from trainstop.records.judging import MetricResult, Performance, Speed
from trainstop.records.watching import MonitorPart, Signal
from trainstop.report.page import differences, speed
from trainstop.report.page import past as of_the_past
from trainstop.report.page.drift import MOST_COLUMNS, drift
from trainstop.report.page.figures import distinct, numbered
from trainstop.report.view import SliceRow


def signal(name: str, *values: float | None, level: str = "quiet", limit: float | None = 0.2) -> Signal:
    return Signal.model_validate({"name": f"feature:{name}", "level": level, "limit": limit, "windows": values})


def looked(*signals: Signal, dated: bool = True) -> MonitorPart:
    begin, end = (datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 2, 16, tzinfo=UTC)) if dated else (None, None)
    return MonitorPart(environment="e", model_version=1, window_start=begin, window_end=end, signals=signals)


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "b"])))
def test_no_two_labels_are_equal(labels: list[str]) -> None:
    found = distinct(labels)
    assert len(set(found)) == len(found) == len(labels)
    assert all(own.startswith(label) for own, label in zip(found, labels, strict=True))


def test_a_value_that_is_not_there_is_no_zero() -> None:
    assert numbered([{"x": 1.0, "low": None}, {"x": 0.0}]) == [{"n": 0, "x": 1.0}, {"n": 1, "x": 0.0}]


def test_columns_that_stand_out_come_first_and_then_the_farthest() -> None:
    found = drift(looked(signal("near", 0.01, 0.02), signal("far", 0.15, 0.19), signal("out", 0.1, level="look")))
    assert found is not None
    assert [row[0] for row in found.table.rows] == ["out", "far", "near"]
    assert found.says == "1 of 3 columns that could be judged stand out: `out`."
    assert found.table.columns == ("Column", "Level", "Limit", "2026-02-02", "2026-02-09", "Why")
    assert found.table.rows[0][3:5] == (None, 0.1)


def test_columns_that_could_not_be_judged_are_no_good_news() -> None:
    found = drift(looked(signal("a", 0.01), signal("b", 0.02, level="not enough data")))
    assert found is not None
    assert found.says == "None of 1 column that could be judged stands out. 1 more column had too little data for it."


def test_only_what_changed_who_serves_is_drawn_and_the_table_has_the_whole_ledger() -> None:
    entries = [
        HistoryEntry(at=NOW, action=action, environment="production", version=1, outcome=outcome)
        for action, outcome in (("register", "done"), ("deploy", "begun"), ("deploy", "done"), ("promote", "done"))
    ]
    found = of_the_past.deployments(entries)
    assert found is not None
    assert len(found.spec["data"]["values"]) == 1
    assert len(found.table.rows) == 4
    assert of_the_past.deployments(entries[:2]), "what has only begun, and nothing came after it"
    assert of_the_past.deployments(entries[:1]) is None


def test_columns_without_a_value_are_not_drawn() -> None:
    assert drift(looked(signal("empty", None, None), signal("none"))) is None
    assert drift(looked()) is None


def test_a_cell_is_red_beyond_the_limit_only() -> None:
    found = drift(looked(signal("a", 0.1, 0.3), signal("unlimited", 0.9, 0.9, limit=None), dated=False))
    assert found is not None
    cells = {(row["name"], row["when"]): row["out"] for row in found.spec["data"]["values"]}
    assert cells == {
        ("a", "window 1"): False,
        ("a", "window 2"): True,
        ("unlimited", "window 1"): False,
        ("unlimited", "window 2"): False,
    }


def test_of_many_columns_the_worst_are_drawn_and_the_table_has_all() -> None:
    found = drift(looked(*(signal(f"c{number}", number / 1000) for number in range(100))))
    assert found is not None
    assert len({row["name"] for row in found.spec["data"]["values"]}) == MOST_COLUMNS
    assert len(found.table.rows) == 100
    assert found.table.rows[0][0] == "c99"


def test_performance_and_service_are_no_columns() -> None:
    found = drift(watched(str))
    assert found is not None
    assert not any("performance" in str(row[0]) for row in found.table.rows)


def test_the_metric_that_matters_is_drawn_over_the_versions() -> None:
    versions = past(str).versions
    found = of_the_past.versions(versions, ["log_loss", "auc"])
    assert found is not None
    assert found.title == "auc over registered versions"
    assert found.says == "Version 4, the newest, was judged with `auc` 0.72 [0.71, 0.73]; version 3 is the champion."
    assert of_the_past.versions((VersionEntry(version=1, at=NOW),), ["auc"]) is None


def test_a_rollback_is_marked_as_one_and_an_empty_ledger_is_not_drawn() -> None:
    found = of_the_past.deployments(past(str).entries)
    assert found is not None
    assert [row["outcome"] for row in found.spec["data"]["values"]].count("rolled back") == 1
    assert of_the_past.figures(HistoryPart(), []) == ()


def test_an_outcome_of_a_newer_trainstop_is_shown_as_other() -> None:
    entry = HistoryEntry(at=NOW, action="deploy", environment="", version=1, outcome="unheard of")
    found = of_the_past.deployments((entry,))
    assert found is not None
    assert (found.spec["data"]["values"][0]["outcome"], found.spec["data"]["values"][0]["where"]) == (
        "other",
        "registry",
    )


def test_of_many_slices_the_first_are_drawn_and_the_table_has_all() -> None:
    rows = [SliceRow(name=f"s{number}", rows=9, metric=metric("auc", 0)) for number in range(100)]
    found = differences.of_slices(rows)
    assert found is not None
    assert [row["name"] for row in found.spec["data"]["values"]] == [
        f"s{number} (9)" for number in range(differences.MOST)
    ]
    assert len(found.table.rows) == 100
    assert found.says == "100 worse, of 100 comparisons; rows in parentheses. The 30 worst are drawn."


def test_a_difference_is_drawn_in_tolerances() -> None:
    found = differences.of_metrics([metric("auc", 0)])
    assert found is not None
    row = found.spec["data"]["values"][0]
    assert (row["at"], row["low"], row["high"]) == pytest.approx((-3, -3.6, -2.4))
    assert found.steps == ("auc: -0.03 [-0.036, -0.024], tolerance 0.01: worse",)


def without_tolerance(found: MetricResult) -> MetricResult:
    comparison = found.comparison
    assert comparison is not None
    return found.model_copy(update={"comparison": comparison.model_copy(update={"tolerance": None, "word": None})})


def test_metrics_in_units_of_their_own_share_no_axis_with_tolerances() -> None:
    found = differences.of_metrics([metric("auc", 0), without_tolerance(metric("f1", 1))])
    assert found is not None
    assert [row["name"] for row in found.spec["data"]["values"]] == ["auc"]
    assert found.says == "1 worse, of 1 metric. 1 more metric without a tolerance: in the table."
    assert len(found.table.rows) == 2
    alone = differences.of_metrics([without_tolerance(metric("f1", 1))])
    assert alone is not None
    assert "dashed" in found.note
    assert "dashed" not in alone.note
    assert alone.says == "1 no verdict, of 1 metric."


def test_without_a_comparison_there_is_no_forest() -> None:
    assert differences.of_metrics([metric("auc", 0).model_copy(update={"comparison": None})]) is None


def test_a_champion_that_was_not_timed_leaves_the_candidate_alone() -> None:
    found = speed.latency(Performance(candidate=Speed(load_seconds=1, latency_p50=0.004)))
    assert found is not None
    assert found.says == "Half of the candidate's answers to one row came within 4 ms."
    assert found.table.columns == ("What", "Candidate")
    assert speed.latency(Performance(candidate=Speed(load_seconds=1))) is None
