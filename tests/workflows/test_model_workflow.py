"""`model.yml` as a project calls it, whole: pull requests, a fork's, the merge queue, and the way to production."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.rig import events
from tests.workflows.rig.github import REVIEWER
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import READING_TOKEN, TOKEN
from tests.workflows.rig.world import Delivery, Settled, World

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

CHECKS = {f"check/{job}": "success" for job in ("checks", "champion", "model", "report", "gate")}
DELIVERY = ("register", "integration-test", "staging", "staging-test", "preflight", "production", "promote")
WHOLE = {**CHECKS, **{f"deliver/{job}": "success" for job in DELIVERY}}
ROWS: Mapping[str, Any] = {"columns": ["distance", "weight", "region"], "data": [[120.0, 1.5, "west"]]}


def shown(run: Run) -> str:
    """Return everything that a run's steps printed or showed; nothing hides a secret here."""
    return run.text + "".join(job.text + job.summary for job in run.jobs.values())


@pytest.fixture(scope="module")
def checked(place: World) -> Run:
    """Give the check of pull request 1."""
    return place.run(events.pull_request(place.head()))


def test_a_pull_request_is_checked_and_gets_one_comment_and_a_summary(place: World, checked: Run) -> None:
    assert checked.results == CHECKS, checked.failures
    (comment,) = place.comments()
    assert "late-parcels" in comment
    assert "auc" in comment
    assert "late-parcels" in checked.jobs["check/report"].summary


@pytest.mark.usefixtures("checked")
def test_pushed_again_with_a_gate_that_fails_the_gate_is_red_and_the_same_comment_says_why(place: World) -> None:
    before = place.versions()
    with place.changed("A gate too high", "trainstop.toml", "min = 0.6", "min = 0.99") as commit:
        done = place.run(events.pull_request(commit))
    assert (done.result("check/model"), done.result("check/gate")) == ("failure", "failure")
    assert done.result("check/report") == "success", done.failures
    (comment,) = place.comments()
    assert "0.99" in comment
    assert commit[:7] in comment
    assert place.versions() == before
    assert not any(key.startswith("deliver/") for key in done.jobs)


def test_a_gate_that_fails_on_main_registers_nothing_and_hands_on_nothing_that_could_be(
    place: World, tmp_path: Path
) -> None:
    before = place.versions()
    with place.changed("A gate too high", "trainstop.toml", "min = 0.6", "min = 0.99") as commit:
        done = place.run(events.push(commit))
        assert done.results == {**CHECKS, "check/model": "failure", "check/gate": "failure"}, done.failures
        assert "0.99" in done.jobs["check/report"].summary
        handed_on = place.kept(done, tmp_path)
        files = place.artifact("trainstop-model-1")
        assert any(name.startswith("results/") for name in files)
        assert not any(name.startswith("candidate/") for name in files), files
        forced = place.call("cd.yml", handed_on.inputs, handed_on.artifacts)
    assert forced.results["register"] == "failure"
    assert {result for job, result in forced.results.items() if job != "register"} == {"skipped"}
    assert place.versions() == before


def test_a_pull_request_that_trains_nothing_is_checked_and_its_gate_is_green(place: World) -> None:
    granted = "      pull-requests: write # the comment\n"
    skipping = f"{granted}    with: {{train: skip}}\n"
    with place.changed("No training", ".github/workflows/model.yml", granted, skipping) as commit:
        done = place.run(events.pull_request(commit))
    assert done.results == {name: result for name, result in CHECKS.items() if name != "check/model"}, done.failures
    assert "late-parcels" in done.jobs["check/report"].summary


def test_a_fork_gets_the_same_check_without_a_secret_its_report_in_the_summary_and_then_a_comment(
    place: World,
) -> None:
    place.forge.world.pull(2)
    done = place.run(events.pull_request(place.head(), number=2, fork=True))
    assert done.results == CHECKS, done.failures
    seen = place.seen()
    assert seen.count('"git"') >= 2, "the project's code has told what it saw, when tested and when trained"
    for secret in (*place.secrets.values(), TOKEN, READING_TOKEN, "extraheader"):
        assert secret not in shown(done)
        assert secret not in seen
    assert place.comments(2) == []
    report = done.jobs["check/report"]
    assert "late-parcels" in report.summary
    assert any("comment" in note["message"] for note in report.annotations), report.annotations

    left = (place.machine.state / "artifacts" / "trainstop-report-1.zip").read_bytes()
    place.forge.world.artifact(500, "trainstop-report-1", left)
    source = events.repository("mallory/parcels")["id"]
    place.forge.world.issues[2].update(sha="c" * 40, head=("mallory", "change"), head_repository=source)
    told = place.run(events.workflow_run(place.head(), "c" * 40, run=500), "report.yml")
    assert told.results == {"report/report": "success"}, told.failures
    (comment,) = place.comments(2)
    assert "The numbers below come from the pull request's own code" in comment
    assert "late-parcels" in comment


def test_the_merge_queue_is_checked_without_a_comment_and_without_a_delivery(
    delivered: Delivery, queued: Delivery
) -> None:
    assert queued.run.results == CHECKS, queued.run.failures
    assert (queued.versions, queued.champion, queued.comments) == (
        delivered.versions,
        delivered.champion,
        delivered.comments,
    )
    assert "late-parcels" in queued.run.jobs["check/report"].summary


