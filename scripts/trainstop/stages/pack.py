"""`pack`: what the next job needs, as one folder whose digest can be told beside it."""

import shutil
from pathlib import Path

from trainstop import __version__, files, packs
from trainstop.bundles import Bundle
from trainstop.config.secret_names import secret_names
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import RegisterPart
from trainstop.records.judging import BaselinePart
from trainstop.records.travelling import PREDICTIONS, Label, PackPart, UnpackPart

OWN = (PackPart.stage, UnpackPart.stage)
"""Records that are about this job's own luggage and stay with it."""


def run(
    job: Job, *, to: str, content: str = "records", environment: str = "production", predictions: bool = False
) -> Result[PackPart]:
    """Copy records, and what goes with them, to a folder of their own.

    Args:
        job: what every stage is given.
        to: the folder; an earlier pack in it gives way.
        content: `records`, `candidate`, `champion`, `numbers` (what is on record of the champion), `version` (which is
            fetched from the registry) or `log`.
        environment: whose inference log.
        predictions: whether the model's predictions, which are rows of customers, travel too.

    Raises:
        ConfigurationError: there is no such environment (`log` only).
        InputError: there is nothing to pack, it holds links or the value of a secret, or `to` holds something else.
        UnavailableError: the registry does not answer (`version` only).

    """
    folder = Path(to)
    packs.require_free(folder)
    shutil.rmtree(folder, ignore_errors=True)
    for source, name in (*_records(job, content), *_with(job, content, environment)):
        packs.copied(source, folder / name)
    # The other seeds' models were judged where they were trained; what they say is in the record.
    shutil.rmtree(Bundle(folder / packs.CANDIDATE).seeds, ignore_errors=True)
    left_out = () if predictions else _leave_out(folder, content)
    _refuse_secrets(job, folder)
    files.write_text(
        folder / packs.LABEL, Label(content=content, left_out=left_out, trainstop=__version__).model_dump_json() + "\n"
    )
    bundle = Bundle(folder)
    digest = bundle.seal()
    manifest = bundle.manifest()
    part = PackPart(
        content=content,
        digest=digest,
        files=len(manifest),
        bytes=sum(int(entry["size"]) for entry in manifest.values()),
        left_out=left_out,
    )
    reason = "the predictions stay here: they are rows of customers" if left_out else ""
    return conclude([Check(name=content, status=CheckStatus.PASSED, value=len(manifest), reason=reason)], part)


def _records(job: Job, content: str = "records") -> list[tuple[Path, str]]:
    """Return the records that travel, each with its name in the pack; with numbers that of `baseline` alone."""
    own = {job.results.path(stage).name for stage in OWN}
    paths = sorted(job.results.folder.glob("*.json"))
    if content == packs.NUMBERS:
        paths = [path for path in paths if path == job.results.path(BaselinePart.stage)]
    return [(path, f"{packs.RESULTS}/{path.name}") for path in paths if path.name not in own]


def _with(job: Job, content: str, environment: str) -> list[tuple[Path, str]]:
    """Return what goes with the records, with its name in the pack."""
    if content == "records":
        if not _records(job):
            raise _nothing("there are no records to pack", job.results.folder, "run the verbs that write them first")
        return []
    if content == packs.CANDIDATE:
        root = job.workspace.candidate.root
        if not root.is_dir():
            raise _nothing("there is no candidate to pack", root, "run `trainstop train` first")
        return [(root, packs.CANDIDATE)]
    if content in (packs.CHAMPION, packs.NUMBERS):
        return _champion(job, content)
    if content == packs.VERSION:
        registered = job.results.part(RegisterPart)
        version = job.ports.registry.version(registered.model_name, str(registered.model_version))
        bundle = job.ports.registry.download(version, job.workspace.version(registered.manifest))
        return [(bundle.root, packs.VERSION)]
    job.config.environment(environment)
    log = job.workspace.target(environment) / "log"
    if not log.is_dir() or not any(path.is_file() for path in log.rglob("*")):
        raise _nothing(f"{environment} has written no inference log here", log, "name the environment that was asked")
    return [(log, f"{packs.LOG}/{environment}")]


def _champion(job: Job, content: str) -> list[tuple[Path, str]]:
    """Return what `baseline` fetched, or of that only what is on record."""
    bundle = job.workspace.champion
    if job.results.find(BaselinePart) is None:
        raise _nothing("nobody looked for a champion", bundle.root, "run `trainstop baseline` first")
    if content == packs.NUMBERS:
        return [(path, f"{packs.CHAMPION}/records/{path.name}") for path in sorted(bundle.records.glob("*.json"))]
    # Without a champion, or without a registry that could hold one, what is said of that travels alone.
    return [(bundle.root, packs.CHAMPION)] if bundle.root.is_dir() else []


def _leave_out(folder: Path, content: str) -> tuple[str, ...]:
    """Take the predictions out of a model that is packed."""
    if content not in packs.BUNDLES or not Bundle(folder / content).predictions.exists():
        return ()
    Bundle(folder / content).predictions.unlink()
    return (PREDICTIONS,)


def _refuse_secrets(job: Job, folder: Path) -> None:
    """Refuse to hand on a file that holds a secret of this job: whoever may read the repository may fetch a pack."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        if job.ports.processes.holds_secret(path, secret_names(job.config)):
            shutil.rmtree(folder)
            raise InputError(
                "a file that would travel holds the value of a secret",
                where=f"`{path.relative_to(folder).as_posix()}` of the pack",
                fix="take it out of the data or of what the training logs, change that secret, and train again",
            )


def _nothing(what: str, where: Path, fix: str) -> InputError:
    return InputError(what, where=str(where), fix=fix)
