"""`trainstop train` where nothing was touched: at once, and the same record as if it were looked for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from tests.integration.train.conftest import Project, ThisInterpreter

from trainstop import cli, file_states, wiring
from trainstop.live_ports import LivePorts

CONFIG = """\
[model]
name = "m"
task = "regression"

[data]
train = ["{data}"]
target = "y"

[train]
command = "python train.py"

[evaluate]
metrics-file = "metrics.json"
"""
TRAIN = "import json\njson.dump({'rmse': 2.5}, open('metrics.json', 'w'))\n"


class Kept:
    """A watch that only says what it was to remember."""

    def __init__(self) -> None:
        self.records: list[str] = []

    def remember(self, record: str, rows: list[str]) -> bool:
        del rows
        self.records.append(record)
        return True


class Line:
    """`trainstop train` on a project, and how often the verb really ran."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = project.folder
        self.ran = 0
        perform = wiring.perform

        def counted(*arguments: Any) -> Any:
            self.ran += 1
            return perform(*arguments)

        monkeypatch.setattr(wiring, "perform", counted)

    def train(self, *options: str, data: str = "") -> str:
        if data:
            (self.folder / "trainstop.toml").write_text(CONFIG.format(data=data))
        done = CliRunner().invoke(cli.cli, ["train", "--config", str(self.folder), "--quiet", *options])
        assert done.exit_code == 0, done.output
        return done.output

    def record(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / ".trainstop/results/train.json").read_text())
        return content


@pytest.fixture
def line(project: Project, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(LivePorts, "environments", ThisInterpreter())
    monkeypatch.setattr(file_states, "STILL_MOVING_SECONDS", -1e9)  # what the test wrote just now counts as settled
    project.write("train.py", TRAIN)
    project.write("trainstop.toml", CONFIG.format(data="train.parquet"))
    return Line(project, monkeypatch)


def told(line: Line) -> None:
    """Train, have it restored, and see the third command told from memory."""
    for _ in range(2):
        line.train()
    before = line.ran
    assert before == 2
    line.train()
    assert line.ran == before


def test_the_record_and_the_words_are_those_of_a_run_that_looked(line: Line) -> None:
    line.train()
    looked, looked_record = line.train(), line.record()
    again, record = line.train(), line.record()
    assert line.ran == 2
    times = ("started_at", "duration_seconds")
    assert {**record, **dict.fromkeys(times)} == {**looked_record, **dict.fromkeys(times)}
    assert record["started_at"] > looked_record["started_at"]
    assert again.splitlines()[0].startswith("✓ train: passed in ")
    assert again.splitlines()[1:] == looked.splitlines()[1:]
    assert json.loads(line.train("--json")) | dict.fromkeys(times) == record | dict.fromkeys(times)
    assert line.ran == 2


def test_a_first_training_is_looked_for_once_more(line: Line) -> None:
    """Its record says that it trained, which the next one must not."""
    line.train()
    assert not line.record()["part"]["restored"]
    line.train()
    assert line.record()["part"]["restored"]
    assert line.ran == 2


@pytest.mark.parametrize(("restored", "elsewhere", "kept"), [(True, (), 1), (False, (), 0), (True, ("../x",), 0)])
def test_only_a_record_of_nothing_to_do_is_remembered(restored: bool, elsewhere: tuple[str, ...], kept: int) -> None:
    watch = Kept()
    part = SimpleNamespace(restored=restored, elsewhere=elsewhere)
    record = SimpleNamespace(part=part, error=None, checks=(), stage="train", model_dump_json=lambda: "{}")
    cli._remember(watch, record)  # type: ignore[arg-type]  # stand-ins
    assert len(watch.records) == kept


def test_a_changed_file_trains_again(line: Line) -> None:
    told(line)
    (line.folder / "train.py").write_text(TRAIN.replace("2.5", "3.5"))
    line.train()
    assert not line.record()["part"]["restored"]
    assert json.loads((line.folder / "metrics.json").read_text()) == {"rmse": 3.5}


def test_a_judged_file_that_was_touched_is_put_back(line: Line) -> None:
    told(line)
    (line.folder / "metrics.json").write_text('{"rmse": 0.0}')
    line.train()
    assert json.loads((line.folder / "metrics.json").read_text()) == {"rmse": 2.5}


def test_a_forced_training_trains(line: Line) -> None:
    told(line)
    line.train("--force")
    assert not line.record()["part"]["restored"]


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "GITHUB_OUTPUT"])
def test_a_job_is_always_looked_at(line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Its step waits for outputs and annotations."""
    told(line)
    value = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output")}[name]
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(cli, "_performed", lambda *_, **__: pytest.fail("looked at"))
    with pytest.raises(pytest.fail.Exception):
        CliRunner().invoke(cli.cli, ["train", "--config", str(line.folder)], catch_exceptions=False)


def outside(line: Line) -> str:
    (line.folder.parent / "shared.parquet").write_bytes((line.folder / "train.parquet").read_bytes())
    return "../shared.parquet"


def of_a_tool(line: Line) -> str:
    (line.folder / ".cache").mkdir()
    (line.folder / ".cache/train.parquet").write_bytes((line.folder / "train.parquet").read_bytes())
    return ".cache/*.parquet"


@pytest.mark.parametrize("place", [outside, of_a_tool])
def test_data_that_the_folder_does_not_show_is_looked_at_each_time(line: Line, place: Callable[[Line], str]) -> None:
    data = place(line)
    line.train(data=data)
    for _ in range(3):
        assert data in line.train()
    assert line.ran == 4
    assert data in line.record()["part"]["elsewhere"]


def test_a_file_touched_just_now_is_looked_at_until_it_has_settled(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_states, "STILL_MOVING_SECONDS", 600.0)
    for _ in range(3):
        line.train()
    assert line.ran == 3


def test_a_memory_cannot_make_a_terminal_do_anything(line: Line) -> None:
    told(line)
    memory = line.folder / ".trainstop/untouched-train.json"
    content = json.loads(memory.read_text())
    content["rows"] = ["  \x1b[2Jgone  ##[error]x\n::error::y"]
    content["record"]["reason"] = "\x1b[31mred ##[error]w\n::warning::z"
    memory.write_text(json.dumps(content))
    output = line.train()
    assert line.ran == 2
    assert "\x1b" not in output
    assert "##[" not in output + line.train("--json")
    assert not [each for each in output.splitlines() if each.startswith("::")]


def test_it_ends_before_anything_heavy_is_imported(line: Line) -> None:
    told(line)
    code = (
        "import sys\nfrom trainstop import cli\n"
        f"sys.argv = ['trainstop', 'train', '--config', {str(line.folder)!r}]\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('pydantic', 'trainstop.config', 'trainstop.wiring') if name in sys.modules])"
    )
    argv = [sys.executable, "-c", code]
    # Libraries set variables behind Python's back, which a child would see and this process does not.
    done = subprocess.run(argv, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[0].startswith("✓ train: passed in "), done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
