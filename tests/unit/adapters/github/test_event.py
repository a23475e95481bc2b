"""The event's file: which pull request a run is about, from a file that strangers have a hand in."""

import json
from pathlib import Path
from typing import Any

import pytest

from trainstop.adapters.github.answers import ListedPull
from trainstop.adapters.github.event import checked_run, pull_request
from trainstop.adapters.github.inbox import opened
from trainstop.errors import InputError
from trainstop.ports.inbox import CheckedRun, only_one

SHA = "a" * 40


def written(folder: Path, content: Any) -> Path:
    path = folder / "event.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_pull_request_has_its_number_and_head(tmp_path: Path) -> None:
    path = written(tmp_path, {"pull_request": {"number": 7, "head": {"sha": SHA, "repo": None}}, "more": 1})
    pull = pull_request("pull_request", path)
    assert pull is not None
    assert (pull.number, pull.head.sha) == (7, SHA)


@pytest.mark.parametrize("name", ["push", "merge_group", "schedule", "workflow_dispatch", "pull_request_target", ""])
def test_other_events_are_about_none(name: str, tmp_path: Path) -> None:
    assert pull_request(name, tmp_path / "missing") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        {},
        {"pull_request": None},
        {"pull_request": {"number": 0, "head": {"sha": SHA}}},
        {"pull_request": {"number": "7/../8", "head": {"sha": SHA}}},
        {"pull_request": {"number": 7, "head": {"sha": "main; id"}}},
        {"pull_request": {"number": 7}},
    ],
)
def test_a_file_that_does_not_say_is_an_error(content: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        pull_request("pull_request", written(tmp_path, content))


def test_no_file_is_an_error() -> None:
    with pytest.raises(InputError):
        pull_request("pull_request", None)


OWNER = {"id": 1, "full_name": "acme/flights", "owner": {"login": "acme"}}


def ended(**changes: Any) -> dict[str, Any]:
    run = {
        "id": 5,
        "run_attempt": 2,
        "html_url": "https://github.com/acme/flights/actions/runs/5",
        "event": "pull_request",
        "path": ".github/workflows/model.yml",
        "head_sha": SHA,
        "head_branch": "change",
        "head_repository": {"id": 2, "full_name": "mallory/flights", "owner": {"login": "mallory"}},
        "actor": {"login": "mallory"},
        **changes,
    }
    return {"workflow_run": run, "repository": OWNER, "more": 1}


def test_a_run_that_ended_has_its_number_its_workflow_and_its_branch(tmp_path: Path) -> None:
    run = checked_run("workflow_run", written(tmp_path, ended()))
    assert (run.number, run.attempt, run.workflow, run.commit) == (5, 2, "model.yml", SHA)
    assert (run.owner, run.repository, run.repository_id, run.branch) == ("mallory", "mallory/flights", 2, "change")
    assert not run.own


def test_a_branch_of_the_repository_itself_is_told_by_number_and_not_by_name(tmp_path: Path) -> None:
    assert checked_run("workflow_run", written(tmp_path, ended(head_repository={**OWNER, "full_name": "x/y"}))).own
    assert not checked_run("workflow_run", written(tmp_path, ended(head_repository={**OWNER, "id": 2}))).own


def test_what_is_gone_is_empty(tmp_path: Path) -> None:
    gone = {"head_repository": None, "head_branch": None, "actor": None}
    run = checked_run("workflow_run", written(tmp_path, ended(**gone)))
    assert (run.owner, run.repository_id, run.branch, run.actor, run.own) == ("", 0, "", "", False)


@pytest.mark.parametrize("content", ["", "[]", {}, {"workflow_run": {}}, {"workflow_run": ended()["workflow_run"]}])
def test_a_file_that_does_not_say_which_run_ended_is_an_error(content: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say which run has ended"):
        checked_run("workflow_run", written(tmp_path, content))


@pytest.mark.parametrize("name", ["pull_request", "push", ""])
def test_another_event_is_of_no_run_that_ended(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run has ended"):
        checked_run(name, written(tmp_path, ended()))


def test_a_pull_request_whose_repository_is_gone_is_nobodys() -> None:
    pull = ListedPull.model_validate({"number": 7, "head": {"sha": SHA, "repo": None}})
    run = CheckedRun(number=5, attempt=1, address="", event="", workflow="", commit=SHA, repository_id=2)
    assert "no open pull request" in str(only_one(run, [opened(pull)]))
