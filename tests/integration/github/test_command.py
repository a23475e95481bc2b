"""The command in a job of GitHub Actions: what reaches GitHub, the summary, the outputs, and the exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.fakes.delivering import world
from tests.fakes.github.clock import START
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import TOKEN, event_file, surroundings

from trainstop.records.watching import AlertPart, Incident, MonitorPart, Signal

WORKFLOWS = Path(__file__).parents[3] / ".github" / "workflows"


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
    github.world.rights = {"issues": "read", "pull-requests": "read"}
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


def rights_of(workflow: str, verb: str) -> dict[str, str]:
    """Return the rights that a job of ours has, in which a verb talks to GitHub."""
    jobs = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"]
    (found,) = [job["permissions"] for job in jobs.values() if f"actions/{verb}" in str(job["steps"])]
    return dict(found)


@pytest.mark.parametrize(
    ("workflow", "verb"),
    [("ci.yml", "report"), ("cd.yml", "preflight"), ("monitor.yml", "alert"), ("monitor.yml", "react")],
)
def test_the_rights_of_our_jobs_are_enough_and_none_is_too_much(
    project: Path, github: FakeGitHub, workflow: str, verb: str
) -> None:
    github.world.environments["production"] = {"protection_rules": [], "deployment_branch_policy": None}
    github.world.workflows["train.yml"] = {"reason"}
    place = world(project)
    place.evaluate()
    signal = Signal(name="performance:auc", level="act", reason="it fell")
    incident = Incident(key="performance", level="act", title="worse", signals=("performance:auc",))
    found = {"signals": (signal,), "incidents": (incident,)}
    place.record(MonitorPart(environment="production", model_version=3, as_of=START, **found))
    due = {"reaction": "retrain", "reason": "it fell", "incident": "performance", "as_of": START}
    place.record(AlertPart(environment="production", **due), at=START)
    rights = {name: level for name, level in rights_of(workflow, verb).items() if name in github.world.rights}
    options = {"react": ["--retrain-workflow", "train.yml"], "preflight": ["--allow-unprotected"]}.get(verb, [])
    github.world.rights = rights
    assert call(project, github, verb, *options).returncode == 0
    assert github.seen
    for name in rights:
        github.world.rights = {other: level for other, level in rights.items() if other != name}
        done = call(project, github, verb, *options)
        assert done.returncode != 0 or "may not comment" in done.stderr, (name, done.stderr)


def test_react_starts_the_workflow_once(project: Path, github: FakeGitHub) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    part = AlertPart(reaction="retrain", reason="it fell", environment="production", incident="performance")
    world(project).record(part.model_copy(update={"as_of": START}), at=START)
    for _ in range(2):
        done = call(project, github, "react", "--retrain-workflow", "train.yml")
        assert done.returncode == 0, done.stderr
    assert len(github.world.runs) == 1
