"""The first line: what blocks, in plain words, and never a pass without a judgement."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from trainstop.records import Record, Results, Status
from trainstop.records.checks import LintPart
from trainstop.records.delivery import DeployPart, HistoryEntry, HistoryPart, RegisterPart
from trainstop.records.judging import SliceResult
from trainstop.report.comment import render_comment
from trainstop.report.verdict import against_champion, decide
from trainstop.report.view import gather


def headline(results: Any) -> tuple[str, str]:
    verdict = decide(gather(results, model="delay"))
    return verdict.outcome, verdict.headline


def test_a_change_that_is_no_worse_passes(write: Any) -> None:
    assert headline(write()) == ("passed", "no worse than version 3, nothing blocks")


def test_what_lint_could_not_look_at_is_said_and_does_not_block(write: Any, make: Any) -> None:
    away = make.check("dependencies", "skipped", reason="the advisory service cannot be reached")
    view = gather(write(lint={"checks": (make.check("style"), away)}), model="m")
    verdict = decide(view)
    assert verdict.outcome == "passed"
    assert [(remark.stage, remark.name, remark.reason) for remark in verdict.warnings] == [
        ("lint", "dependencies", "not looked at: the advisory service cannot be reached")
    ]
    assert view.stage("lint").words == "no findings; dependencies not looked at"


def test_a_first_version_has_nothing_to_be_compared_with(write: Any, make: Any) -> None:
    first = make.evaluated(champion_version=None, metrics=(make.first_metric(),))
    assert headline(write(evaluate=first)) == (
        "passed",
        "first version (no champion to compare with), nothing blocks",
    )


def test_failed_checks_block_and_say_why(write: Any, make: Any) -> None:
    worse = make.evaluated(metrics=(make.metric(word="worse", difference=-0.05),))
    checks = (make.check("auc tolerance", "failed", reason="worse by 0.05"), make.check("auc min", "warned"))
    verdict = decide(
        gather(write(evaluate={"part": worse, "status": Status.FAILED, "checks": checks}, model_test=None), model="m")
    )
    assert (verdict.outcome, verdict.headline) == ("blocked", "worse than version 3 in auc, blocked by evaluate")
    assert [(remark.stage, remark.name, remark.reason) for remark in verdict.blocking] == [
        ("evaluate", "auc tolerance", "worse by 0.05")
    ]
    assert [remark.name for remark in verdict.warnings] == ["auc min"]


def test_a_stage_that_broke_off_blocks_and_says_what_to_do(write: Any, make: Any) -> None:
    broken = make.broken_off(where="requirements.txt", fix="pin numpy")
    verdict = decide(gather(write(train=broken, baseline=None, evaluate=None, model_test=None), model="m"))
    assert (verdict.outcome, verdict.headline) == ("blocked", "blocked by train")
    assert "cannot be made (requirements.txt); to do: pin numpy" in verdict.blocking[0].reason


def test_a_failed_stage_without_checks_still_gives_its_reason(write: Any) -> None:
    results = write(test={"status": Status.FAILED, "checks": (), "part": None, "reason": "exit code 3"})
    assert decide(gather(results, model="m")).blocking[0].reason == "exit code 3"


@pytest.mark.parametrize(
    ("missing", "words"), [(("model_test",), "model-test has"), (("lint", "model_test"), "lint and model-test have")]
)
def test_a_missing_stage_is_never_a_pass(write: Any, missing: tuple[str, ...], words: str) -> None:
    outcome, said = headline(write(**dict.fromkeys(missing)))
    assert (outcome, said) == ("incomplete", f"no worse than version 3, not complete: {words} not run")


def test_an_evaluation_that_was_skipped_is_never_a_pass(write: Any) -> None:
    outcome, said = headline(write(evaluate={"status": Status.SKIPPED, "part": None, "checks": ()}))
    assert (outcome, said) == ("incomplete", "nothing blocks, and nothing was judged: evaluate was skipped")


def test_cannot_tell_is_said_first(write: Any, make: Any) -> None:
    part = make.evaluated(metrics=(make.metric(word="cannot tell"), make.metric("log_loss", word="better")))
    results = write(
        evaluate={"part": part, "status": Status.INCONCLUSIVE, "checks": (make.check("a", "inconclusive"),)}
    )
    assert headline(results) == (
        "cannot tell",
        "cannot tell whether it is worse than version 3 in auc, nothing blocks, but evaluate cannot tell",
    )


def test_a_record_that_cannot_be_read_blocks(write: Any) -> None:
    results = write()
    results.path("evaluate").write_text('{"schema_version": 99')
    assert headline(results) == ("blocked", "blocked by evaluate")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("better", "better"), "better than version 3"),
        (("better", "no worse"), "no worse than version 3 and better in m0"),
        (("worse", "cannot tell"), "worse than version 3 in m0"),
        ((None, None), "not compared with version 3 (too few rows)"),
    ],
)
def test_several_metrics_make_one_phrase(make: Any, words: tuple[str | None, ...], said: str) -> None:
    metrics = tuple(make.metric(f"m{n}", word=word, reason="too few rows") for n, word in enumerate(words))
    assert against_champion(make.evaluated(metrics=metrics)) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["better"], "better than version 3 in m0, but worse in lost (no tolerance is set)"),
        (["no worse", "better"], "no worse than version 3 and better in m1, but worse in lost (no tolerance is set)"),
        ([], "worse than version 3 in lost (no tolerance is set)"),
        (["worse"], "worse than version 3 in m0"),
        (["cannot tell"], "cannot tell whether it is worse than version 3 in m0"),
    ],
)
def test_a_sure_loss_that_no_gate_watches_is_not_hidden(make: Any, words: list[str], said: str) -> None:
    metrics = [make.metric(f"m{n}", word=word) for n, word in enumerate(words)]
    lost = make.metric("lost", word=None, difference=-0.05, interval=(-0.08, -0.02))
    assert lost.comparison
    free = lost.model_copy(update={"comparison": lost.comparison.model_copy(update={"tolerance": None})})
    assert against_champion(make.evaluated(metrics=(*metrics, free))) == said


@pytest.mark.parametrize(
    ("whole", "names", "said"),
    [
        ("better", ("F9",), "better than version 3, but worse for `carrier = F9`"),
        ("worse", ("F9", "UA"), "worse than version 3 in auc, and worse for `carrier = F9` and `carrier = UA`"),
        ("better", ("A", "B", "C", "D"), "but worse for `carrier = A`, `carrier = B` and 2 more slices"),
        ("better", ("x" * 300,), f"but worse for `carrier = {'x' * 49}…`"),
    ],
)
def test_slices_that_got_worse_are_in_the_headline(
    write: Any, make: Any, whole: str, names: tuple[str, ...], said: str
) -> None:
    slices = tuple(
        SliceResult(column="carrier", value=name, rows=9, metrics=(make.metric(word="worse", difference=-1 / place),))
        for place, name in enumerate(names, start=1)
    )
    results = write(evaluate=make.evaluated(metrics=(make.metric(word=whole),), slices=slices))
    assert said in decide(gather(results, model="m")).headline


def delivered(results: Results, *entries: tuple[str, int, int | None, str], after: int = 60) -> Results:
    """Register what was judged as version 4, some minutes after the first stage, and add a ledger to that."""
    first = results.find(LintPart)
    assert first is not None
    base = {name: getattr(first, name) for name in ("trainstop", "provenance", "status", "reason", "checks")}
    at = first.started_at + timedelta(minutes=after)
    registered = RegisterPart(model_name="delay", model_version=4, key="k", created=True, manifest="m")
    deployed = DeployPart(environment="production", model_version=3, strategy="canary")
    ledger = HistoryPart(entries=tuple(entry(at, *each) for each in entries))
    for part, subject in ((registered, ""), (deployed, "production"), (ledger, "")):
        kind = type(part)
        results.write(
            Record[kind](**base, stage=kind.stage, subject=subject, part=part, started_at=at, duration_seconds=7.0)
        )
    return results


def entry(at: datetime, action: str, version: int, previous: int | None, outcome: str) -> HistoryEntry:
    told = {"action": action, "version": version, "previous": previous, "outcome": outcome}
    return HistoryEntry(at=at, environment="production", reason="why", **told)


STOPPED = ("deploy", 4, 3, "stopped")
BACK = ("rollback", 3, 4, "done")
DONE = ("deploy", 4, 3, "done")


@pytest.mark.parametrize(
    ("entries", "fate"),
    [
        ([STOPPED], "stopped during deployment to `production`"),
        ([DONE, BACK], "rolled back from `production`"),
        ([STOPPED, ("deploy", 3, 2, "done")], "stopped during deployment to `production`"),
    ],
)
def test_a_candidate_that_passed_and_was_stopped_later_is_no_plain_pass(write: Any, entries: Any, fate: str) -> None:
    verdict = decide(gather(delivered(write(), *entries), model="delay"))
    assert (verdict.outcome, verdict.headline) == (
        "stopped",
        f"no worse than version 3, but was {fate}",
    )
    assert (verdict.warnings[0].stage, verdict.warnings[0].reason) == ("version 4", f"{fate}: why")


def test_a_remark_about_a_whole_version_has_no_empty_name_in_the_comment(write: Any) -> None:
    comment = render_comment(gather(delivered(write(), STOPPED), model="delay"))
    assert "- version 4: stopped during deployment to `production`: why\n" in comment


@pytest.mark.parametrize(
    "entries", [[], [DONE], [STOPPED, DONE], [("deploy", 3, 2, "stopped")], [("deploy", 4, 3, "begun")]]
)
def test_what_went_well_in_the_end_or_befell_another_version_changes_nothing(write: Any, entries: Any) -> None:
    assert headline(delivered(write(), *entries))[0] == "passed"


def test_a_registration_before_the_judgement_was_of_another_candidate(write: Any) -> None:
    assert gather(delivered(write(), STOPPED, after=-60), model="delay").candidate is None
    assert headline(delivered(write(), STOPPED, after=-60))[0] == "passed"


def test_stages_that_dealt_with_another_version_are_told_apart_and_not_counted(write: Any) -> None:
    view = gather(delivered(write()), model="delay", subjects=("production",))
    assert [(row.name, row.version) for row in view.delivery if view.of_another(row)] == [("deploy production", 3)]
    assert view.seconds == sum(row.seconds or 0.0 for row in view.stages) + 7.0
