"""The standard lock file, `pylock.toml` (PEP 751)."""

from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments.uv import Uv


@dataclass(frozen=True)
class Pylock:
    """A `pylock.toml`."""

    path: Path

    def key(self) -> str:
        """Digest of the file."""
        return digests.of_file(self.path)

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Copy it: it is pinned and hashed already."""
        del uv, python
        out.write_bytes(self.path.read_bytes())

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install from it; uv checks its hashes."""
        del pinned
        uv.run(
            "pip", "sync", "--allow-empty-requirements", "--python", python, self.path, about="pip sync"
        )  # fmt: skip
