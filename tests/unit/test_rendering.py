"""Rendering: every part of ours by its full name, and nothing else changed."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from trainstop import rendering
from trainstop.cli import cli
from trainstop.errors import ConfigurationError, InputError

ROOT = Path(__file__).parents[2]
STEP = "      - name: Lint\n        uses: $/actions/lint # ours\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    for name in rendering.NEEDED:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(STEP)
    (tree / "README.md").write_text("uses: $/actions/lint\n")
    (tree / "actions" / "setup" / "setup.py").write_text("print()\n")
    (tree / "actions" / "setup" / "setup.py").chmod(0o755)
    (tree / ".venv" / "x").mkdir(parents=True)
    (tree / ".venv" / "x" / "action.yml").write_text(STEP)
    return tree


@pytest.mark.parametrize("line", [
    "uses: $/actions/lint", "- uses: $/actions/lint", '  uses: "$/actions/lint"', "uses: '$/actions/lint'",
    "uses:   $/actions/lint # why",
])  # fmt: skip
def test_a_reference_is_made_full_however_it_is_written(line: str) -> None:
    text, count = rendering.rendered(f"{line}\n", "acme/stop", "v1")
    assert count == 1
    assert yaml.safe_load(text.strip().removeprefix("- ")) == {"uses": "acme/stop/actions/lint@v1"}


@pytest.mark.parametrize(
    "line", ["# uses: $/x", "run: echo $/x", "uses: actions/checkout@v7", "uses: ./x", "path: $/x"]
)
def test_nothing_else_is_touched(line: str) -> None:
    assert rendering.rendered(line, "acme/stop", "v1") == (line, 0)


def test_a_queue_of_many_is_left_out_since_older_servers_refuse_it() -> None:
    group = "concurrency:\n  group: g\n  queue: max\n"
    text, _ = rendering.rendered(group, "acme/stop", "v1")
    assert yaml.safe_load(text) == {"concurrency": {"group": "g"}}
    assert text.count("\n") == group.count("\n")


def test_a_tree_is_rendered_file_by_file(tree: Path, tmp_path: Path) -> None:
    assert rendering.render(tree, tmp_path / "to", "acme/stop", "v1") == len(rendering.NEEDED)
    text = (tmp_path / "to" / rendering.NEEDED[1]).read_text()
    assert text == STEP.replace("$/actions/lint", "acme/stop/actions/lint@v1")
    assert (tmp_path / "to" / "README.md").read_text() == "uses: $/actions/lint\n"
    assert (tmp_path / "to" / "actions" / "setup" / "setup.py").stat().st_mode & 0o111
    assert not (tmp_path / "to" / ".venv").exists()


def test_in_a_repository_only_what_git_knows_of_is_rendered(tree: Path, tmp_path: Path) -> None:
    (tree / ".gitignore").write_text(".venv/\nsecret.txt\n")
    (tree / "secret.txt").write_text("s")
    (tree / "new.md").write_text("n")
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    rendering.render(tree, tmp_path / "to", "acme/stop", "v1")
    assert (tmp_path / "to" / "new.md").exists()
    assert not (tmp_path / "to" / "secret.txt").exists()


def test_our_own_tree_has_no_short_reference_left(tmp_path: Path) -> None:
    count = rendering.render(ROOT, tmp_path / "to", "acme/stop", "v1")
    made = tmp_path / "to"
    yamls = [path for path in made.rglob("*.yml") if rendering.is_github_yaml(path.relative_to(made).as_posix())]
    assert count > 40
    assert len(yamls) > 20
    assert not [path for path in yamls if "uses: $/" in path.read_text()]


ARTIFACTS = re.compile(r"actions/(?:up|down)load-artifact@(\S+)(?: # (\S+))?")
THIRD = {"name", "path", "if-no-files-found", "retention-days", "include-hidden-files"}
"""What both third versions take; an input they do not know would be ignored."""


def test_for_an_enterprise_server_artifacts_travel_by_the_last_version_that_runs_there(tmp_path: Path) -> None:
    rendering.render(ROOT, tmp_path / "to", "acme/stop", "v1", enterprise_server=True)
    files = [path for path in (tmp_path / "to").rglob("*.yml") if rendering.is_github_yaml(path.as_posix())]
    used = {found for path in files for found in ARTIFACTS.findall(path.read_text())}
    assert used == {
        ("c6a3b2bd78b3985e4b2f15397fec357f0fd808de", "v3.2.2-node20"),
        ("ad191675b41f6a5b46da9a048cb6893812da158b", "v3.1.0-node20"),
    }
    for path in files:
        for job in yaml.safe_load(path.read_text()).get("jobs", {}).values():
            steps = [step for step in job.get("steps", []) if "-artifact@" in step.get("uses", "")]
            assert all(set(step["with"]) <= THIRD for step in steps), path


@pytest.mark.parametrize("line", [
    "- uses: actions/upload-artifact@v7", '  uses: "actions/upload-artifact@0123456789" # v7.0.0',
    "uses: 'actions/upload-artifact@main'   # why",
])  # fmt: skip
def test_an_artifact_action_is_found_however_it_is_written(line: str) -> None:
    made = yaml.safe_load(rendering.with_older_artifacts(f"{line}\n").strip().removeprefix("- "))
    assert made == {"uses": "actions/upload-artifact@c6a3b2bd78b3985e4b2f15397fec357f0fd808de"}


def test_elsewhere_artifacts_travel_by_the_newest_version(tmp_path: Path) -> None:
    rendering.render(ROOT, tmp_path / "to", "acme/stop", "v1")
    ci = ".github/workflows/ci.yml"
    made, ours = ((place / ci).read_text() for place in (tmp_path / "to", ROOT))
    assert ARTIFACTS.findall(made) == ARTIFACTS.findall(ours) != []


def test_a_way_of_writing_that_is_not_known_is_said(tree: Path, tmp_path: Path) -> None:
    (tree / rendering.NEEDED[0]).write_text("steps: [{uses: $/actions/lint}]\n")
    with pytest.raises(InputError, match="not known"):
        rendering.render(tree, tmp_path / "to", "acme/stop", "v1")


@pytest.mark.parametrize("repository", ["acme", "acme/", "/stop", "a/b/c", "acme/st op", "-a/b", "acme/${{ x }}"])
def test_what_is_no_repository_is_refused(tree: Path, tmp_path: Path, repository: str) -> None:
    with pytest.raises(ConfigurationError, match="not a repository"):
        rendering.render(tree, tmp_path / "to", repository, "v1")


@pytest.mark.parametrize("ref", ["", "-x", "a b", "a..b", "v1\n", "a//b", "@{1}", "v1 # x"])
def test_what_is_no_reference_is_refused(tree: Path, tmp_path: Path, ref: str) -> None:
    with pytest.raises(ConfigurationError, match="not a reference"):
        rendering.render(tree, tmp_path / "to", "acme/stop", ref)


def test_nothing_is_rendered_over_anything(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "mine").write_text("mine")
    with pytest.raises(InputError, match="holds something"):
        rendering.render(tree, tmp_path / "to", "acme/stop", "v1")


def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a checkout of trainstop"):
        rendering.render(tmp_path, tmp_path / "to", "acme/stop", "v1")


@pytest.mark.parametrize("name", ["ci", "cd", "monitor", "rollback"])
def test_a_called_workflow_can_be_dispatched_and_tells_its_outputs(name: str) -> None:
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    called = yaml.safe_load(text)
    made = yaml.safe_load(rendering.as_dispatch(text))
    assert made["on"] == {"workflow_dispatch": {"inputs": called[True]["workflow_call"]["inputs"]}}
    jobs = dict(made["jobs"])
    last = jobs.pop(rendering.LAST_JOB)
    assert jobs == called["jobs"]
    assert last["needs"] == list(jobs)
    wanted = {f"O_{output}" for output in called[True]["workflow_call"]["outputs"]}
    assert wanted | {"NEEDS"} == set(last["steps"][0]["env"])
    assert "jobs." not in str(last["steps"][0]["env"])


def test_what_others_cannot_call_cannot_be_dispatched() -> None:
    with pytest.raises(InputError, match="not a workflow that others can call"):
        rendering.as_dispatch("on: push\njobs: {}\n")


def test_the_command_line_renders_and_says_what_is_missing(tree: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["render", "acme/stop", "v1", "--from", str(tree), "--to", str(tmp_path / "to")])
    assert done.exit_code == 0
    assert "2 references to acme/stop@v1" in done.output
    server = ["render", "acme/stop", "v1", "--from", str(tree), "--to", str(tmp_path / "server"), "--enterprise-server"]
    assert "the server must have" in CliRunner().invoke(cli, server).output
    assert CliRunner().invoke(cli, ["render", "acme/stop"]).exit_code == 2
    gone = CliRunner().invoke(cli, ["render", "--dispatch", str(tmp_path / "none.yml")])
    assert gone.exit_code == 2
    assert "No such file" in gone.output
