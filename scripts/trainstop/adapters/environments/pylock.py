"""The standard lock file, `pylock.toml` (PEP 751)."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments import builds, local_packages
from trainstop.adapters.environments.uv import Uv, reinstall

REMOTE = "pylock.remote.toml"
BLOCK = re.compile(r"^(?=\[\[packages\]\]|\[(?!\[?packages\b))", re.MULTILINE)
"""Before each package, and before each table that belongs to none."""


@dataclass(frozen=True)
class Pylock:
    """A `pylock.toml`."""

    path: Path

    def files(self) -> list[Path]:
        """Return it alone."""
        return [self.path]

    def key(self) -> str:
        """Digest of the file."""
        return digests.of_file(self.path)

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Copy it: it is pinned and hashed already."""
        del uv, python
        out.write_bytes(self.path.read_bytes())

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install from it, local packages last and without passwords; uv checks its hashes."""
        del pinned
        environment = python.parents[1]
        sync = ("pip", "sync", "--allow-empty-requirements", "--python", python)
        local = local_packages.in_pylock(self.path)
        if not local:
            uv.run(*sync, self.path, about="pip sync")
            return
        remote = environment / REMOTE
        if text := without_local(self.path.read_text(encoding="utf-8")):
            remote.write_text(text, encoding="utf-8")
            uv.run(*sync, remote, about="pip sync")
        builds.install(uv, environment, local.values(), *sync, *reinstall(local), self.path)

    def folders(self, project: Path) -> tuple[Path, ...]:
        """Return the local packages it names."""
        del project
        return tuple(local_packages.in_pylock(self.path).values())


def without_local(text: str) -> str:
    """Return a `pylock.toml` without its local packages; empty where none are left, or they cannot be told apart.

    There is nothing here that writes TOML, so blocks of lines are left out, and what is left is compared.
    """
    first, *blocks = BLOCK.split(text)
    kept = [block for block in blocks if not _is_local(block)]
    left = first + "".join(kept)
    tables = tomllib.loads(text)
    wanted = [each for each in tables["packages"] if not local_packages.pylock_place(each)]
    try:
        same = tomllib.loads(left) == tables | {"packages": wanted}
    except tomllib.TOMLDecodeError:
        return ""
    return left if same and wanted else ""


def _is_local(block: str) -> bool:
    try:
        packages = tomllib.loads(block).get("packages", [])
    except tomllib.TOMLDecodeError:
        return False
    return any(local_packages.pylock_place(each) for each in packages)
