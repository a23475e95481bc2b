"""What reaches GitHub holds no secret, with a token just as without: one door masks, whichever forge is behind it."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.fakes.delivering import world
from tests.fakes.github.clock import START, VirtualClock
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import event_file, surroundings

from trainstop import cli
from trainstop.records.watching import AlertPart, Incident, MonitorPart, Signal

NAMED = "Zq" + hashlib.sha256(b"named").hexdigest()[:22]
"""The value of a variable whose name says that it is secret."""
PUBLISHED = "hf" + "_" + hashlib.sha256(b"published").hexdigest()[:34]
"""A key that gives itself away; put together here, for scanners of this code."""
BOTH = f"{NAMED} {PUBLISHED}"
CONFIG = f"""
[model]
name = "delays"
task = "binary"
description = "of {BOTH}"
[alert]
reaction = "retrain"
labels = ["of {BOTH}"]
"""


@pytest.fixture(params=["a token", "no token"])
def project(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    github: FakeGitHub,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A project in a job, with secrets in its configuration and its records."""
    monkeypatch.setattr("trainstop.live_ports.SystemClock", lambda: clock)
    (tmp_path / "job").mkdir()
    (tmp_path / "job/summary").touch()
    variables = surroundings(github.address, event_file(tmp_path), DEPLOY_PASSWORD=NAMED)
    files = {"GITHUB_OUTPUT": str(tmp_path / "job/output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "job/summary")}
    for name, value in (variables | files).items():
        monkeypatch.setenv(name, value)
    if request.param == "no token":
        monkeypatch.delenv("GITHUB_TOKEN")
    (tmp_path / "trainstop.toml").write_text(CONFIG)
    place = world(tmp_path)
    place.evaluate(reason=f"because of {BOTH}")
    signal = Signal(name="performance:auc", level="act", reason=f"it fell: {BOTH}")
    incident = Incident(key="performance", level="act", title=f"worse: {BOTH}", signals=("performance:auc",))
    place.record(
        MonitorPart(environment="production", model_version=3, as_of=START, signals=(signal,), incidents=(incident,))
    )
    return tmp_path


def everything(project: Path, github: FakeGitHub, printed: str) -> str:
    """Return all that left us: for GitHub, the runner, the outbox, and whoever reads the log."""
    folders = [project / "job", project / ".trainstop/outbox"]
    files = [path.read_text() for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path.read_text() for path in project.glob(".trainstop/report.html")]
    return "\n".join([printed, repr([asked.body for asked in github.seen]), *files])


def test_report_alert_and_react_tell_no_secret(project: Path, github: FakeGitHub, clock: VirtualClock) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    printed = []
    for arguments in (["report"], ["alert"], ["react", "--retrain-workflow", "train.yml"]):
        clock.sleep(60)
        done = CliRunner().invoke(cli.cli, [arguments[0], "--config", str(project), *arguments[1:]])
        assert done.exit_code == 0, done.output
        printed.append(done.output)
    told = everything(project, github, "\n".join(printed))
    assert "because of ***" in (project / ".trainstop/report.html").read_text()
    assert "***" in told
    assert NAMED not in told
    assert PUBLISHED not in told
    wrote = {asked.path.rsplit("/", 1)[-1] for asked in github.seen if asked.method == "POST"}
    assert wrote in ({"comments", "issues", "dispatches"}, set())


def test_a_start_asked_for_by_a_record_of_another_job_tells_no_secret(project: Path, github: FakeGitHub) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    part = AlertPart(reaction="retrain", reason=f"it fell: {BOTH}", environment="production", incident="performance")
    world(project).record(part, at=START)
    done = CliRunner().invoke(cli.cli, ["react", "--config", str(project), "--retrain-workflow", "train.yml"])
    assert done.exit_code == 0, done.output
    told = everything(project, github, done.output)
    assert "it fell: ***" in told
    assert NAMED not in told
    assert PUBLISHED not in told
