"""The event's file: which pull request a run is about, from a file that strangers have a hand in."""

import json
from pathlib import Path
from typing import Any

import pytest

from trainstop.adapters.github.event import pull_request
from trainstop.errors import InputError

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