def test_on_main_a_version_goes_to_production_and_registry_ledger_and_target_agree(
    place: World, delivered: Delivery
) -> None:
    assert delivered.run.results == WHOLE, delivered.run.failures
    assert [version["version"] for version in delivered.versions] == ["1"]
    assert (delivered.serving, delivered.champion) == ({"staging": 1, "production": 1}, 1)
    status = place.look("status")
    assert status["status"] == "passed", status["reason"]
    assert {name["environment"]: name["serving"] for name in status["part"]["environments"]} == {
        name: place.platform.serving(name) for name in ("staging", "production")
    }
    told = [(entry["version"], entry["environment"], entry["outcome"]) for entry in place.history()]
    assert (1, "production", "done") in told, told
    promoted = [entry["approved_by"] for entry in place.history() if entry["action"] == "promote"]
    assert promoted == [REVIEWER], "the ledger says who approved the run"


@pytest.mark.usefixtures("delivered")
def test_code_of_the_project_sees_no_secret_when_it_is_tested_and_trained_on_main(place: World) -> None:
    seen = "".join(path.read_text() for path in place.machine.folder.glob("run-*/seen/*.json"))
    assert seen.count('"git"') >= 2
    for secret in (*place.secrets.values(), TOKEN, "extraheader"):
        assert secret not in seen


@pytest.fixture(scope="module")
def unmoved(place: World, delivered: Delivery, queued: Delivery) -> Run:
    """Give the run that says that the data changed, which it did not: the champion is put forward once more."""
    del delivered, queued
    return place.run(events.data_changed(place.head()))


@pytest.mark.usefixtures("unmoved")
def test_a_fork_is_compared_with_the_numbers_that_a_run_on_main_left_and_that_is_said(place: World) -> None:
    place.forge.world.pull(3)
    done = place.run(events.pull_request(place.head(), number=3, fork=True))
    assert done.results == CHECKS, done.failures
    assert "Cache restored" in done.jobs["check/champion"].text
    summary = done.jobs["check/report"].summary
    assert "of the champion only the recorded numbers are at hand" in summary, summary
    for secret in (*place.secrets.values(), TOKEN, READING_TOKEN, "extraheader"):
        assert secret not in shown(done)


@pytest.mark.usefixtures("delivered", "queued")
def test_when_the_data_is_said_to_have_changed_and_did_not_nothing_is_trained_or_delivered(
    place: World, request: pytest.FixtureRequest
) -> None:
    before = place.versions(), place.history()
    done = request.getfixturevalue("unmoved")
    assert done.results == {**CHECKS, "deliver/register": "success"}, done.failures
    assert "restored: it is the champion" in done.jobs["check/model"].text
    assert (place.versions(), place.history()) == before


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize("by", ["the clock", "a person"])
def test_started_by_the_clock_or_a_person_what_did_not_change_is_not_trained_or_delivered_again(
    place: World, by: str
) -> None:
    before = place.versions(), place.history()
    commit = place.head()
    done = place.run(events.schedule(commit) if by == "the clock" else events.dispatch(commit, reason="To be sure"))
    assert done.results == {**CHECKS, "deliver/register": "success"}, done.failures
    assert (place.versions(), place.history()) == before


@pytest.mark.usefixtures("unmoved")
def test_a_version_that_another_has_overtaken_ends_before_anything_is_deployed(place: World, queued: Delivery) -> None:
    before = {name: place.platform.told(name)["changes"] for name in ("staging", "production")}
    tested = {"integration-test": Settled("success"), "preflight": Settled("success")}
    called = place.call("cd.yml", queued.inputs, queued.artifacts, settled=tested)
    green = {"register", "staging", *tested}
    assert called.results == {name: "success" if name in green else "skipped" for name in called.results}
    assert called.outputs["superseded"] == "true"
    assert int(called.outputs["model-version"]) != place.alias("candidate")
    assert {name: place.platform.told(name)["changes"] for name in before} == before


@pytest.mark.usefixtures("delivered")
def test_moved_data_is_trained_on_and_its_version_follows_without_a_failed_request_and_can_be_rolled_back(
    place: World,
) -> None:
    before = place.alias("champion")
    assert before is not None
    with (
        place.changed("More parcels came", "make_data.py", "parcels(0, 70, rng)", "parcels(0, 84, rng)") as commit,
        place.platform.traffic("production", ROWS) as statuses,
    ):
        done = place.run(events.data_changed(commit))
        assert done.results == WHOLE, done.failures
        assert "restored" not in done.jobs["check/model"].text
        newest = len(place.versions())
        assert newest > before
        assert (place.alias("champion"), place.platform.serving("production")) == (newest, newest)
        assert f"shift {newest} 50" in place.platform.told("production")["changes"]

        why = "Parcels of the west are all late"
        back = place.run(events.dispatch(commit, reason=why), "rollback.yml")
        assert back.results == {"back/rollback": "success"}, back.failures
    assert set(statuses) == {200}
    assert place.platform.serving("production") == place.alias("champion") == before
    assert any(why in json.dumps(entry) for entry in place.history())
