import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.processes import ChildProcesses
from trainstop.adapters.targets.command import CommandTarget, last_object
from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import ConfigurationError, ProjectCodeError, TimeLimitError
from trainstop.workspace import Workspace

SCRIPT = """
import json, os, sys
known = {name: value for name, value in os.environ.items() if name.startswith(("TRAINSTOP_", "CLOUD"))}
with open("calls.jsonl", "a") as calls:
    calls.write(json.dumps([sys.argv[1], known]) + "\\n")
print("chatter {not json}")
print(json.dumps({
    "current": {"serving": 3, "last_good": 2, "traffic": {"3": 90, "4": 10}, "endpoint": "http://live", "more": 1},
    "health": {"ready": True, "address": "http://four"},
    "observe": {"requests": 50, "errors": 1, "refused": 2, "p95_seconds": 0.1},
}.get(sys.argv[1], {}), indent=1))
"""
STEPS = ("prepare", "shift", "health", "observe", "commit", "abort", "current", "stop")


def target(project: Path, *, commands: dict[str, str] | None = None, **section: Any) -> CommandTarget:
    (project / "cloud.py").write_text(SCRIPT)
    own = {step: f"{sys.executable} cloud.py {step}" for step in STEPS}
    workspace = Workspace(project)
    environ = {"PATH": os.environ["PATH"], "CLOUD_TOKEN": "cloud-secret-value", "OTHER_TOKEN": "other-secret-value"}
    return CommandTarget(
        "production",
        EnvironmentSection(target="command", commands=own if commands is None else commands, **section),
        workspace,
        ChildProcesses(environ, workspace.logs),
        None,
        SystemClock(),
        None,
    )


def calls(project: Path) -> list[Any]:
    return [json.loads(line) for line in (project / "calls.jsonl").read_text().splitlines()]


def test_each_step_is_told_what_it_is_about(tmp_path: Path) -> None:
    made = target(tmp_path)
    bundle = Bundle(tmp_path / "bundle")
    made.prepare(4, bundle)
    made.shift(4, 25)
    made.commit(4)
    made.abort(4)
    made.stop()
    common = {
        "TRAINSTOP_ENVIRONMENT": "production",
        "TRAINSTOP_VERSION": "4",
        "TRAINSTOP_BUNDLE": str(bundle.root.resolve()),
    }
    assert calls(tmp_path) == [
        ["prepare", common],
        ["shift", {**common, "TRAINSTOP_PERCENT": "25"}],
        ["commit", common],
        ["abort", common],
        ["stop", {"TRAINSTOP_ENVIRONMENT": "production"}],
    ]


def test_what_commands_print_is_read(tmp_path: Path) -> None:
    made = target(tmp_path)
    now = made.current()
    assert (now.serving, now.last_good, now.traffic, now.endpoint) == (3, 2, {3: 90, 4: 10}, "http://live")
    assert made.health(4).ready
    assert made.address(4) == "http://four"
    seen = made.observe(4)
    assert (seen.requests, seen.errors, seen.refused, seen.p95_seconds, seen.p50_seconds) == (50, 1, 2, 0.1, None)


def test_only_secrets_that_are_named_get_there(tmp_path: Path) -> None:
    target(tmp_path).commit(4)
    target(tmp_path, secrets=("CLOUD_TOKEN",)).commit(4)
    assert ["CLOUD_TOKEN" in known for _, known in calls(tmp_path)] == [False, True]


@pytest.mark.parametrize(
    ("strategy", "missing"),
    [("all-at-once", "current"), ("blue-green", "shift"), ("canary", "observe"), ("canary", "abort")],
)
def test_a_strategy_without_its_commands_is_refused_at_once(tmp_path: Path, strategy: Any, missing: str) -> None:
    commands = {step: "true" for step in STEPS if step != missing}
    with pytest.raises(ConfigurationError, match=missing):
        target(tmp_path, commands=commands, strategy=strategy)


def test_a_failing_command_is_a_failure_with_its_last_words(tmp_path: Path) -> None:
    commands = dict.fromkeys(STEPS, "bash -c 'echo quota exceeded; exit 3'")
    made = target(tmp_path, commands=commands)
    with pytest.raises(ProjectCodeError, match="`commit` failed: exit code 3") as failure:
        made.commit(4)
    assert "quota exceeded" in failure.value.where
    assert "quota exceeded" in made.health(4).reason
    assert not made.health(4).ready


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    made = target(tmp_path, commands=dict.fromkeys(STEPS, "sleep 60"), start_timeout=0.3)
    with pytest.raises(TimeLimitError, match="`commit`"):
        made.commit(4)


@pytest.mark.parametrize(
    "printed", ["nothing", "[1]", '{"traffic": {}}', '{"serving": "three"}', '{"serving": 3, "traffic": {"3": "all"}}']
)
def test_what_cannot_be_read_is_never_taken_for_something(tmp_path: Path, printed: str) -> None:
    (tmp_path / "printed").write_text(printed)
    made = target(tmp_path, commands=dict.fromkeys(STEPS, "cat printed"))
    with pytest.raises(ProjectCodeError, match="did not print what is needed"):
        made.current()


def test_counts_below_zero_are_no_observation(tmp_path: Path) -> None:
    (tmp_path / "printed").write_text('{"requests": 10, "errors": -1}')
    with pytest.raises(ProjectCodeError):
        target(tmp_path, commands=dict.fromkeys(STEPS, "cat printed")).observe(4)


def test_a_version_is_ready_when_nobody_says_how_to_tell(tmp_path: Path) -> None:
    commands = dict.fromkeys(("commit", "abort", "current", "shift"), "true")
    made = target(tmp_path, commands=commands)
    assert made.health(4).ready
    assert made.address(4) == ""


def test_the_last_object_of_a_text_is_taken() -> None:
    assert last_object('{"a": 1}\nlog\n{\n "b": {\n  "c": 2\n }\n}\n') == {"b": {"c": 2}}
    for text in ("", "no object", '{"a": 1}\nafterwards'):
        with pytest.raises(ValueError, match="no JSON object"):
            last_object(text)


@pytest.mark.parametrize(
    ("printed", "traffic", "told"),
    [
        ('{"serving": 3}', {3: 100}, False),
        ('{"serving": 3, "traffic": null, "last_good": 2, "prepared": [1, 2, 3]}', {3: 100}, False),
        ('{"serving": null}', {}, False),
        ('{"serving": 3, "traffic": {}}', {}, True),
        ('{"serving": 3, "traffic": {"3": 90, "4": 10}}', {3: 90, 4: 10}, True),
    ],
)
def test_traffic_that_is_not_told_is_taken_to_be_the_serving_versions(
    tmp_path: Path, printed: str, traffic: dict[int, int], told: bool
) -> None:
    (tmp_path / "printed").write_text(printed)
    now = target(tmp_path, commands=dict.fromkeys(STEPS, "cat printed")).current()
    assert (now.traffic, now.told) == (traffic, told)
