"""The five answers at the top of the page: each short, in the words of the records, and none more sure than they."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.reported import NOW, past, view

from trainstop.records.delivery import HistoryEntry, HistoryPart, VersionEntry
from trainstop.records.judging import Comparison, Estimate, EvaluatePart, MetricResult
from trainstop.records.watching import AlertPart
from trainstop.report.page.answer import Answer
from trainstop.report.page.answers import answers
from trainstop.report.view import SliceRow

BETTER, HOW_MUCH, HOW_SURE, FOR_WHOM, PRODUCTION = range(5)


def compared(name: str, word: str | None, difference: float = -0.00064, **more: Any) -> MetricResult:
    return MetricResult(
        name=name,
        greater_is_better=False,
        candidate=Estimate(value=0.4462),
        champion=Estimate(value=0.4456),
        comparison=Comparison(
            **{
                "difference": difference,
                "interval": (-0.00533, 0.0036),
                "tolerance": 0.01,
                "word": word,
                "smallest_visible": 0.006,
                **more,
            }
        ),
    )


def told(folder: Path, *metrics: MetricResult, **changes: Any) -> tuple[Answer, ...]:
    """Return the answers about an evaluation of these metrics."""
    seen = view(folder)
    assert seen.evaluate
    part = seen.evaluate.model_copy(update={"metrics": metrics or seen.evaluate.metrics, **changes})
    return answers(replace(seen, evaluate=EvaluatePart.model_validate(part.model_dump())))


@pytest.mark.parametrize(
    ("by_word", "said"),
    [
        (("better", "better"), "Yes: better than version 3 in `a` and `b`."),
        (("better", "no worse"), "Yes: better than version 3 in `a`, and no worse in `b`."),
        (
            ("no worse", "no worse"),
            "No clear difference from version 3; not worse by more than is tolerated (at 95%).",
        ),
        (("better", "cannot tell"), "Cannot tell: in `b` it may be worse than version 3."),
        (("cannot tell", "worse"), "No: worse than version 3 in `b`."),
    ],
)
def test_whether_it_is_better_is_said_first_and_by_the_worst_word(
    tmp_path: Path, by_word: tuple[str, ...], said: str
) -> None:
    metrics = (compared(name, word) for name, word in zip("ab", by_word, strict=True))
    assert told(tmp_path, *metrics)[BETTER].short == said


def sure_loss(name: str, word: str | None, tolerance: float | None) -> MetricResult:
    return compared(name, word, difference=-0.005, interval=(-0.007, -0.003), tolerance=tolerance)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            [sure_loss("s", "no worse", 0.01)],
            "Better than version 3 in `a`, but slightly worse in `s`, by no more than is tolerated.",
        ),
        (
            [compared("b", "no worse"), sure_loss("l", None, None)],
            "Better than version 3 in `a`, and no worse in `b`, but worse in `l`, for which no tolerance is set.",
        ),
        (
            [sure_loss(name, None, None) for name in "lmnop"],
            (
                "Better than version 3 in `a`, but worse in `l`, `m`, `n`, `o` and 1 more metric, "
                "for which no tolerance is set."
            ),
        ),
    ],
)
def test_a_loss_that_is_sure_is_said_beside_what_is_better(
    tmp_path: Path, others: list[MetricResult], said: str
) -> None:
    assert told(tmp_path, compared("a", "better"), *others)[BETTER].short == said


def test_a_sure_loss_without_a_tolerance_is_said_beside_no_clear_difference_and_alone(tmp_path: Path) -> None:
    lost = sure_loss("l", None, None)
    assert told(tmp_path, compared("a", "no worse"), lost)[BETTER].short == (
        "No clear difference from version 3; not worse by more than is tolerated (at 95%). "
        "But worse in `l`, for which no tolerance is set."
    )
    assert "`l` 0.0050 worse" in told(tmp_path, compared("a", "no worse"), lost)[HOW_MUCH].short
    assert told(tmp_path, lost)[BETTER].short == "Worse than version 3 in `l`, for which no tolerance is set."


def test_a_small_loss_that_is_sure_is_not_called_no_difference(tmp_path: Path) -> None:
    small = compared("a", "no worse", difference=-0.004, interval=(-0.006, -0.002))
    said = told(tmp_path, small, compared("b", "no worse"))[BETTER].short
    assert said == "Slightly worse than version 3, by no more than is tolerated (at 95%)."


def test_a_first_version_and_one_that_could_not_be_compared_are_not_called_better(tmp_path: Path) -> None:
    alone = MetricResult(
        name="auc", greater_is_better=True, candidate=Estimate(value=0.71234, interval=(0.701, 0.7222))
    )
    first = told(tmp_path, alone, champion_version=None)
    assert first[BETTER].short == "First version (no champion to compare with)."
    assert first[HOW_MUCH].short == "`auc`: 0.7123 [0.7010, 0.7222]."
    gone = told(tmp_path, compared("a", None, difference=None, interval=None, reason="other columns"))
    assert gone[BETTER].short == "Not compared with version 3 (other columns)."


def test_a_difference_and_its_interval_have_the_same_decimals_and_say_their_direction(tmp_path: Path) -> None:
    found = told(tmp_path, compared("loss", "no worse"))
    assert found[HOW_MUCH].short == "`loss` 0.0006 worse, within what chance explains."
    assert found[HOW_MUCH].lines == ("`loss`: 0.4462 against 0.4456; up to 0.01 worse is tolerated.",)
    assert found[HOW_SURE].short == "95% intervals: `loss` from 0.0053 worse to 0.0036 better."
    assert found[HOW_SURE].lines[1] == "A loss of 0.006 in `loss` would be found with a power of 80%."


@pytest.mark.parametrize(
    ("difference", "interval", "said"),
    [
        (0.00003, (-0.0051, 0.0049), "less than 0.0001 better"),
        (0.0, (-0.0051, 0.0049), "equal"),
        (-1234.6, (-1500.0, -900.0), "1235 worse"),
        (-1.24, (-1.9, -0.5), "1.24 worse"),
        (0.031, None, "0.031 better, how sure is unknown"),
        (0.0, None, "equal, how sure is unknown"),
        (0.1 + 0.2 - 0.3, None, "equal, how sure is unknown"),
        (0.5, (0.5, 0.5), "0.50 better"),
    ],
)
def test_differences_of_every_size_are_readable(
    tmp_path: Path, difference: float, interval: tuple[float, float] | None, said: str
) -> None:
    found = told(tmp_path, compared("m", "no worse", difference=difference, interval=interval))
    assert found[HOW_MUCH].short.removesuffix(", within what chance explains.") in (f"`m` {said}", f"`m` {said}.")


def test_a_difference_within_chance_is_said_to_be_within_it(tmp_path: Path) -> None:
    sure = compared("a", "better", difference=0.02, interval=(0.013, 0.027))
    unsure = compared("b", "no worse")
    assert told(tmp_path, sure, unsure)[HOW_MUCH].short == "`a` 0.0200 better and `b` 0.0006 worse (within chance)."
    assert told(tmp_path, sure)[HOW_MUCH].short == "`a` 0.0200 better."
    assert told(tmp_path, unsure)[HOW_MUCH].short == "`b` 0.0006 worse, within what chance explains."


def test_a_difference_without_an_interval_is_not_called_sure(tmp_path: Path) -> None:
    few = compared("a", "cannot tell", difference=-0.02, interval=None, smallest_visible=None, reason="only 8 rows")
    alone = told(tmp_path, few)
    assert alone[HOW_MUCH].short == "`a` 0.020 worse, how sure is unknown."
    assert alone[HOW_MUCH].lines == ("`a`: 0.4462 against 0.4456; up to 0.01 worse is tolerated; only 8 rows.",)
    assert alone[HOW_SURE].short == "Unknown: no difference has an interval (only 8 rows)."
    assert alone[HOW_SURE].lines[0].startswith("It rests on ")
    beside = told(tmp_path, few, compared("b", "no worse"))[HOW_MUCH].short
    assert beside == "`a` 0.020 worse (how sure is unknown) and `b` 0.0006 worse (within chance)."


def test_a_loss_of_nothing_is_tolerated_when_the_tolerance_is_zero(tmp_path: Path) -> None:
    assert told(tmp_path, compared("m", "worse", tolerance=0.0))[HOW_MUCH].lines == (
        "`m`: 0.4462 against 0.4456; no loss is tolerated.",
    )


def test_metrics_without_a_tolerance_are_counted_and_the_others_lead(tmp_path: Path) -> None:
    found = told(tmp_path, compared("m", "worse"), compared("n", None), compared("o", None))
    assert found[HOW_MUCH].short.startswith("`m` 0.0006 worse, ")
    assert found[HOW_MUCH].lines[-1] == "2 more metrics, for which no tolerance is set, in the table below."


def test_of_many_metrics_the_worst_are_said_and_the_rest_counted(tmp_path: Path) -> None:
    metrics = [compared(f"m{number}", "worse" if number == 5 else "better", difference=0.02) for number in range(6)]
    short = told(tmp_path, *metrics)[HOW_MUCH].short
    assert short.startswith("`m5` ")
    assert short.endswith(" and 2 more metrics below, within what chance explains.")


def test_numbers_that_the_project_wrote_itself_are_not_called_sure(tmp_path: Path) -> None:
    found = told(tmp_path, rung=0)[HOW_SURE]
    assert found.short == "Unknown: the project wrote these numbers itself, and they carry no uncertainty."


def test_no_slice_that_is_worse_is_no_promise_where_rows_are_too_few(tmp_path: Path) -> None:
    seen = view(tmp_path)
    assert seen.evaluate
    unsure = [row for row in seen.slices if row.metric.comparison and row.metric.comparison.word == "cannot tell"]
    better = [row for row in seen.slices if row.metric.comparison and row.metric.comparison.word == "better"]
    said = answers(replace(seen, slices=(*unsure[:2], *better[:1])))[FOR_WHOM]
    assert said.short == (
        "No slice is shown to be worse, but most is unknown: 2 of 3 comparisons (24 slices, 2 metrics) have too few "
        "rows to tell."
    )
    fewer = answers(replace(seen, slices=(*unsure[:1], *better[:2])))[FOR_WHOM]
    assert fewer.short == (
        "No slice is shown to be worse; 1 of 3 comparisons (24 slices, 2 metrics) have too few rows to tell."
    )
    sure = answers(replace(seen, slices=tuple(better)))[FOR_WHOM]
    assert sure.short == f"No slice is shown to be worse, in {len(better)} comparisons (24 slices, 2 metrics)."


def test_slices_that_have_no_tolerance_are_not_called_fine(tmp_path: Path) -> None:
    seen = view(tmp_path)

    def without(row: SliceRow) -> SliceRow:
        assert row.metric.comparison
        free = row.metric.comparison.model_copy(update={"tolerance": None, "word": None})
        return replace(row, metric=row.metric.model_copy(update={"comparison": free}))

    said = answers(replace(seen, slices=tuple(map(without, seen.slices))))[FOR_WHOM].short
    assert said == "Unknown: no tolerance is set, so none of 24 slices is judged."


def test_what_serves_leads_and_what_became_of_the_candidate_follows(tmp_path: Path) -> None:
    seen = replace(view(tmp_path), candidate=4)
    history = past(str)
    entry = history.entries[3].model_copy(update={"version": 4, "previous": 3, "outcome": "stopped", "reason": "slow"})
    ledger = HistoryPart(entries=(*history.entries, entry), versions=history.versions)
    said = answers(replace(seen, production=replace(seen.production, past=ledger)))[PRODUCTION]
    trouble = "the last look found flight-delay in production: the model performs worse than when it was judged (act)."
    assert said.short == (
        f"Version 3 serves; {trouble} Version 4 (this candidate) was stopped during deployment to "
        f"`{entry.environment}`: slow."
    )
    assert said.lines[-3].endswith(f"UTC: deploy of version 4 on `{entry.environment}`, stopped (this candidate).")
    own = answers(replace(seen, candidate=3))[PRODUCTION]
    assert own.short == f"Version 3 (this candidate) serves; {trouble}"


def test_a_look_at_production_without_a_ledger_is_told_alone(tmp_path: Path) -> None:
    seen = view(tmp_path)
    said = answers(replace(seen, production=replace(seen.production, past=None)))[PRODUCTION]
    assert said.short.startswith("The last look found flight-delay in production: the model performs worse")
    assert said.lines[0] == (
        "The last look at 2026-03-02 09:06:00 UTC: version 3 on `production`, 48,000 rows, 2 of 9 judged signals "
        "stand out."
    )
    assert said.lines[1] == "Issue #7 was opened; the reaction that is due: retrain."


def test_a_look_at_old_data_says_how_old_they_are_and_what_could_not_be_judged(tmp_path: Path) -> None:
    seen = view(tmp_path)
    assert seen.production.monitor
    few = seen.production.monitor.signals[1].model_copy(update={"level": "not enough data"})
    old = seen.production.monitor.model_copy(
        update={
            "as_of": NOW - timedelta(days=800),
            "incidents": (),
            "signals": (few, few, seen.production.monitor.signals[2]),
        }
    )
    closed = AlertPart(closed=(1,))
    said = answers(replace(seen, production=replace(seen.production, monitor=old, alert=closed)))[PRODUCTION]
    assert said.short == "Version 3 serves; the last look found no incident (2 of 3 signals had too little data)."
    assert ", on data up to 2023-12-23: version 3 on " in said.lines[-2]
    assert said.lines[-1] == "Issue #1, of an earlier incident, was closed."


def test_a_look_from_before_the_last_change_is_no_word_about_what_serves_now(tmp_path: Path) -> None:
    seen = view(tmp_path)
    entry = past(str).entries[-1].model_copy(update={"at": NOW + timedelta(hours=1)})
    ledger = HistoryPart(entries=(*past(str).entries, entry), versions=past(str).versions)
    said = answers(replace(seen, production=replace(seen.production, past=ledger)))[PRODUCTION]
    assert said.short.startswith("Version 3 serves; the last look, before the last change, found flight-delay")


def test_a_change_elsewhere_or_one_that_failed_is_no_change_to_what_was_looked_at(tmp_path: Path) -> None:
    seen, history = view(tmp_path), past(str)
    later = history.entries[-1].model_copy(update={"at": NOW + timedelta(hours=1), "action": "deploy", "version": 4})
    for change in ({"environment": "staging"}, {"outcome": "stopped"}):
        ledger = HistoryPart(entries=(*history.entries, later.model_copy(update=change)), versions=history.versions)
        said = answers(replace(seen, production=replace(seen.production, past=ledger)))[PRODUCTION]
        assert said.short.startswith("Version 3 serves; the last look found flight-delay")


def test_what_serves_is_told_apart_from_the_champion(tmp_path: Path) -> None:
    seen, history = view(tmp_path), past(str)

    def short(*entries: HistoryEntry, versions: tuple[VersionEntry, ...] = history.versions) -> str:
        ledger = HistoryPart(entries=entries, versions=versions)
        unseen = replace(seen.production, past=ledger, monitor=None, alert=None)
        return answers(replace(seen, production=unseen))[PRODUCTION].short

    not_promoted = history.entries[-1].model_copy(update={"action": "deploy", "version": 4, "previous": 3})
    assert short(*history.entries, not_promoted) == "Version 4 serves `production`, and version 3 is the champion."
    no_champion = tuple(each.model_copy(update={"aliases": ()}) for each in history.versions)
    assert short(not_promoted, versions=no_champion) == (
        "Version 4 serves `production`, and no version is the champion."
    )
    stopped = not_promoted.model_copy(update={"outcome": "stopped"})
    assert short(stopped) == "Version 3 is the champion."


def test_a_ledger_from_before_the_last_delivery_is_said_to_be_one(tmp_path: Path) -> None:
    seen = view(tmp_path)
    outdated = replace(seen.production, outdated=True, monitor=None, alert=None)
    before = ", when the ledger was last read, before the last delivery here."
    said = answers(replace(seen, production=outdated))[PRODUCTION]
    assert said.short == f"Version 3 serves{before}"
    empty = answers(replace(seen, production=replace(outdated, past=HistoryPart())))[PRODUCTION]
    assert empty.short == f"Nothing was deployed{before}"


def test_an_empty_ledger_and_none_at_all_are_told_apart(tmp_path: Path) -> None:
    seen = view(tmp_path)
    unseen = replace(seen.production, monitor=None, alert=None)
    empty = answers(replace(seen, production=replace(unseen, past=HistoryPart())))[PRODUCTION]
    assert (empty.short, empty.lines) == (
        "Nothing was deployed yet.",
        ("No look at production came with these records.",),
    )
    assert answers(replace(seen, production=replace(unseen, past=None)))[PRODUCTION].short.startswith(
        "Nothing is known here"
    )
