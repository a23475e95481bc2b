"""The line as a person runs it: the console command, a small project, its own environment, a real registry."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)

HERE = Path(__file__).parent / "project"
EXAMPLE = Path(__file__).parents[3] / "example-project"
TRAINSTOP = Path(sys.executable).with_name("trainstop")
CHECKS = ("lint", "test", "train", "baseline", "evaluate", "model-test", "report")


@dataclass(frozen=True)
class Outcome:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass(frozen=True)
class Project:
    """A project's folder, and the command run in it."""

    folder: Path

    def call(self, *arguments: str) -> Outcome:
        start = time.monotonic()
        done = subprocess.run([TRAINSTOP, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - start)

    def record(self, stage: str) -> dict[str, Any]:
        path = self.folder / ".trainstop" / "results" / f"{stage}.json"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def versions(self) -> int:
        status = self.call("status", "--json")
        assert status.code == 0, status.err
        return int(json.loads(status.out)["part"]["versions"])


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    someone = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *someone, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project whose change was checked and registered."""
    folder = tmp_path_factory.mktemp("line") / "late parcels"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("__pycache__", ".trainstop", "data"))
    shutil.copy(EXAMPLE / "requirements.txt", folder)
    (folder / ".gitignore").write_text(".trainstop/\ndata/\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "A model")
    project = Project(folder)
    done = project.call("run", "--to", "register")
    assert done.code == 0, done.out + done.err
    return project


def test_a_change_goes_from_lint_to_one_version_and_leaves_a_record_of_every_stage(project: Project) -> None:
    for stage in (*CHECKS, "register"):
        assert project.record(stage)["status"] == "passed", stage
    assert "late-parcels" in (project.folder / ".trainstop/outbox/comment.md").read_text()


def test_run_again_the_training_is_restored_with_its_reason_and_there_is_still_one_version(project: Project) -> None:
    done = project.call("run", "--from", "train", "--to", "register")
    assert done.code == 0, done.out + done.err
    train = project.record("train")
    assert train["part"]["restored"] is True
    assert "nothing it depends on changed" in done.out
    assert project.versions() == 1


def test_trained_twice_with_nothing_changed_the_version_is_the_same(project: Project) -> None:
    assert project.call("train", "--force").code == 0
    assert project.record("train")["part"]["restored"] is False
    done = project.call("run", "--from", "baseline", "--to", "register")
    assert done.code == 0, done.out + done.err
    assert project.record("register")["part"]["created"] is False
    assert project.versions() == 1


def test_from_evaluate_goes_on_from_the_records(project: Project) -> None:
    before = project.record("train")["started_at"]
    done = project.call("run", "--from", "evaluate", "--to", "report")
    assert done.code == 0, done.out + done.err
    assert project.record("train")["started_at"] == before
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("✓")] == [
        "evaluate",
        "model-test",
        "report",
    ]


@pytest.fixture
def records_kept(project: Project) -> Iterator[None]:
    """Put the records back as they were, after a test that makes others."""
    results = project.folder / ".trainstop" / "results"
    kept = {path: path.read_bytes() for path in results.iterdir()}
    yield
    for path in results.iterdir():
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.mark.usefixtures("records_kept")
def test_a_metric_under_its_gate_ends_the_line_with_gate_value_interval_and_limit(project: Project) -> None:
    done = project.call("run", "--from", "evaluate", "--to", "register", "--set", "gates.auc.min=0.99")
    assert done.code == 1
    line = next(line for line in done.out.splitlines() if "auc" in line and "0.99" in line)
    value = project.record("evaluate")
    gate = next(check for check in value["checks"] if check["status"] == "failed")
    for number in (gate["value"], *gate["interval"]):
        assert f"{number:.3g}"[:4] in line, line
    assert "report" in done.out
    assert "register" not in done.out


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_key(project: Project) -> None:
    file = project.folder / "misspelt.toml"
    file.write_text((project.folder / "trainstop.toml").read_text() + "\n[tests]\ncommand = 'x'\n")
    done = project.call("evaluate", "--config", str(file))
    number = file.read_text().splitlines().index("[tests]") + 1
    assert done.code == 2
    assert f"misspelt.toml:{number}" in done.err
    assert "`test`" in done.err


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Give the address of a server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        held: list[socket.socket] = []
        over = threading.Event()

        def hold() -> None:
            while not over.is_set():
                try:
                    held.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=hold)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join()
        for connection in held:
            connection.close()


@pytest.fixture
def no_server() -> str:
    """Give an address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.usefixtures("records_kept")
@pytest.mark.parametrize(
    "command", ["register", "baseline --set registry.timeout=2s", "history --set registry.timeout=2s"]
)
def test_a_tracking_server_that_is_down_is_said_within_half_a_minute(
    project: Project, no_server: str, command: str
) -> None:
    done = project.call(*command.split(), "--set", f"registry.uri={no_server}")
    assert done.code == 3, done.out + done.err
    assert done.seconds < 30
    assert no_server in done.err
    assert "fix:" in done.err
    assert "Traceback" not in done.err


def test_a_view_without_the_registry_shows_the_rest_and_says_what_is_missing(project: Project, no_server: str) -> None:
    done = project.call("status", "--set", f"registry.uri={no_server}", "--set", "registry.timeout=2s")
    assert "inconclusive" in done.out
    assert "the registry did not answer" in done.out


@pytest.mark.usefixtures("records_kept")
def test_a_tracking_server_that_says_nothing_is_given_up_within_half_a_minute(
    project: Project, silent_server: str
) -> None:
    done = project.call("register", "--set", f"registry.uri={silent_server}")
    assert done.code == 3, done.out + done.err
    assert done.seconds < 30
    assert silent_server in done.err


@pytest.mark.usefixtures("records_kept")
def test_a_record_changed_by_hand_is_not_believed(project: Project) -> None:
    predictions = next((project.folder / ".trainstop" / "candidate").rglob("predictions.parquet"))
    kept = predictions.read_bytes()
    predictions.write_bytes(kept[:-8] + b"changed!")
    try:
        done = project.call("register")
    finally:
        predictions.write_bytes(kept)
    assert done.code != 0
    assert "Traceback" not in done.err
