"""What git knows of the project: where a run comes from, and what came with the checkout."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trainstop.adapters.environ import cleaned
from trainstop.errors import ConfigurationError
from trainstop.settings import Settings

if TYPE_CHECKING:
    from trainstop.records import Provenance

SECONDS = 10.0
CAREFUL = ("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false")
"""In a container the checkout is another user's; a monitor of changes would be a command of the repository's."""


class Standing(NamedTuple):
    """Where a project stands in its repository; empty texts where there is none, and where git does not say."""

    remote: str = ""
    commit: str = ""
    ref: str = ""
    dirty: bool = False
    """Whether a file of the project that git tracks is not as it was committed."""


def provenance(settings: Settings, project: Path) -> "Provenance":
    """Say where and for whom this run happens: the runner's word first, then git's, then the folder's name."""
    from trainstop.records import Provenance  # who only asks where a project stands pays for no record

    stands = standing(project)
    return Provenance(
        repository=settings.repository or repository_of(stands.remote) or project.resolve().name,
        commit=settings.commit or stands.commit,
        dirty=stands.dirty,
        ref=settings.ref or stands.ref,
        actor=settings.actor,
        run_url=settings.run_url,
    )


def standing(project: Path) -> Standing:
    """Ask git where a project stands."""
    options = ("--porcelain=v2", "--branch", "--no-ahead-behind", "--untracked-files=no")
    said = _git(project, "status", *options, "--", ".")
    remote = _git(project, "config", "--get", "remote.origin.url") or ""
    if said is None:  # as where the index is broken, or git is older than 2.17
        dirty = bool(_git(project, "status", "--porcelain", "--untracked-files=no", "--", "."))
        return Standing(remote, _git(project, "rev-parse", "HEAD") or "", _ref(project), dirty)
    lines = said.split("\n")  # and at nothing else that may stand in a name
    about = {name: value for name, _, value in (line.partition(" ") for line in _headers(lines))}
    commit, branch = about.get("branch.oid", ""), about.get("branch.head", "(")
    return Standing(
        remote=remote,
        commit="" if commit == "(initial)" else commit,
        ref=_ref(project) if branch.startswith("(") else f"refs/heads/{branch}",
        dirty=any(line and not line.startswith("# ") for line in lines),
    )


def _headers(lines: Iterable[str]) -> list[str]:
    """Return what git says before it names files."""
    return [line.removeprefix("# ") for line in takewhile(lambda line: line.startswith("# "), lines)]


def _ref(project: Path) -> str:
    """Return the ref that HEAD is; empty where it is a commit."""
    return _git(project, "symbolic-ref", "--quiet", "HEAD") or ""


def require_own(folder: Path) -> None:
    """Refuse a folder of ours that came with the checkout: who wrote the change wrote the results in it, too.

    Raises:
        ConfigurationError: it is a link, git tracks something in it, or what git tracks cannot be known.

    """
    if folder.is_symlink():
        raise ConfigurationError(
            f"`{folder.name}` is a link, and in a job its content must be trainstop's own",
            where=str(folder),
            fix=f"git rm --cached {folder.name}, and commit that",
        )
    # Where git is missing, a checkout comes without a `.git`, and that there is none proves nothing.
    if not folder.exists() or (shutil.which("git") and _repository(folder.parent) is None):
        return
    tracked = _git(folder.parent, "ls-files", "--", folder.name)
    if tracked is None:
        raise ConfigurationError(
            f"git does not say whether `{folder.name}` came with the checkout",
            where=str(folder),
            fix="install git on the runner, or remove the folder before the first step of the job",
        )
    if tracked:
        raise ConfigurationError(
            f"`{folder.name}` came with the checkout, and in a job its content must be trainstop's own",
            where=f"{folder.parent / tracked.splitlines()[0]}, as git tracks it",
            fix=f"git rm -r --cached {folder.name}, and commit that; `trainstop` keeps it out of git from now on",
        )


def repository_of(remote: str) -> str:
    """Return `owner/name` of a remote address, without host or credentials; empty when it is no such address."""
    match = re.search(r"[:/]([^/:\s]+/[^/\s]+?)(?:\.git)?/?$", remote) if "://" in remote or "@" in remote else None
    return match[1] if match else ""


def _repository(project: Path) -> Path | None:
    """Return the folder with the `.git` that a project lies in; None outside of one."""
    here = project.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def _git(project: Path, *arguments: str) -> str | None:
    """Return what a git command prints; None where there is no repository, or git fails.

    Git is told which repository that is, since left to itself it takes any folder with the files of a bare one for a
    repository, and its configuration names commands to run; a checkout can hold such files, and never a `.git`.
    """
    program, root = shutil.which("git"), _repository(project)
    if program is None or root is None:
        return None
    argv = [program, "-C", str(project), f"--git-dir={root / '.git'}", f"--work-tree={root}", *CAREFUL, *arguments]
    environ = {name: value for name, value in cleaned(os.environ).items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            argv,
            env=environ,
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
