"""A uv project: installed by uv from its own lock, since only that knows which index each package belongs to."""

from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments.pyproject import wanted
from trainstop.adapters.environments.uv import Uv


@dataclass(frozen=True)
class UvLock:
    """A `uv.lock`, and the folder of the project (it may be below, in a workspace)."""

    path: Path
    project: Path

    def key(self) -> str:
        """Digest of the lock and of which part of it is wanted."""
        return digests.of_value([self.path.read_text(encoding="utf-8"), *self._wanted()])

    def pin(self, uv: Uv, python: Path, out: Path) -> None:
        """Export the lock; needs no network."""
        uv.run(
            "export", "--frozen", "--no-emit-project", "--no-header", "--no-annotate", "--format", "requirements.txt",
            *self._wanted(), "--quiet", "--project", self.project, "--python", python, "--output-file", out,
            about="export",
        )  # fmt: skip

    def install(self, uv: Uv, python: Path, pinned: Path) -> None:
        """Install from the lock itself."""
        del pinned
        uv.run(
            "sync", "--frozen", "--no-install-project", *self._wanted(), "--project", self.project, "--python", python,
            about="sync", environment={"UV_PROJECT_ENVIRONMENT": str(python.parent.parent)},
        )  # fmt: skip

    def _wanted(self) -> tuple[str, ...]:
        return wanted(self.project / "pyproject.toml")
