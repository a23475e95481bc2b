"""A newcomer clones the repository and types what the README says, command after command."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.integration.newcomer.judging import Bench, word

from trainstop import verbs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[3]
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
COMMAND_ANYWHERE = re.compile(r"^ *\$ (.+)$", re.MULTILINE)
NOT_HERE = {"stop", "preflight", "newest", "react", "pack", "unpack", "receive", "fetch"}
"""Verbs that end it all, that ask GitHub or a workflow, or that carry things between jobs or from elsewhere."""
OURS = ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


@dataclass(frozen=True)
class Clone:
    """A fresh copy of the repository, and a shell in it."""

    folder: Path

    @property
    def kept(self) -> Path:
        return self.folder / "example-project" / ".trainstop"

    def type(self, command: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if name not in OURS}
        here = self.folder / folder
        first = [str(place / ".venv" / "bin") for place in dict.fromkeys((here, self.folder))]
        environ["PATH"] = os.pathsep.join([*first, environ["PATH"]])
        argv = ["bash", "-c", command]
        return subprocess.run(
            argv, cwd=here, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def record(self, stage: str) -> dict[str, Any]:
        return dict(json.loads((self.kept / "results" / f"{stage}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Give a copy of what git would carry, with its tools; end what is left running in it."""
    folder = tmp_path_factory.mktemp("newcomer") / "trainstop"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    clone = Clone(folder)
    tools = clone.type("make setup")
    yield clone if not tools.returncode else pytest.fail(tools.stdout[-8000:])
    for environment in ("staging", "production"):
        clone.type(f"trainstop stop --config example-project --environment {environment}")


TO_REGISTER = "trainstop run --config example-project/trainstop.toml --to register"


def test_on_a_fresh_clone_the_example_is_registered_and_run_again_it_is_restored_and_one_version(clone: Clone) -> None:
    first = clone.type(TO_REGISTER)
    assert first.returncode == 0, first.stdout[-8000:]
    assert clone.record("train")["part"]["restored"] is False
    again = clone.type(TO_REGISTER)
    assert again.returncode == 0, again.stdout[-8000:]
    train = clone.record("train")
    assert train["part"]["restored"] is True
    assert "nothing it depends on changed" in train["reason"]
    assert train["reason"] in again.stdout
    assert clone.record("register")["part"]["created"] is False
    status = clone.type("trainstop status --config example-project/trainstop.toml --json --quiet")
    assert json.loads(status.stdout)["part"]["versions"] == 1


@pytest.fixture(scope="module")
def bench(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Give what the example's first model answered to June and July."""
    if not (clone.kept / "candidate" / "predictions.parquet").exists():
        clone.type(TO_REGISTER)
    answered = pd.read_parquet(clone.kept / "candidate" / "predictions.parquet")
    return Bench(tmp_path_factory.mktemp("judged") / "project", answered, clone)


def test_the_example_s_champion_is_not_worse_than_itself(bench: Bench) -> None:
    code, record, _ = bench.judge(bench.answered, bench.answered)
    assert (code, word(record, "auc"), word(record, "log_loss")) == (0, "no worse", "no worse")


def test_an_equally_good_model_that_disagrees_is_not_worse(bench: Bench) -> None:
    code, record, _ = bench.judge(bench.with_noise(0.4, 1), bench.with_noise(0.4, 2))
    assert code == 0
    assert {word(record, "auc"), word(record, "log_loss")} <= {"no worse", "better"}


def test_a_planted_loss_is_worse_and_blocks(bench: Bench) -> None:
    code, record, comment = bench.judge(bench.with_noise(2.0, 1), bench.answered)
    assert (code, word(record, "auc")) == (1, "worse")
    assert "worse" in comment.splitlines()[0] or "worse" in comment[:1500]


def test_300_rows_of_three_days_are_too_few_and_what_would_be_enough_is_said(bench: Bench) -> None:
    days = sorted(bench.answered["day"].unique())[:3]
    few = bench.answered["day"].isin(days).to_numpy().nonzero()[0][:300]
    code, record, _ = bench.judge(bench.with_noise(0.4, 1).iloc[few], bench.answered.iloc[few])
    (check,) = [check for check in record["checks"] if check["name"] == "auc vs champion"]
    assert (code, word(record, "auc"), check["status"]) == (0, "cannot tell", "warned")
    assert "intervals need 20" in check["reason"]


def test_a_gain_that_hides_the_loss_of_one_slice_is_led_by_that_slice(bench: Bench) -> None:
    lost = (bench.answered["origin"] == "LGA").to_numpy()
    candidate = bench.with_noise(4.0, 3, rows=lost)
    champion = bench.with_noise(1.5, 4, rows=~lost)
    _, record, comment = bench.judge(candidate, champion)
    assert word(record, "auc") in {"better", "no worse"}
    (worst, *_) = [each for each in record["checks"] if each["name"].startswith("auc in ")]
    assert worst["name"] == "auc in origin = LGA vs champion"
    assert "LGA" in comment[:1200], comment[:2000]


@pytest.fixture(scope="module")
def demonstrated(clone: Clone) -> Clone:
    """Give the clone after the demo."""
    demo = clone.type("make demo")
    return clone if not demo.returncode else pytest.fail(demo.stdout[-8000:])


def test_the_demo_leaves_everything_it_speaks_of(demonstrated: Clone) -> None:
    clone = demonstrated
    for verb in verbs.VERBS:
        if verb.name not in NOT_HERE:
            assert list((clone.kept / "results").glob(f"{verb.name}*.json")), verb.name
    assert "flight-delay" in (clone.kept / "outbox" / "comment.md").read_text(encoding="utf-8")
    issue = json.loads((clone.kept / "outbox" / "issues" / "1.json").read_text(encoding="utf-8"))
    assert issue["state"] == "closed"
    assert next(event["what"] for event in issue["events"]) == "opened"
    assert not (clone.kept / "outbox" / "issues" / "2.json").exists()
    with sqlite3.connect(clone.kept / "mlflow.db") as registry:
        rows = registry.execute("select alias, version from registered_model_aliases where name = 'flight-delay'")
        aliases = dict(rows.fetchall())
    assert aliases["champion"] == 2
    assert aliases["previous"] == 1
    told = [
        (entry["action"], entry["version"], entry["outcome"]) for entry in clone.record("history")["part"]["entries"]
    ]
    for deed in (("promote", 1, "done"), ("promote", 2, "done"), ("deploy", 3, "stopped"), ("rollback", 1, "done")):
        assert deed in told, deed


@pytest.mark.long
def test_every_command_of_the_examples_own_page_works_in_its_order(demonstrated: Clone) -> None:
    page = (demonstrated.folder / "example-project" / "README.md").read_text(encoding="utf-8")
    commands = COMMAND_ANYWHERE.findall(page)
    assert len(commands) == len(re.findall(r"^\s*\$ ", page, re.MULTILINE)) > 6
    for command in commands:
        done = demonstrated.type(command, folder="example-project")
        assert done.returncode == 0, f"{command}\n{done.stdout}"
    again = demonstrated.type("python -m flight_delay.data", folder="example-project")
    assert again.returncode == 0, again.stdout


@pytest.mark.long
def test_every_command_of_the_readme_works_in_its_order(demonstrated: Clone) -> None:
    clone = demonstrated
    commands = COMMAND.findall((clone.folder / "README.md").read_text(encoding="utf-8"))
    for command in commands[2:]:  # `make demo` ran, and `make test` runs before anything lands
        done = clone.type(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
