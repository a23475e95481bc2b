"""Rendering: the same tree without what older runners and servers do not know: full references in place of `$/`.

Owns which files are YAML of GitHub's and how a reference looks in them. Works on text, so that a rendered line is the
line of the original with the same number.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from trainstop.errors import ConfigurationError, InputError

REFERENCE = re.compile(
    r"""^(?P<key>\s*(?:-\s+)?uses:\s*)(?P<quote>["']?)\$/(?P<path>[^"'\s#]+)(?P=quote)""", re.MULTILINE
)
ANY = re.compile(r"uses:.*\$/")
QUEUE = re.compile(r"^(\s+)(queue: max)$", re.MULTILINE)
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
REF = re.compile(r"(?!.*(\.\.|//|@\{))[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
ARTIFACT = re.compile(
    r"""^(?P<key>\s*(?:-\s+)?uses:\s*)(?P<quote>["']?)actions/(?P<name>(?:up|down)load-artifact)@[^"'\s#]+(?P=quote)"""
    r"(?:[ \t]+#.*)?$",
    re.MULTILINE,
)
ON_ENTERPRISE_SERVER = {
    "upload-artifact": "c6a3b2bd78b3985e4b2f15397fec357f0fd808de # v3.2.2-node20",
    "download-artifact": "ad191675b41f6a5b46da9a048cb6893812da158b # v3.1.0-node20",
}
"""The last versions that run on an Enterprise Server; from the fourth on the actions refuse it, and github.com refuses
these."""
NEEDED = ("actions/setup/action.yml", ".github/workflows/ci.yml")
LEFT = {".git", ".venv", ".cache", ".trainstop", "node_modules", "__pycache__"}
LAST_JOB = "zz-outputs"
PRINT = """\
import json, os
values = {name[2:]: value for name, value in os.environ.items() if name.startswith("O_")}
print("OUTPUTS=" + json.dumps(values))
print("RESULTS=" + json.dumps({name: job["result"] for name, job in json.loads(os.environ["NEEDS"]).items()}))
"""


def render(source: Path, to: Path, repository: str, ref: str, *, enterprise_server: bool = False) -> int:
    """Write a copy of trainstop's tree to `to` and return how many references were made full.

    Args:
        source: a checkout of trainstop.
        to: a folder that is not there yet, or is empty.
        repository: `OWNER/REPO` that the copy will live in.
        ref: branch, tag or commit that it will be used by.
        enterprise_server: whether it will live on a GitHub Enterprise Server.

    Raises:
        ConfigurationError: a repository or reference that cannot be.
        InputError: `source` is no such tree, or `to` holds something.

    """
    _require(source, to, repository, ref)
    total = 0
    for name in _names(source):
        written = to / name
        written.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, written, follow_symlinks=False)
        if is_github_yaml(name):
            text, count = rendered(text_of(source / name), repository, ref)
            if enterprise_server:
                text = with_older_artifacts(text)
            if ANY.search(text):
                raise InputError(
                    "a reference is written in a way that is not known", where=name, fix="write `uses: $/...` alone"
                )
            written.write_text(text, encoding="utf-8")
            total += count
    return total


def text_of(path: Path) -> str:
    """Return a file's text.

    Raises:
        InputError: there is no such file, or it holds no text.

    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        what = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8 text"
        raise InputError(what, where=str(path), fix="name a workflow file") from error


def rendered(text: str, repository: str, ref: str) -> tuple[str, int]:
    """Return a file's text with every `$/path` as `repository/path@ref`, and how many there were.

    `queue: max` becomes a comment: without it a run that waits gives way to a newer one of its group.
    """
    known = QUEUE.sub(r"\1# \2", text)
    return REFERENCE.subn(lambda found: f"{found['key']}{repository}/{found['path']}@{ref}", known)


def with_older_artifacts(text: str) -> str:
    """Return a file's text with the artifact actions that an Enterprise Server can run."""
    return ARTIFACT.sub(
        lambda found: f"{found['key']}actions/{found['name']}@{ON_ENTERPRISE_SERVER[found['name']]}", text
    )


def is_github_yaml(name: str) -> bool:
    """Say whether a file of this name is a workflow or an action."""
    path = PurePosixPath(name)
    workflow = path.parts[-3:-1] == (".github", "workflows") and path.suffix in {".yml", ".yaml"}
    return workflow or path.name in {"action.yml", "action.yaml"}


def as_dispatch(text: str, name: str = "the workflow") -> str:
    """Return a called workflow as one that is started by hand, with a last job that prints outputs and results.

    `act` loses failures, skipped jobs and outputs where one workflow calls another; this form loses none.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        InputError: it is not a workflow that can be called.

    """
    loaded = _mapping(_loaded(text, name), name)
    events = loaded.pop(True, None) or loaded.pop("on", None) or {}  # YAML 1.1 reads the key `on` as true
    if not isinstance(events, dict) or "workflow_call" not in events:
        raise InputError("it is not a workflow that others can call", where="on", fix="name one with `workflow_call`")
    called = _mapping(events["workflow_call"] or {}, f"{name}, key `on.workflow_call`")
    outputs = _mapping(called.get("outputs") or {}, f"{name}, key `on.workflow_call.outputs`")
    values = {
        key: str(_mapping(output, f"{name}, output `{key}` of outputs").get("value")) for key, output in outputs.items()
    }
    jobs = _mapping(loaded.pop("jobs", None), f"{name}, key `jobs`")
    last: dict[str, Any] = {
        "name": "outputs and results",
        "needs": list(jobs),
        "if": "${{ always() }}",
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 5,
        "permissions": {},
        "steps": [
            {
                "name": "Print",
                "shell": "python",
                "env": {
                    "NEEDS": "${{ toJSON(needs) }}",
                    **{f"O_{key}": value.replace("jobs.", "needs.") for key, value in values.items()},
                },
                "run": PRINT,
            }
        ],
    }
    dispatch = {
        "name": loaded.pop("name", "called"),
        "on": {"workflow_dispatch": {"inputs": called.get("inputs") or {}}},
    }
    return yaml.safe_dump({**dispatch, **loaded, "jobs": {**jobs, LAST_JOB: last}}, sort_keys=False, width=1000)


def _loaded(text: str, name: str) -> Any:
    """Read YAML."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # besides what is no YAML: no date, no end of nesting
        mark = getattr(error, "problem_mark", None)
        place = f"{name}, line {mark.line + 1}" if mark else name
        raise InputError("it is not YAML", where=place, fix="correct it, or name a workflow file") from error


def _mapping(value: Any, where: str) -> dict[Any, Any]:
    """Return what must be a mapping."""
    if not isinstance(value, dict):
        raise InputError("it is not a workflow: there is no mapping", where=where, fix="name a workflow file")
    return value


def _require(source: Path, to: Path, repository: str, ref: str) -> None:
    """Refuse what cannot be rendered."""
    if not REPOSITORY.fullmatch(repository):
        raise ConfigurationError(
            f"{json.dumps(repository)} is not a repository",
            where="OWNER/REPO",
            fix="write it as GitHub does: acme/trainstop",
        )
    if not REF.fullmatch(ref):
        raise ConfigurationError(
            f"{json.dumps(ref)} is not a reference", where="REF", fix="a tag, a branch, or a commit's 40 digits"
        )
    missing = [name for name in NEEDED if not (source / name).is_file()]
    if missing:
        raise InputError(
            f"there is no {missing[0]}: it is not a checkout of trainstop",
            where=str(source),
            fix="name one with --from",
        )
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InputError("the folder holds something", where=str(to), fix="name a new folder, or empty this one")


def _names(source: Path) -> list[str]:
    """Return the files of the tree: what git knows of, or all but what is made, outside a repository."""
    git = shutil.which("git") or "git"
    command = [git, "-C", str(source), "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False) if (source / ".git").exists() else None
    if listed is not None and listed.returncode == 0:
        names = [name for name in listed.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
        return sorted(name for name in names if (source / name).is_file())
    found = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not LEFT & set(path.parts))
