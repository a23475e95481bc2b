"""The `.trainstop` folder: where each thing lives between verbs. Owns names of paths, and nothing of their contents."""

import os
from dataclasses import dataclass
from pathlib import Path

from trainstop import digests, files
from trainstop.bundles import Bundle
from trainstop.errors import ConfigurationError, out_of_room

COMPLETE = ".complete.json"
"""In the folder of an environment, marks that it was made to its end; its modification time says when it was used."""


@dataclass(frozen=True)
class Workspace:
    """The folders of one project. `project` is the folder of the configuration file; all else is below `.trainstop`."""

    project: Path

    @property
    def root(self) -> Path:
        """The folder that holds everything trainstop keeps; may be deleted when nothing is deployed from it."""
        return self.project / ".trainstop"

    def create(self) -> None:
        """Make the folder, and let git overlook it: a result that was committed would be believed.

        Raises:
            ConfigurationError: something else has that name, or nothing may be written there.

        """
        mark = self.root / ".gitignore"
        try:
            if not mark.exists():
                files.write_text(mark, "# Made by trainstop.\n*\n")
        except OSError as error:
            if out_of_room(error) is not None:
                raise
            what = error.strerror if self.root.is_dir() or not os.path.lexists(self.root) else "it is no folder"
            raise ConfigurationError(
                f"trainstop cannot keep its files in `{self.root.name}`: {what}",
                where=str(self.root),
                fix="move it out of the way, or let this user write there; trainstop makes it when it is missing",
            ) from error

    @property
    def results(self) -> Path:
        """One JSON record a verb."""
        return self.root / "results"

    @property
    def page(self) -> Path:
        """What `report` shows in a browser."""
        return self.root / "report.html"

    def lock(self, verb: str) -> Path:
        """What a verb holds that may not run twice at once in this folder."""
        return self.root / f"{verb}.lock"

    def memory(self, verb: str) -> Path:
        """The record of a verb for as long as nothing is touched."""
        return self.root / f"untouched-{verb}.json"

    @property
    def candidate(self) -> Bundle:
        """What `train` made."""
        return Bundle(self.root / "candidate")

    @property
    def champion(self) -> Bundle:
        """What `baseline` fetched."""
        return Bundle(self.root / "champion")

    @property
    def trainings(self) -> Path:
        """Complete earlier trainings, a folder a fingerprint."""
        return self.root / "trainings"

    @property
    def environments(self) -> Path:
        """Virtual environments of projects and models, a folder a digest of their lock."""
        return self.root / "environments"

    @property
    def logs(self) -> Path:
        """Output of child processes, a file a command."""
        return self.root / "logs"

    @property
    def outbox(self) -> Path:
        """What would go to GitHub when there is none."""
        return self.root / "outbox"

    @property
    def scratch(self) -> Path:
        """Room for one stage's temporary files."""
        return self.root / "scratch"

    @property
    def database(self) -> Path:
        """The embedded registry: MLflow on SQLite."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """The embedded registry's files."""
        return self.root / "mlartifacts"

    @property
    def versions(self) -> Path:
        """Verified copies of registered versions, a folder a manifest digest."""
        return self.root / "versions"

    def version(self, manifest: str) -> Path:
        """The verified copy of the version with this manifest digest."""
        return self.versions / digests.short(manifest, 32)

    def target(self, environment: str) -> Path:
        """State of the deployment target of one environment."""
        return self.root / "targets" / environment

    def target_states(self) -> list[Path]:
        """What the targets of all environments that keep something here know."""
        return sorted(self.root.glob("targets/*/state.json"))

    def monitoring(self, environment: str) -> Path:
        """What monitoring keeps between runs for one environment."""
        return self.root / "monitoring" / environment
