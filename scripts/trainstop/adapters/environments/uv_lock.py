"""A uv project: installed by uv from its own lock, since only that knows which index each package belongs to."""

from dataclasses import dataclass
from pathlib import Path

from trainstop import digests
from trainstop.adapters.environments import builds, local_packages
from trainstop.adapters.environments.pyproject import wanted
from trainstop.adapters.environments.uv import Uv, reinstall


@dataclass(frozen=True)
class UvLock:
    """A `uv.lock`, and the folder of the project (it may be below, in a workspace)."""

    path: Path
    project: Path

    def files(self) -> list[Path]:
        """Return it alone."""
        return [self.path]

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
        """Install from the lock itself: packages of indexes first, then local ones, whose builds get no password."""
        del pinned
        environment = python.parent.parent
        settings = {"UV_PROJECT_ENVIRONMENT": str(environment)}
        sync: tuple[str | Path, ...] = ("sync", "--frozen", "--no-install-project", *self._wanted())
        sync += ("--project", self.project, "--python", python)
        local = self._local()
        others_only = ("--no-install-workspace", "--no-install-local") if local else ()
        uv.run(*sync, *others_only, about="sync", environment=settings)
        if local:
            builds.install(uv, environment, local.values(), *sync, *reinstall(local), settings=settings)

    def folders(self, project: Path) -> tuple[Path, ...]:
        """Return the local packages that the project's own package leads to."""
        del project
        return tuple(self._local().values())

    def _local(self) -> dict[str, Path]:
        return local_packages.in_uv_lock(self.path, self.project)

    def _wanted(self) -> tuple[str, ...]:
        return wanted(self.project / "pyproject.toml")
