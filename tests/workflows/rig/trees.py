"""Our tree and the caller's as git repositories that act can run: full references, a fresh machine before each job."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from trainstop.rendering import render

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
LIBRARY = "trainstop/trainstop"
REF = "v1"
UNUSED = ("benchmarks", "docs", "example-project", "tests")
"""No action looks there, and act copies the whole repository for each step that uses one."""
ANY_USES = re.compile(r"""^\s*(?:-\s+)?uses:\s*["']?([^"'\s#]+)""", re.MULTILINE)
OF_A_JOB = re.compile(r"\bneeds\.(?P<job>[A-Za-z_][\w-]*)\.outputs\.(?P<name>[\w-]+)")
GRANTS = {"read": 1, "write": 2}


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, untouched by the machine's own settings; return what it said."""
    someone = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *someone, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    """Commit everything in a folder; return the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def tracked(source: Path, under: str = ".") -> list[str]:
    """Return what git would commit of a folder, changes not yet committed included."""
    names = git(source, "ls-files", "--cached", "--others", "--exclude-standard", "-z", under)
    return [name for name in names.split("\0") if name and (source / name).is_file()]


def copy(source: Path, names: Iterable[str], target: Path) -> None:
    """Copy files by name."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name, follow_symlinks=False)


def workflow_files(folder: Path) -> list[Path]:
    """Return a repository's workflows."""
    return sorted(path for path in (folder / ".github" / "workflows").glob("*.y*ml"))


def load(path: Path) -> dict[str, Any]:
    """Read a workflow; YAML 1.1 takes its key `on` for a truth value."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in content:
        content = {"on": content.pop(True), **content}
    return dict(content)


def save(path: Path, workflow: Mapping[str, Any]) -> None:
    """Write a workflow."""
    path.write_text(yaml.safe_dump(dict(workflow), sort_keys=False, width=10_000), encoding="utf-8")


def prepared(workflow: dict[str, Any], name: str, ceiling: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a workflow whose jobs each begin on a fresh machine.

    Args:
        workflow: as it is in the repository.
        name: it gets this name, which the log is read by.
        ceiling: what the caller's job grants; None when nobody calls it.

    """
    jobs = {}
    for job_id, job in workflow["jobs"].items():
        if "steps" not in job:
            jobs[job_id] = job
            continue
        granted = permissions_of(workflow, job, ceiling)
        first = {
            "name": "A fresh machine",
            "shell": "bash",
            "run": 'python3 "$RIG_FRESH"',
            "env": {"RIG_PERMISSIONS": json.dumps(granted)},
        }
        jobs[job_id] = {
            **without_outputs_of_skipped_jobs(job),
            "steps": [first, *without_outputs_of_skipped_jobs(job["steps"])],
        }
    return {**workflow, "name": name, "jobs": jobs}


def without_outputs_of_skipped_jobs(part: Any) -> Any:
    """Return a part of a workflow in which a skipped job's outputs are empty, as on GitHub.

    act gives the expression they are made by as if it were their value.
    """
    if isinstance(part, str):
        return OF_A_JOB.sub(r"(needs.\g<job>.result != 'skipped' && needs.\g<job>.outputs.\g<name> || '')", part)
    if isinstance(part, list):
        return [without_outputs_of_skipped_jobs(each) for each in part]
    if isinstance(part, dict):
        return {name: without_outputs_of_skipped_jobs(each) for name, each in part.items()}
    return part


def permissions_of(
    workflow: Mapping[str, Any], job: Mapping[str, Any], ceiling: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what a job's token may do: its own grants, else the workflow's, and never more than its caller's job has.

    A repository's default is taken to be the strict one, `contents: read`.
    """
    said = job.get("permissions", workflow.get("permissions", {"contents": "read"}))
    granted = {} if said is None or isinstance(said, str) else dict(said)
    if ceiling is None:
        return granted
    return {
        name: min(grant, ceiling.get(name, ""), key=lambda level: GRANTS.get(level, 0))
        for name, grant in granted.items()
        if ceiling.get(name)
    }


def library(target: Path, source: Path = ROOT, *, ceilings: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """Render our tree into a git repository, with each workflow cut to what its caller's job grants."""
    render(source, target, LIBRARY, REF)
    for name in UNUSED:
        shutil.rmtree(target / name, ignore_errors=True)
    refuse_greed(target, ceilings or {})
    for path in workflow_files(target):
        workflow = load(path)
        if "workflow_call" in workflow["on"]:
            save(path, prepared(workflow, path.stem, (ceilings or {}).get(path.name)))
        else:
            path.unlink()  # our own affairs, which no caller runs
    commit(target, "The library")
    return target


def caller(target: Path, files: Mapping[str, str]) -> None:
    """Write files into a caller's repository; its workflows are made to begin on a fresh machine."""
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")
    for path in workflow_files(target):
        workflow = load(path)
        if workflow.get("name") != path.stem:
            save(path, prepared(workflow, path.stem))


def refuse_greed(library: Path, ceilings: Mapping[str, Mapping[str, str]]) -> None:
    """Check that no called workflow asks for more than its caller's job grants, whatever its jobs' conditions say.

    Raises:
        PermissionError: one does, and GitHub would not even start the run.

    """
    for name, ceiling in ceilings.items():
        workflow = load(library / ".github" / "workflows" / name)
        for job_id, job in workflow["jobs"].items():
            for right, level in permissions_of(workflow, job).items():
                if GRANTS.get(level, 0) > GRANTS.get(ceiling.get(right, ""), 0):
                    raise PermissionError(f"{name}: job {job_id} asks for `{right}: {level}`, which its caller has not")


def startable(repository: Path) -> dict[str, set[str]]:
    """Return the workflows that may be started by hand, each with the names of its inputs."""
    found = {}
    for path in workflow_files(repository):
        events = load(path)["on"]
        if "workflow_dispatch" in events:
            said = events["workflow_dispatch"] if isinstance(events, dict) else None
            found[path.name] = set((said or {}).get("inputs") or {})
    return found


def third_party(*trees: Path) -> set[str]:
    """Return all `owner/name@ref` that trees use and that are not ours."""
    found = set()
    for tree in trees:
        for path in [*tree.rglob("action.yml"), *workflow_files(tree)]:
            for uses in ANY_USES.findall(path.read_text(encoding="utf-8")):
                where, _, ref = uses.partition("@")
                repository = "/".join(where.split("/")[:2])
                if ref and not uses.startswith((".", "$")) and repository != LIBRARY:
                    found.add(f"{repository}@{ref}")
    return found
