"""`monitor`: what is seen in a log, and what is said about it."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fakes.registry import FakeRegistry
from tests.fakes.watched import AS_OF, WATCHED, WEEK, Watched, changed, rows_of, watched

from trainstop.bundles import Bundle
from trainstop.errors import ConfigurationError, InputError
from trainstop.ports.registry import LedgerEntry
from trainstop.records import CheckStatus, Status


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watched(tmp_path_factory.mktemp("made"))


@pytest.fixture
def here(made: Watched, tmp_path: Path) -> Watched:
    """A project of its own over the shared registry."""
    return Watched(tmp_path, made.registry)


def ordinary(weeks: int = 4, **more: Any) -> list[dict[str, Any]]:
    return rows_of(weeks, AS_OF - weeks * WEEK, 3, **more)


def shifted(rows: list[dict[str, Any]], by: float) -> list[dict[str, Any]]:
    return changed(rows, lambda row: {"x": row["x"] + by})


def test_an_ordinary_month_is_quiet(here: Watched) -> None:
    here.serve(ordinary())
    here.label(ordinary())
    result = here.look()
    part = result.part
    assert part is not None
    assert {signal.level for signal in part.signals} == {"quiet"}
    assert (result.status, part.incidents, part.rows, part.labelled_rows) == (Status.PASSED, (), 1680, 1680)
    assert (part.window_start, part.window_end, part.model_version) == (WATCHED, AS_OF, 1)
    assert part.expected_false_alarms_a_year is not None
    assert 0 < part.expected_false_alarms_a_year <= 0.05


def test_the_same_data_give_the_same_part(here: Watched) -> None:
    here.serve(ordinary())
    assert here.part() == here.part()


def test_a_shifted_feature_is_to_be_looked_at_and_opens_no_incident(here: Watched) -> None:
    here.serve(changed(shifted(ordinary(), 1.0), lambda row: {"c": row["c"]}))
    part = here.part()
    levels = {signal.name: signal.level for signal in part.signals}
    assert levels["feature:x"] == "look"
    assert levels["feature:c"] == "quiet"
    assert "performance" not in {incident.key for incident in part.incidents}
    assert all(incident.level == "look" for incident in part.incidents)


def test_answers_that_changed_are_an_incident_to_look_at(here: Watched) -> None:
    here.serve(shifted(ordinary(), 1.0))
    part = here.part()
    assert [(incident.key, incident.level) for incident in part.incidents] == [("prediction", "look")]


def test_a_model_that_performs_worse_is_an_incident_to_act_on(here: Watched) -> None:
    rows = ordinary(flip=0.8)
    here.serve(rows)
    here.label(rows)
    part = here.part()
    performance = here.signal("performance:auc")
    assert performance.level == "act"
    assert performance.interval is not None
    assert performance.limit is not None
    assert performance.interval[1] < performance.limit
    assert [(incident.key, incident.level) for incident in part.incidents] == [("performance", "act")]
    assert here.look().status is Status.PASSED


def test_a_small_fall_shows_over_a_longer_stretch(here: Watched) -> None:
    rows = rows_of(12, AS_OF - 12 * WEEK, 3, flip=0.16)
    here.serve(rows)
    here.label(rows)
    part = here.part()
    levels = {signal.name: signal.level for signal in part.signals if signal.name.startswith("performance")}
    assert levels == {"performance:auc": "not enough data", "performance:auc over 12 weeks": "act"}
    assert [incident.signals for incident in part.incidents] == [("performance:auc over 12 weeks",)]


def test_without_labels_performance_is_not_quiet(here: Watched) -> None:
    here.serve(ordinary())
    signal = here.signal("performance:auc")
    assert (signal.level, "no labels yet" in signal.reason) == ("not enough data", True)


def test_labels_of_other_rows_say_nothing(here: Watched) -> None:
    here.serve(ordinary())
    here.label(rows_of(4, WATCHED, 99))
    signal = here.signal("performance:auc")
    assert signal.level == "not enough data"
    assert "only 0 of the 1680 labelled ids are among the 1680 answered ones" in signal.reason


def test_performance_is_that_of_the_champions_own_answers(here: Watched) -> None:
    rows = ordinary()
    here.label(rows)
    here.serve(rows[:840])
    here.serve(rows[840:], version=2)
    assert (here.part().rows, here.part().labelled_rows) == (1680, 840)


def test_of_rows_that_repeat_an_id_the_last_answer_counts(here: Watched) -> None:
    rows = ordinary()
    here.serve(changed(rows, lambda row: {"x": -row["x"]}), at="2026-01-01T00:00:00+00:00")
    here.serve(rows, at="2026-01-02T00:00:00+00:00")
    here.label(rows)
    assert here.part().rows == 1680
    assert here.signal("performance:auc").level == "quiet"


def test_an_empty_log_is_inconclusive_and_never_quiet(here: Watched) -> None:
    result = here.look()
    assert result.status is Status.INCONCLUSIVE
    assert result.part is not None
    assert {signal.level for signal in result.part.signals} == {"not enough data"}
    assert {signal.name for signal in result.part.signals} >= {
        "feature:x",
        "prediction",
        "service",
        "quality",
        "freshness",
    }


def test_too_few_rows_are_not_enough_data(here: Watched) -> None:
    here.serve(ordinary(rows=10))
    levels = {signal.name: signal.level for signal in here.part().signals}
    assert {levels[name] for name in ("feature:x", "prediction", "quality", "service")} == {"not enough data"}


def test_one_window_without_rows_is_a_gap(here: Watched) -> None:
    here.serve([row for row in ordinary() if not WATCHED + WEEK <= _time(row) < WATCHED + 2 * WEEK])
    assert here.signal("feature:x").windows[1] is None
    assert here.signal("feature:x").level == "quiet"


def test_a_log_that_ended_long_ago_is_stale(here: Watched) -> None:
    here.serve(ordinary())
    part = here.part(AS_OF + timedelta(days=9))
    assert [incident.key for incident in part.incidents] == ["freshness"]


def test_a_half_written_line_is_counted_and_left_out(here: Watched) -> None:
    here.serve(ordinary())
    with here.log.open("a") as file:
        file.write('{"schema": 1, "at": "2026-01-01T00:00')
    part = here.part()
    assert part.rows == 1680
    assert any("1 lines" in note for note in part.notes)


def test_failing_requests_are_an_incident_to_act_on(here: Watched) -> None:
    rows = ordinary()
    here.serve(rows)
    here.serve(rows_of(1, AS_OF - WEEK, 5), status=500, predictions=[])
    assert here.signal("service").level == "act"
    assert "service" in {incident.key for incident in here.part().incidents}


def test_requests_that_were_refused_are_not_failures(here: Watched) -> None:
    here.serve(ordinary(), status=400, predictions=[])
    assert here.signal("service").level == "quiet"


def test_what_was_refused_is_no_data(here: Watched) -> None:
    here.serve(ordinary())
    here.serve(changed(rows_of(1, AS_OF - WEEK, 9, rows=100), lambda row: {"x": None}), status=400, predictions=[])
    part = here.part()
    assert here.signal("quality").level == "quiet"
    assert (part.incidents, here.signal("quality").reason) == ((), "nothing is odd in 2 columns")


def test_a_model_that_refuses_everything_is_an_incident_that_only_asks_for_a_look_at_it(here: Watched) -> None:
    here.serve(ordinary())
    here.serve(rows_of(1, AS_OF - WEEK, 5, rows=24), status=400, predictions=[])
    assert here.signal("refused").level == "quiet"
    here.serve(rows_of(1, AS_OF - WEEK, 6, rows=1000), status=400, predictions=[])
    assert here.signal("refused").level == "act"
    assert [incident.key for incident in here.part().incidents] == ["refused"]


def test_slow_answers_are_compared_with_the_limit_of_the_staging_test(here: Watched) -> None:
    here.config = {"staging-test": {"load": {"p95": "100ms"}}}
    here.serve(ordinary(), seconds=0.3)
    assert here.signal("service:latency").level == "look"


@pytest.mark.parametrize(
    ("change", "level"),
    [
        (lambda row: {"x": None}, "act"),
        (lambda row: {"x": "much"}, "act"),
        (lambda row: {"c": "new"}, "look"),
        (lambda row: {"x": row["x"] + 50}, "look"),
    ],
    ids=["missing", "mistyped", "new category", "out of range"],
)
def test_broken_values_are_named(here: Watched, change: Any, level: str) -> None:
    rows = ordinary()
    here.serve(rows[:1260])
    broken = rows[1260:]
    here.serve([*changed(broken[:210], change), *broken[210:]])
    about_rows = {"quality:x", "quality:c"}
    quality = [signal for signal in here.part().signals if signal.name in about_rows]
    assert [(signal.level, signal.value) for signal in quality] == [(level, pytest.approx(0.5))]


def test_a_missing_column_is_an_incident_to_act_on(here: Watched) -> None:
    here.serve([{name: value for name, value in row.items() if name != "c"} for row in ordinary()])
    part = here.part()
    assert here.signal("quality:c").level == "act"
    assert [incident.key for incident in part.incidents] == ["quality"]
    assert "feature:c" not in {signal.name for signal in part.signals}


def test_the_log_may_be_a_table_of_somebody_else(here: Watched) -> None:
    rows = ordinary()
    columns = {name: [row[name] for row in rows] for name in ("id", "t", "x", "c")}
    score = [1 / (1 + float(np.exp(-2 * row["x"]))) for row in rows]
    pq.write_table(pa.table(columns | {"score": score}), here.root / "served.parquet")
    here.label(rows)
    here.config = {"monitor": {"log": "served.parquet"}}
    levels = {signal.name: signal.level for signal in here.part().signals}
    assert here.part().rows == 1680
    assert {levels.pop("service"), levels.pop("refused")} == {"not enough data"}
    assert set(levels.values()) == {"quiet"}


def test_without_the_datas_own_clock_the_time_of_day_counts(here: Watched) -> None:
    rows = [{name: value for name, value in row.items() if name != "t"} for row in ordinary()]
    here.serve(rows, at=(AS_OF - timedelta(days=1)).isoformat())
    assert here.signal("volume").value == 1680


def test_the_open_week_waits_for_its_end_but_its_quality_does_not(here: Watched) -> None:
    here.serve(ordinary())
    here.serve(changed(rows_of(1, AS_OF, 7), lambda row: {"x": None}))
    part = here.part(AS_OF + timedelta(days=6))
    assert part.window_end == AS_OF
    assert [incident.key for incident in part.incidents] == ["quality"]


def test_later_rows_are_not_looked_at(here: Watched) -> None:
    here.serve(ordinary())
    before = here.part()
    here.serve(rows_of(1, AS_OF + timedelta(hours=1), 7))
    assert here.part() == before


def test_what_stands_out_is_a_warning_and_what_lacks_data_is_skipped(here: Watched) -> None:
    here.serve(shifted(ordinary(), 1.0))
    statuses = {check.name: check.status for check in here.look().checks}
    assert statuses["feature:x"] is CheckStatus.WARNED
    assert statuses["performance:auc"] is CheckStatus.SKIPPED
    assert statuses["service"] is CheckStatus.PASSED


def test_a_time_that_is_none_is_refused(here: Watched) -> None:
    from trainstop.stages import monitor

    with pytest.raises(ConfigurationError, match="is no time"):
        monitor.run(here.job, as_of="yesterday")


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999", "1969-12-31"]
)
def test_a_moment_that_no_log_can_reach_is_refused(here: Watched, moment: str) -> None:
    from trainstop.stages import monitor

    with pytest.raises(ConfigurationError) as caught:
        monitor.run(here.job, as_of=moment)
    assert caught.value.where == "--as-of"
    assert moment in caught.value.what


def test_windows_that_reach_back_before_all_time_are_refused(here: Watched) -> None:
    from trainstop.stages import monitor

    section = here.job.config.monitor.model_copy(update={"windows": (3, 100_000)})
    job = replace(here.job, config=here.job.config.model_copy(update={"monitor": section}))
    with pytest.raises(ConfigurationError) as caught:
        monitor.run(job)
    assert caught.value.where == "key `monitor.windows`"


def test_a_version_without_profile_is_refused(here: Watched, tmp_path: Path) -> None:
    fresh = watched(tmp_path / "other")
    version = fresh.registry.made["delays"][0]
    place = next(path for path in fresh.registry.root.rglob("profile.json"))
    place.unlink()
    with pytest.raises(InputError):
        fresh.look()
    assert version.number == 1


def test_another_environment_is_judged_by_what_it_serves(here: Watched) -> None:
    here.registry.move_alias("delays", "champion", to=1, expected=1)
    assert here.look(environment="staging").part is not None


def test_a_signature_keeps_other_columns_of_the_training_data_out(here: Watched) -> None:
    bundle = next(here.registry.root.rglob("MLmodel"))
    assert "x" in json.loads(bundle.read_text())["signature"]["inputs"]
    here.serve(ordinary())
    names = {signal.name for signal in here.part().signals}
    assert {name for name in names if name.startswith("feature")} == {"feature:x", "feature:c"}


PRECISION = {"auc": {"mode": "off"}, "precision": {"tolerance": 0.03}, "recall": {"tolerance": 0.05}}


def test_labels_that_come_later_for_one_class_are_no_fall(here: Watched) -> None:
    rows = ordinary()
    here.config = {"gates": PRECISION}
    here.serve(rows)
    here.label([row for place, row in enumerate(rows) if row["y"] == 0 or place % 4 == 0])
    signals = {signal.name: signal for signal in here.part().signals}
    precision = signals["performance:precision"]
    assert (precision.level, "labels seem to come later" in precision.reason) == ("not enough data", True)
    assert signals["performance:recall"].level == "quiet"
    assert "of 1680 answered rows" in precision.reason


def test_of_labels_that_the_answer_chose_no_fall_is_sure(here: Watched) -> None:
    rows = ordinary(16)
    here.serve(rows)
    here.label([row for row in rows if row["x"] > -0.2])
    part = here.part()
    auc = next(signal for signal in part.signals if signal.name == "performance:auc over 12 weeks")
    assert (auc.level, "worse" in auc.reason, "with a label otherwise" in auc.reason) == ("look", True, True)
    assert "performance" not in {incident.key for incident in part.incidents}


def test_numbers_are_judged_though_labels_come_later_for_large_ones(here: Watched) -> None:
    rows = ordinary()
    columns = {name: [row[name] for row in rows] for name in ("id", "t", "x", "c")}
    pq.write_table(pa.table(columns | {"prediction": [float(row["x"] > 0) for row in rows]}), here.root / "log.parquet")
    here.config = {
        "model": {"name": "delays", "task": "regression"},
        "gates": {"auc": {"mode": "off"}, "mae": {"tolerance": 0.1}},
        "monitor": {"log": "log.parquet"},
    }
    here.label([row for place, row in enumerate(rows) if row["x"] < 0 or place % 4 == 0])
    mae = here.signal("performance:mae")
    assert (mae.level, "with a label" in mae.reason) == ("quiet", False)


def test_a_fall_is_seen_though_a_part_of_the_labels_is_still_to_come(here: Watched) -> None:
    rows = ordinary(flip=0.9)
    here.config = {"gates": PRECISION}
    here.serve(rows)
    here.label(rows[::2])
    assert here.signal("performance:precision").level == "act"


def test_failures_of_the_version_before_are_not_the_champions(here: Watched) -> None:
    last = rows_of(1, AS_OF - WEEK, 5)
    here.serve(last[:210], status=500, predictions=[], version=2)
    here.serve(last[210:])
    levels = {signal.name: signal.level for signal in here.part().signals}
    assert (levels["service"], levels["service:others"]) == ("quiet", "look")
    assert "service" not in {incident.key for incident in here.part().incidents}


def test_a_champion_that_answers_nothing_while_another_version_does_is_to_be_looked_at(here: Watched) -> None:
    here.serve(ordinary(), version=3)
    signal = here.signal("freshness:version")
    assert (signal.level, "1680 rows were answered by version 3" in signal.reason) == ("look", True)


def test_answers_that_say_nothing_are_an_incident(here: Watched) -> None:
    rows = ordinary()
    here.serve(rows[:1260])
    here.serve(rows[1260:], predictions=[None] * 5 + [[0.5, 0.5]] * 5)
    part = here.part()
    assert here.signal("quality:prediction").level == "act"
    assert "quality" in {incident.key for incident in part.incidents}


def test_a_look_that_looks_back_from_now_asks_the_target(here: Watched) -> None:
    here.serve(ordinary())
    assert "health" not in {signal.name for signal in here.part().signals}
    quiet = next(signal for signal in here.part(None).signals if signal.name == "health")
    here.target.unhealthy[1] = "it ended 9 times"
    part = here.part(None)
    assert (quiet.level, [incident.key for incident in part.incidents]) == ("quiet", ["health"])
    here.config = {"model": {"name": "delays", "task": "binary", "serving": "batch"}}
    assert "health" not in {signal.name for signal in here.part(None).signals}


def test_a_log_that_no_file_matches_is_named(here: Watched) -> None:
    here.config = {"monitor": {"log": "logs/*.parquet"}}
    assert "`monitor.log` = 'logs/*.parquet'" in here.signal("freshness").reason


def test_a_champion_that_left_no_row_for_too_long_is_an_incident(here: Watched, tmp_path: Path) -> None:
    fresh = Watched(
        here.root, FakeRegistry(tmp_path / "other", made=here.registry.made, pointers=here.registry.pointers)
    )
    shutil.copytree(here.registry.root, fresh.registry.root)
    entry = LedgerEntry(
        key="p",
        action="promote",
        environment="production",
        version=1,
        previous=None,
        outcome="done",
        reason="",
        actor="a",
        at=AS_OF - timedelta(days=8),
    )
    fresh.registry.write_entry("delays", entry)
    part = fresh.part()
    assert [(incident.key, incident.level) for incident in part.incidents] == [("freshness", "act")]


def test_folders_that_are_tables_are_read(here: Watched) -> None:
    rows = ordinary()
    columns = {name: [row[name] for row in rows] for name in ("id", "t", "x", "c")}
    folder = here.root / "logs" / "day.parquet"
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns | {"score": [0.5] * len(rows)}), folder / "part-0.parquet")
    (folder / "_SUCCESS").write_text("")
    here.config = {"monitor": {"log": "logs/*.parquet"}}
    assert here.part().rows == 1680


def test_windows_that_are_cut_otherwise_than_the_profile_are_refused(here: Watched) -> None:
    here.config = {"data": {"target": "y", "id": "id", "time": "t", "period": "day"}}
    with pytest.raises(ConfigurationError) as caught:
        here.look()
    assert caught.value.where == "key `data.period`"


def test_a_batch_a_week_is_judged_once_its_labels_reach_back_far_enough(here: Watched) -> None:
    weeks = 24
    rows = rows_of(weeks, AS_OF - weeks * WEEK, 3, flip=1.0)
    monday = {"id", "t", "x", "c", "y"}
    batch = [
        {name: row[name] for name in monday} | {"t": (AS_OF - (weeks - place // 420) * WEEK).isoformat()}
        for place, row in enumerate(rows)
    ]
    here.serve(batch)
    here.label(batch)
    signals = {signal.name: signal for signal in here.part().signals if signal.name.startswith("performance")}
    assert signals["performance:auc over 24 weeks"].level == "act"
    assert "20 weeks" in signals["performance:auc"].reason


def test_a_handful_of_clusters_is_not_looked_for_over_more_time(here: Watched) -> None:
    rows = ordinary(24)
    here.config = {"data": {"target": "y", "id": "id", "time": "t", "cluster": "c"}}
    here.serve(rows)
    here.label(rows)
    assert here.signal("performance:auc over 12 weeks").level == "not enough data"


def test_an_endpoint_that_answers_labels_has_no_scores_to_judge(here: Watched) -> None:
    rows = ordinary()
    here.serve(rows, predictions=[0, 1] * 5)
    here.label(rows)
    here.config = {"gates": {"accuracy": {"min": 0.8}}}
    signals = {signal.name: signal for signal in here.part().signals}
    assert "no scores are in the log" in signals["prediction"].reason
    assert signals["performance:accuracy"].level == "act"
    assert "`gates.accuracy.min` = 0.8" in signals["performance:accuracy"].reason


def test_labels_that_make_no_sense_stop_nothing_else(here: Watched) -> None:
    rows = ordinary()
    here.serve(rows)
    here.label([row | {"y": ["a", "b", "c"][place % 3]} for place, row in enumerate(rows)])
    levels = {signal.name: signal.level for signal in here.part().signals}
    assert (levels["performance:auc"], levels["service"], levels["feature:x"]) == ("not enough data", "quiet", "quiet")


def _time(row: dict[str, Any]) -> Any:
    from trainstop.tables.logged_columns import moment_of

    return moment_of(row["t"])


def test_where_the_champion_was_not_registered_by_trainstop_what_serves_is_watched(tmp_path: Path) -> None:
    fresh = watched(tmp_path)
    fresh.registry.add("delays", "", Bundle(tmp_path / "made"), complete=False)
    fresh.registry.pointers["delays"]["champion"] = 2
    assert fresh.part().model_version == 1
