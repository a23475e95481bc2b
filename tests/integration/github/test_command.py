"""The command in a job of GitHub Actions: what reaches GitHub, the summary, the outputs, and the exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes.delivering import world
from tests.fakes.github.clock import START
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import TOKEN, event_file, surroundings

from trainstop.records.watching import AlertPart


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "trainstop.toml").write_text('[model]\nname = "delays"\ntask = "binary"\n')
    return tmp_path


def call(project: Path, github: FakeGitHub, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    files = {"GITHUB_OUTPUT": str(project / "output"), "GITHUB_STEP_SUMMARY": str(project / "summary")}
    variables = surroundings(github.address, event_file(project)) | files | more
    return subprocess.run(
        [sys.executable, "-m", "trainstop.cli", *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_report_comments_and_says_where(project: Path, github: FakeGitHub) -> None:
    world(project).evaluate()
    done = call(project, github, "report")
    assert done.returncode == 0, done.stderr
    (body,) = github.world.bodies(7)
    assert "**delays**" in body
    assert "https://github.com/acme/flights/pull/7#issuecomment-" in (project / "output").read_text()
    assert "delays" in (project / "summary").read_text()
    assert not (project / ".trainstop" / "outbox").exists()
    assert TOKEN not in done.stdout + done.stderr


def test_a_fork_gets_the_summary_a_notice_and_exit_0(project: Path, github: FakeGitHub) -> None:
    github.world.rights = {}
    world(project).evaluate()
    done = call(project, github, "report")
    assert done.returncode == 0, done.stderr
    assert "::notice title=trainstop::this job's token may not comment" in done.stderr
    assert "delays" in (project / "summary").read_text()


def test_without_a_token_it_goes_to_the_outbox(project: Path, github: FakeGitHub) -> None:
    world(project).evaluate()
    assert call(project, github, "report", GITHUB_TOKEN="").returncode == 0
    assert (project / ".trainstop" / "outbox" / "comment.md").exists()
    assert not github.seen


def test_preflight_ends_with_1_where_nobody_has_to_approve(project: Path, github: FakeGitHub) -> None:
    github.world.environments["production"] = {"protection_rules": [], "deployment_branch_policy": None}
    assert call(project, github, "preflight").returncode == 1
    done = call(project, github, "preflight", "--allow-unprotected")
    assert done.returncode == 0, done.stderr
    assert "unprotected<<" in (project / "output").read_text()
    assert '"unprotected": true' in (project / ".trainstop" / "results" / "preflight-production.json").read_text()


def test_react_starts_the_workflow_once(project: Path, github: FakeGitHub) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    part = AlertPart(reaction="retrain", reason="it fell", environment="production", incident="performance")
    world(project).record(part.model_copy(update={"as_of": START}), at=START)
    for _ in range(2):
        done = call(project, github, "react", "--retrain-workflow", "train.yml")
        assert done.returncode == 0, done.stderr
    assert len(github.world.runs) == 1
