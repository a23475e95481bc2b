"""`fetch`: the project's command runs, knows the stretch, sees its own secrets only, and what is there is told."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.watched import FixedClock

from trainstop.adapters.processes import ChildProcesses
from trainstop.config import Config
from trainstop.errors import ConfigurationError, ProjectCodeError, TimeLimitError
from trainstop.job import Job
from trainstop.ports.environments import Interpreter
from trainstop.records import CheckStatus, Provenance, Results, Status
from trainstop.stages import fetch
from trainstop.workspace import Workspace

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
"""A Wednesday."""
BRING = """\
import os, pathlib
pathlib.Path("log").mkdir(exist_ok=True)
said = [os.environ.get(name, "-") for name in ("TRAINSTOP_SINCE", "TRAINSTOP_UNTIL", "TRAINSTOP_ENVIRONMENT",
                                               "DATA_TOKEN", "MLFLOW_TRACKING_TOKEN")]
pathlib.Path("log/one.jsonl").write_text(" ".join(said))
"""


def job(root: Path, **monitor: Any) -> Job:
    def refused() -> Interpreter:
        raise AssertionError("nobody needs an environment where there is nothing to run")

    (root / "bring.py").write_text(BRING)
    basis = {"fetch": "python bring.py", "log": "log/*.jsonl", "windows": [2, 3]}
    config = Config.model_validate(
        {"model": {"name": "m", "task": "binary"}, "monitor": {**basis, **monitor}, "environments": {"shop": {}}}
    )
    workspace = Workspace(root)
    interpreter = Interpreter(Path(sys.executable), "d", "3", "lock")
    environ = {"PATH": os.environ["PATH"], "DATA_TOKEN": "only-reads", "MLFLOW_TRACKING_TOKEN": "writes-too"}
    ports = SimpleNamespace(
        clock=FixedClock(NOW),
        progress=SimpleNamespace(note=lambda text: None),
        processes=ChildProcesses(environ, workspace.logs),
        environments=SimpleNamespace(project=(lambda: interpreter) if config.monitor.fetch else refused),
    )
    return Job(config, workspace, Results(workspace.results), ports, Provenance(repository="r"))  # type: ignore[arg-type]  # what it needs of them


def brought(root: Path) -> list[str]:
    return (root / "log" / "one.jsonl").read_text().split()


def test_the_command_is_told_the_stretch_that_monitor_looks_at(tmp_path: Path) -> None:
    result = fetch.run(job(tmp_path))
    # A batch a week needs the labels of twenty weeks, and some to spare, before this week's Monday.
    assert brought(tmp_path)[:3] == ["2025-09-29T00:00:00+00:00", "2026-03-18T12:00:00+00:00", "production"]
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.since, result.part.until) == (datetime(2025, 9, 29, tzinfo=UTC), NOW)
    assert (result.part.log_files, result.part.label_files) == (1, 0)


def test_the_stretch_may_end_in_the_past_and_the_environment_be_another(tmp_path: Path) -> None:
    fetch.run(job(tmp_path), environment="shop", as_of="2026-03-02")
    assert brought(tmp_path)[:3] == ["2025-09-15T00:00:00+00:00", "2026-03-02T00:00:00+00:00", "shop"]


def test_only_the_secrets_that_are_named_are_given_to_it(tmp_path: Path) -> None:
    fetch.run(job(tmp_path))
    assert brought(tmp_path)[3:] == ["-", "-"]
    fetch.run(job(tmp_path, secrets=["DATA_TOKEN"]))
    assert brought(tmp_path)[3:] == ["only-reads", "-"]


def test_without_a_command_nothing_is_done_and_no_environment_made(tmp_path: Path) -> None:
    result = fetch.run(job(tmp_path, fetch=""))
    assert result.status is Status.SKIPPED
    assert "monitor.fetch" in result.reason
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(("key", "name"), [({"log": "elsewhere/*"}, "log"), ({"labels": ["late/*.csv"]}, "labels")])
def test_files_that_did_not_come_are_a_warning_and_left_for_monitor_to_judge(
    tmp_path: Path, key: dict[str, Any], name: str
) -> None:
    result = fetch.run(job(tmp_path, **key))
    (check,) = [check for check in result.checks if check.name == name]
    assert (result.status, check.status, check.value) == (Status.PASSED, CheckStatus.WARNED, 0)
    assert f"`monitor.{name}`" in check.reason


def test_a_folder_that_is_a_table_came(tmp_path: Path) -> None:
    here = job(tmp_path, log="log/*.parquet")
    (tmp_path / "bring.py").write_text(
        "import pathlib\nfolder = pathlib.Path('log/day.parquet')\nfolder.mkdir(parents=True)\n"
        "(folder / 'part-0.parquet').write_bytes(b'a table')\n"
    )
    result = fetch.run(here)
    assert result.part is not None
    assert (result.status, result.part.log_files) == (Status.PASSED, 1)


def test_a_command_that_fails_says_so_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(ProjectCodeError, match="no such bucket") as caught:
        fetch.run(job(tmp_path, fetch="python -c \"raise SystemExit('no such bucket')\""))
    assert "monitor.fetch" in caught.value.where


def test_a_command_that_hangs_is_ended_and_the_key_that_limits_it_named(tmp_path: Path) -> None:
    with pytest.raises(TimeLimitError) as caught:
        fetch.run(job(tmp_path, fetch='python -c "import time; time.sleep(60)"', **{"fetch-timeout": "1s"}))
    assert "monitor.fetch-timeout" in caught.value.fix


def test_a_time_that_is_none_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no time"):
        fetch.run(job(tmp_path), as_of="yesterday")
    assert not (tmp_path / "log").exists()


def test_an_environment_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no environment"):
        fetch.run(job(tmp_path), environment="shpo")
