"""What git knows of the project, for provenance. A project without git has none, and that is no error."""

import re
import shutil
import subprocess
from pathlib import Path

from trainstop.records import Provenance
from trainstop.settings import Settings

SECONDS = 10.0


def provenance(settings: Settings, project: Path) -> Provenance:
    """Say where and for whom this run happens: the runner's word first, then git's, then the folder's name."""
    remote = _git(project, "config", "--get", "remote.origin.url")
    return Provenance(
        repository=settings.repository or repository_of(remote) or project.resolve().name,
        commit=settings.commit or _git(project, "rev-parse", "HEAD"),
        dirty=bool(_git(project, "status", "--porcelain", "--untracked-files=no", "--", ".")),
        ref=settings.ref or _git(project, "symbolic-ref", "--quiet", "HEAD"),
        actor=settings.actor,
        run_url=settings.run_url,
    )


def repository_of(remote: str) -> str:
    """Return `owner/name` of a remote address, without host or credentials; empty when it is no such address."""
    match = re.search(r"[:/]([^/:\s]+/[^/\s]+?)(?:\.git)?/?$", remote) if "://" in remote or "@" in remote else None
    return match[1] if match else ""


def _git(project: Path, *arguments: str) -> str:
    """Return what a git command prints, or nothing."""
    program = shutil.which("git")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-C", str(project), *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
