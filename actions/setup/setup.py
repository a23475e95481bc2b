"""Make an environment for trainstop from the commit this action is of, and say where its command is.

Runs in whatever `python3` there is, before anything is installed, so it needs the standard library alone. What it
installs is locked by hash, comes as wheels (nothing is built), and goes below `RUNNER_TEMP`, outside the workspace and
off the PATH. A second call adds the groups that are missing.

It starts in the workspace, in jobs that may hold a right to write, so nothing of the workspace may run here or be
believed: this script and every Python it starts are isolated (`-I`), children start in the root folder, and of the
variables that an earlier step may have set only those reach them that say where packages come from.
"""

from __future__ import annotations  # an older Python shall come as far as being told that it is too old

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (3, 11)
NOWHERE = "/"
"""Where children start: uv takes `uv.toml`, `pyproject.toml` and `.venv` from its folder or one above it."""
REACHES = "INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CACHE_DIR|NO_CACHE|CONFIG_FILE|KEYRING_PROVIDER"
SOURCES = re.compile(
    f"PIP_({REACHES}|NO_INDEX|NO_CACHE_DIR|CERT|CLIENT_CERT|PROXY|TRUSTED_HOST|TIMEOUT|DEFAULT_TIMEOUT|RETRIES|"
    "NO_INPUT|USE_FEATURE|USE_DEPRECATED)"
    f"|UV_({REACHES}|DEFAULT_INDEX|INDEX_.+|NATIVE_TLS|SYSTEM_CERTS|INSECURE_HOST|HTTP_.+|REQUEST_TIMEOUT|OFFLINE|"
    "CREDENTIALS_DIR|LINK_MODE|CONCURRENT_.+)"
)
"""Variables by which a runner's administrator says where packages come from and how they are fetched."""


def key(root: Path) -> str:
    """Name an environment after the commit's locks and place, so that two versions of trainstop never share one."""
    digest = hashlib.sha256(str(root).encode())
    for lock in sorted((root / "requirements").glob("*.txt")):
        digest.update(lock.read_bytes())
    return digest.hexdigest()[:16]


def wanted(text: str, root: Path) -> list[str]:
    """Return the groups that were asked for; refuse one that has no lock."""
    groups = text.split()
    known = {path.stem for path in (root / "requirements").glob("*.txt")}
    unknown = [group for group in groups if not re.fullmatch("[a-z]+", group) or group not in known]
    if unknown:
        sys.exit(f"trainstop: there is no dependency group {unknown[0][:100]!a}")
    return groups


def lock(root: Path, group: str) -> Path:
    """Return the lock of a group."""
    return root / "requirements" / f"{group}.txt"


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what children get of the environment: of what steers Python, pip and uv, only where packages come from."""
    steers = re.compile("(PYTHON|PIP_|UV_).*|VIRTUAL_ENV|CONDA_PREFIX")
    return {name: value for name, value in environ.items() if not steers.fullmatch(name) or SOURCES.fullmatch(name)}


def call(*command: object) -> None:
    """Run a command; what it says goes to the log."""
    done = subprocess.run([str(part) for part in command], check=False, cwd=NOWHERE, env=inherited(os.environ))
    if done.returncode:
        sys.exit(
            f"trainstop: {Path(str(command[0])).name} failed with exit code {done.returncode}; its words are above"
        )


def get_uv(root: Path, place: Path) -> Path:
    """Install uv by hash, with the pip there is, else with one of a throw-away environment."""
    program = place / "bin" / "uv"
    if not program.exists():
        python = Path(sys.executable)
        probe = (python, "-I", "-m", "pip", "--version")
        if subprocess.run(probe, check=False, capture_output=True, cwd=NOWHERE, env=inherited(os.environ)).returncode:
            call(python, "-I", "-m", "venv", place / "pip")
            python = place / "pip" / "bin" / "python"
        quiet = ("--quiet", "--disable-pip-version-check", "--root-user-action=ignore")
        locked = ("--no-deps", "--only-binary=:all:", "--require-hashes", "-r", lock(root, "bootstrap"))
        call(python, "-I", "-m", "pip", "install", *quiet, *locked, "--upgrade", "--target", place)
    return program


def install(root: Path, place: Path, groups: list[str]) -> Path:
    """Install what is missing of the groups; return the command."""
    environment = place / "environment"
    python = environment / "bin" / "python"
    command = place / "trainstop"
    done = place / "groups"
    have = set(done.read_text().split()) if done.exists() else set()
    missing = [group for group in ["core", *groups] if group not in have]
    if missing:
        uv = get_uv(root, place / "uv")
        if not python.exists():
            call(
                uv, "venv", "--quiet", "--no-project", "--python", sys.executable, "--no-python-downloads", environment
            )
        locks = [part for group in missing for part in ("--requirements", lock(root, group))]
        call(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--no-build", *locks)
        link(root, environment, command, python)
        done.write_text(" ".join(sorted(have | set(missing))))
    return command


def link(root: Path, environment: Path, command: Path, python: Path) -> None:
    """Let the environment find trainstop in its checkout, and write the command that starts it.

    `-I` keeps out PYTHONPATH, the user's own packages and the folder of the project.
    """
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "trainstop.pth").write_text(f"{root / 'scripts'}\n")
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} -I -m trainstop.cli "$@"\n')
    command.chmod(0o755)


def main() -> None:
    """Set up, and set the output."""
    if sys.version_info < NEEDED:
        here = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"trainstop: needs Python 3.11 or newer, and python3 is {here}; run actions/setup-python before it")
    place = Path(os.environ["RUNNER_TEMP"]).resolve() / "trainstop" / key(ROOT)
    place.mkdir(parents=True, exist_ok=True)
    command = install(ROOT, place, wanted(os.environ.get("TRAINSTOP_GROUPS", ""), ROOT))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as output:
        output.write(f"command={command}\n")


if __name__ == "__main__":
    main()
