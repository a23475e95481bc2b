"""What git knows of the project: where a run comes from, and what came with the checkout."""

import re
import shutil
import subprocess
from pathlib import Path

from trainstop.errors import ConfigurationError
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


def require_own(folder: Path) -> None:
    """Refuse a folder of ours that came with the checkout: who wrote the change wrote the results in it, too.

    Raises:
        ConfigurationError: it is a link, or git tracks something in it.

    """
    if folder.is_symlink():
        raise ConfigurationError(
            f"`{folder.name}` is a link, and in a job its content must be trainstop's own",
            where=str(folder),
            fix=f"git rm --cached {folder.name}, and commit that",
        )
    if not folder.exists():
        return
    # In a container the checkout is another user's; a monitor of changes would be a command of the repository's.
    careful = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")
    tracked = _git(folder.parent, *careful, "ls-files", "--", folder.name)
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
