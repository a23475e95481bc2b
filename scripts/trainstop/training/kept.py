"""Complete earlier trainings: kept whole, verified when taken back, and only the last few of them."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from trainstop import digests
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError
from trainstop.records import Results
from trainstop.records.base import Frozen
from trainstop.records.training import Fingerprint, TrainPart
from trainstop.workspace import Workspace

KEPT = 5
DESCRIPTION = "kept.json"
ABANDONED_SECONDS = 86400.0


class Kept(Frozen):
    """What is written beside a kept bundle."""

    format: Literal[1] = 1
    part: TrainPart
    manifest: str
    """Digest of the bundle's manifest."""
    profile: str
    """Digest of the settings that the reference profile was made with."""
    judged: tuple[str, ...] = ()
    """Files of the project that are judged instead of a model, by the configuration."""
    outputs: dict[str, str] = {}
    """Digests of those that the training wrote, by name relative to the project."""
    warnings: tuple[tuple[str, str], ...] = ()
    """What the training was warned about: names and reasons."""


def folder(workspace: Workspace, fingerprint: Fingerprint) -> Path:
    """Where the training with this fingerprint is kept."""
    return workspace.trainings / digests.short(fingerprint.digest)


def find(workspace: Workspace, fingerprint: Fingerprint) -> Kept | None:
    """Return the complete training with this fingerprint, if it is kept; an unreadable one is none."""
    try:
        content = (folder(workspace, fingerprint) / DESCRIPTION).read_bytes()
        kept = Kept.model_validate_json(content)
    except (OSError, ValidationError):
        return None
    return kept if kept.part.fingerprint == fingerprint else None


def restore(workspace: Workspace, kept: Kept) -> Bundle:
    """Put a copy of a kept training in the candidate's place, with the outputs it wrote into the project.

    Raises:
        InputError: a kept file was changed or is missing; the training is then forgotten.

    """
    place = folder(workspace, kept.part.fingerprint)
    try:
        Bundle(place / "bundle").verify(kept.manifest)
        _verify_outputs(place / "outputs", kept)
    except InputError:
        with discarding(workspace) as trash:
            place.rename(trash / "damaged")
        raise
    with discarding(workspace) as room:
        copy = room / "candidate"
        shutil.copytree(place / "bundle", copy)
        (copy / MANIFEST).unlink()
        for name, digest in kept.outputs.items():
            _put_back(place / "outputs" / name, workspace.project / name, digest)
        put_candidate(workspace, copy)
    (place / DESCRIPTION).touch()
    return workspace.candidate


def _put_back(kept: Path, place: Path, digest: str) -> None:
    """Copy an output to its place; one that is there and the same is not touched."""
    if place.is_file() and digests.of_file(place) == digest:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(kept, place)


def champions(workspace: Workspace, fingerprint: Fingerprint) -> TrainPart | None:
    """Return the champion's training, if `baseline` fetched its model and it is the one with this fingerprint."""
    try:
        record = Results(workspace.champion.records).find(TrainPart)
    except InputError:  # of another version of trainstop
        return None
    part = record.part if record else None
    same = part is not None and part.fingerprint == fingerprint and part.model_digest != ""
    return part if same and (workspace.champion.model / "MLmodel").is_file() else None


def restore_champion(workspace: Workspace, part: TrainPart) -> Bundle:
    """Put a copy of the champion, without what was found about it, in the candidate's place.

    Raises:
        InputError: its model or its lock is not what its training recorded.

    """
    champion = workspace.champion
    files = sorted(path for path in champion.model.rglob("*") if path.is_file())
    found = digests.of_files(champion.model, files), digests.of_file(champion.environment)
    if found != (part.model_digest, part.environment_lock):
        raise InputError(
            "the champion's model is not what its training recorded", where=str(champion.root), fix="train again"
        )
    judged = (MANIFEST, champion.records.name, champion.predictions.name, champion.golden.name)
    with discarding(workspace) as room:
        copy = room / "candidate"
        shutil.copytree(champion.root, copy, ignore=lambda at, _: judged if Path(at) == champion.root else ())
        put_candidate(workspace, copy)
    return workspace.candidate


def written(project: Path, names: Iterable[str], *, since: float) -> dict[str, str]:
    """Return the files that changed since a time (seconds since 1970), with room for their digests."""
    paths = {name: project / name for name in names}
    return {name: "" for name, path in paths.items() if path.is_file() and path.stat().st_mtime >= since - 2.0}


def _verify_outputs(outputs: Path, kept: Kept) -> None:
    """Compare kept outputs with their digests."""
    for name, digest in kept.outputs.items():
        if not (outputs / name).is_file() or digests.of_file(outputs / name) != digest:
            raise InputError(f"a kept output was changed: {name}", where=str(outputs), fix="train again")


def keep(workspace: Workspace, bundle: Bundle, kept: Kept) -> None:
    """Keep a copy of a training; it counts from the rename that ends this, and not before.

    Args:
        workspace: where it is kept.
        bundle: what the training made; copied.
        kept: its description; the manifest and the outputs' digests are filled in here.

    """
    place = folder(workspace, kept.part.fingerprint)
    with discarding(workspace) as room:
        whole = room / "kept"
        shutil.copytree(bundle.root, whole / "bundle")
        outputs = {}
        for name in kept.outputs:
            (whole / "outputs" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(workspace.project / name, whole / "outputs" / name)
            outputs[name] = digests.of_file(whole / "outputs" / name)
        manifest = Bundle(whole / "bundle").seal()
        described = kept.model_copy(update={"manifest": manifest, "outputs": outputs})
        (whole / DESCRIPTION).write_text(described.model_dump_json(indent=1), encoding="utf-8")
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(room / "older")
        whole.rename(place)
        _forget_all_but(workspace, KEPT, room)


def _forget_all_but(workspace: Workspace, count: int, trash: Path) -> None:
    """Remove the trainings that were not used for longest."""
    places = [path for path in workspace.trainings.iterdir() if (path / DESCRIPTION).is_file()]
    places.sort(key=lambda path: (path / DESCRIPTION).stat().st_mtime, reverse=True)
    for place in places[count:]:
        place.rename(trash / place.name)


def put_candidate(workspace: Workspace, made: Path) -> None:
    """Put a finished bundle in the candidate's place by a rename."""
    remove_candidate(workspace)
    made.rename(workspace.candidate.root)


def remove_candidate(workspace: Workspace) -> None:
    """Remove the candidate by a rename, so that there is never half of one."""
    if workspace.candidate.root.exists():
        with discarding(workspace) as trash:
            workspace.candidate.root.rename(trash / "candidate")


@contextmanager
def discarding(workspace: Workspace) -> Iterator[Path]:
    """Give a folder on the same disk for what is moved away or not yet whole; it is removed afterwards."""
    workspace.scratch.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix="train-", dir=workspace.scratch))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def sweep(workspace: Workspace, now: float) -> None:
    """Remove what trainings that were killed left in the scratch folder a day before `now` (seconds since 1970)."""
    for room in workspace.scratch.glob("train-*"):
        if now - room.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(room, ignore_errors=True)


def words(part: TrainPart) -> str:
    """Say where a restored training comes from."""
    at = f" {part.trained_at:%Y-%m-%d %H:%M} UTC" if part.trained_at else ""
    commit = f" on commit {part.trained_commit[:12]}" if part.trained_commit else ""
    return f"nothing it depends on changed since it was trained{at}{commit}"
