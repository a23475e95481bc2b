"""`model.yml` as a project calls it, whole: pull requests, a fork's, the merge queue, and the way to production.

The tests share one repository and run in the order of the file: what one leaves behind is what the next begins with.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.workflows.rig import events
from tests.workflows.rig.machine import READING_TOKEN, TOKEN
from tests.workflows.rig.world import SECRETS, World

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workflows"), pytest.mark.timeout(1200)]

CHECKS = {"check/checks": "success", "check/model": "success", "check/report": "success", "check/gate": "success"}
DELIVERY = ("register", "integration-test", "staging", "preflight", "production", "promote")
ROWS: Mapping[str, Any] = {"columns": ["distance", "weight", "region"], "data": [[120.0, 1.5, "west"]]}


def spoken(run: Any) -> str:
    """Return everything that a run's steps printed or showed; act hides no secret here."""
    return run.text + "".join(job.text + job.summary for job in run.jobs.values())


def test_a_pull_request_is_checked_without_any_champion_and_gets_one_comment(place: World) -> None:
    done = place.run(events.pull_request(place.head()))
    assert done.results == CHECKS, done.failures
    (comment,) = place.comments()
    assert "late-parcels" in comment
    assert comment.count("auc") >= 1
    assert "late-parcels" in done.jobs["check/report"].summary
    assert place.versions() == []


def test_code_of_the_project_sees_no_secret_and_no_credential_of_git(place: World) -> None:
    seen = place.seen()
    assert '"git"' in seen
    for secret in (*place.secrets.values(), TOKEN, "extraheader"):
        assert secret not in seen


def test_pushed_again_with_a_gate_that_fails_the_gate_is_red_and_the_one_comment_says_why(place: World) -> None:
    before = place.head()
    text = (place.repository / "trainstop.toml").read_text()
    commit = place.change("A gate too high", trainstop_dot_toml=text.replace("min = 0.6", "min = 0.99"))
    done = place.run(events.pull_request(commit))
    assert done.code == 1
    assert done.result("check/model") == "failure"
    assert done.result("check/report") == "success", done.failures
    assert done.result("check/gate") == "failure"
    (comment,) = place.comments()
    assert "0.99" in comment
    assert commit[:7] in comment
    assert place.versions() == []
    assert done.result("deliver/register") == "skipped"
    place.back_to(before)


def test_a_fork_gets_the_same_check_without_a_secret_and_its_report_in_the_summary(place: World) -> None:
    comments = place.comments()
    done = place.run(events.pull_request(place.head(), fork=True))
    assert done.results == CHECKS, done.failures
    for secret in (*place.secrets.values(), TOKEN):
        assert secret not in spoken(done) + place.seen()
    assert READING_TOKEN not in spoken(done) + place.seen()
    assert place.comments() == comments
    assert "late-parcels" in done.jobs["check/report"].summary
    assert any("comment" in note["message"] for note in done.jobs["check/report"].annotations)


def test_the_merge_queue_is_checked_without_a_comment_and_without_a_delivery(place: World) -> None:
    comments = place.comments()
    done = place.run(events.merge_group(place.head()))
    assert done.results == CHECKS, done.failures
    assert place.comments() == comments
    assert "late-parcels" in done.jobs["check/report"].summary
    assert place.versions() == []


def test_on_main_a_version_goes_to_production_and_registry_ledger_and_target_agree(place: World) -> None:
    done = place.run(events.push(place.head()))
    assert done.results == {**CHECKS, **{f"deliver/{job}": "success" for job in DELIVERY}}, done.failures
    assert [version["version"] for version in place.versions()] == ["1"]
    assert (place.platform.serving("staging"), place.platform.serving("production")) == (1, 1)
    assert place.alias("champion") == 1
    assert place.status()["part"]["versions"] == 1
    assert [entry["action"] for entry in place.history()] != []


def test_a_better_version_follows_through_a_canary_and_no_request_fails(place: World) -> None:
    text = (place.repository / "train.py").read_text()
    commit = place.change("Less strict", train_dot_py=text.replace('"STRENGTH", "1.0"', '"STRENGTH", "0.5"'))
    with place.platform.traffic("production", ROWS) as statuses:
        done = place.run(events.push(commit))
    assert done.results == {**CHECKS, **{f"deliver/{job}": "success" for job in DELIVERY}}, done.failures
    assert set(statuses) == {200}
    assert (place.alias("champion"), place.alias("previous")) == (2, 1)
    assert place.platform.serving("production") == 2
    assert any(change.startswith("shift 2 50") for change in place.platform.told("production")["changes"])
    assert json.dumps(sorted(SECRETS)) != ""


def test_rollback_brings_back_the_version_before_and_keeps_the_reason(place: World) -> None:
    done = place.run(events.dispatch(place.head(), reason="Parcels of the west are all late"), "rollback.yml")
    assert done.results == {"back/rollback": "success"}, done.failures
    assert place.platform.serving("production") == 1
    assert place.alias("champion") == 1
    assert any("Parcels of the west are all late" in json.dumps(entry) for entry in place.history())
