"""The bundle: a model and everything that travels with it, as one folder with a manifest of digests.

`train` makes one, `evaluate` adds predictions, `register` uploads it, `deploy` serves from a verified copy.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainstop import digests, files
from trainstop.errors import InputError

MANIFEST = "MANIFEST.json"


@dataclass(frozen=True)
class Bundle:
    """Paths inside a bundle's folder. A part that is not there was not made; `manifest` covers what is."""

    root: Path

    @property
    def model(self) -> Path:
        """MLflow model folder (with `MLmodel`)."""
        return self.root / "model"

    @property
    def environment(self) -> Path:
        """Hashed requirements of everything the model needs to run; see `ports.environments`."""
        return self.root / "environment.txt"

    @property
    def run(self) -> Path:
        """Params, metrics and tags of the training run, as JSON."""
        return self.root / "run.json"

    @property
    def profile(self) -> Path:
        """Reference profile of the training data, with histograms per period, as JSON."""
        return self.root / "profile.json"

    @property
    def golden(self) -> Path:
        """A few rows and what the model answered to them offline, as JSON; see `trainstop.golden`."""
        return self.root / "golden.json"

    @property
    def predictions(self) -> Path:
        """Predictions table of the evaluation data (Parquet)."""
        return self.root / "predictions.parquet"

    @property
    def card(self) -> Path:
        """The model card, as Markdown; written when the version is registered."""
        return self.root / "model-card.md"

    @property
    def seeds(self) -> Path:
        """Bundles of the other seeds' models (`train.seeds`), by seed; they stay where the candidate was trained."""
        return self.root / "seeds"

    def seed(self, number: int) -> "Bundle":
        """Return the bundle of one seed's model: this one for seed 0."""
        return Bundle(self.seeds / str(number)) if number else self

    @property
    def records(self) -> Path:
        """Records of the stages that made and judged this bundle."""
        return self.root / "records"

    def manifest(self) -> dict[str, dict[str, int | str]]:
        """Size in bytes and digest of every file by relative name; refuses symbolic links.

        Raises:
            InputError: the folder holds a symbolic link.

        """
        entries: dict[str, dict[str, int | str]] = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_symlink():
                raise InputError(
                    "a bundle holds a symbolic link", where=str(path), fix="copy the file itself to that place"
                )
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name != MANIFEST:
                entries[name] = {"size": path.stat().st_size, "digest": digests.of_file(path)}
        return entries

    def seal(self) -> str:
        """Write the manifest into the bundle and return its digest."""
        manifest = self.manifest()
        files.write_text(self.root / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        return digests.of_value(manifest)

    def verify(self, digest: str, *, without: Sequence[str] = ()) -> None:
        """Compare every file with the manifest that `digest` names; those named in `without` need not be there.

        Raises:
            InputError: a file is changed, missing, added or a link.

        """
        found = self.manifest()
        if digests.of_value(found) == digest:
            return
        try:
            expected = json.loads((self.root / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            expected = {}
        if isinstance(expected, dict) and digests.of_value(expected) == digest:
            for name in without:
                expected = {key: entry for key, entry in expected.items() if key != name or name in found}
            if found == expected:
                return
        expected = expected if isinstance(expected, dict) else {}
        odd = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise InputError(
            f"a bundle is not what its manifest says: {', '.join(odd[:5]) or 'the manifest itself was changed'}",
            where=str(self.root),
            fix="register the model again; do not change files of a registered version",
        )
