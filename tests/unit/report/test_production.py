"""What is known of production: by the newest record that says anything, and nothing by one that cannot be read."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.reported import NOW, past, record, watched

from trainstop.records import Results
from trainstop.records.delivery import HistoryPart, PromotePart
from trainstop.records.judging import BaselinePart
from trainstop.records.watching import AlertPart
from trainstop.report.production import look


def told(folder: Path, *, history_after: float | None) -> Results:
    """Write a baseline that carries four versions, and a history without any some minutes after or before it."""
    results = Results(folder)
    results.write(record(BaselinePart(version=3, history=past(str)), 0, str))
    if history_after is not None:
        own = record(HistoryPart(), 0, str)
        results.write(own.model_copy(update={"started_at": NOW + timedelta(minutes=history_after)}))
    return results


def test_what_a_baseline_carries_is_known(tmp_path: Path) -> None:
    assert look(told(tmp_path, history_after=None)).past == past(str)


def test_the_newest_record_of_the_past_counts(tmp_path: Path) -> None:
    assert look(told(tmp_path / "a", history_after=1)).past == HistoryPart()
    assert look(told(tmp_path / "b", history_after=-1)).past == past(str)


def test_a_record_that_cannot_be_read_says_nothing_and_hides_nothing(tmp_path: Path) -> None:
    results = told(tmp_path, history_after=None)
    results.path("history").write_text("{}")
    results.path("alert").write_text("")
    results.write(record(watched(str), 0, str))
    found = look(results)
    assert (found.past, found.alert) == (past(str), None)
    assert found.monitor == watched(str)


@pytest.mark.parametrize(("minutes", "outdated"), [(-1, False), (1, True)])
def test_a_delivery_makes_what_was_read_before_it_outdated(tmp_path: Path, minutes: float, outdated: bool) -> None:
    results = told(tmp_path, history_after=None)
    delivered = record(PromotePart(model_version=4), 0, str)
    results.write(delivered.model_copy(update={"started_at": NOW + timedelta(minutes=minutes)}))
    assert look(results).outdated is outdated


@pytest.mark.parametrize(("minutes", "known"), [(-1, False), (0, True), (1, True)])
def test_what_was_done_about_an_earlier_look_is_no_answer_to_this_one(
    tmp_path: Path, minutes: float, known: bool
) -> None:
    results = Results(tmp_path)
    results.write(record(watched(str), 0, str))
    alert = record(AlertPart(opened=(7,)), 0, str)
    results.write(alert.model_copy(update={"started_at": NOW + timedelta(minutes=minutes)}))
    assert (look(results).alert is not None) is known
