"""`pack`: what the next job needs, as one folder whose digest can be told beside it."""

import shutil
from pathlib import Path

from trainstop import __version__, files, packs
from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
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
        content: `records`, `candidate` or `log`.
        environment: whose inference log.
        predictions: whether the candidate's predictions, which are rows of customers, travel too.

    Raises:
        InputError: there is nothing to pack, it holds links, or `to` holds something else.

    """
    folder = Path(to)
    packs.require_free(folder)
    shutil.rmtree(folder, ignore_errors=True)
    carried = [*_records(job), *_with(job, content, environment)]
    left_out = _left_out(job, content, predictions=predictions)
    for source, name in carried:
        packs.copied(source, folder / name)
    if left_out:
        Bundle(folder / packs.CANDIDATE).predictions.unlink(missing_ok=True)
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


def _records(job: Job) -> list[tuple[Path, str]]:
    """Return the records that travel, each with its name in the pack."""
    own = {job.results.path(stage).name for stage in OWN}
    paths = sorted(job.results.folder.glob("*.json"))
    return [(path, f"{packs.RESULTS}/{path.name}") for path in paths if path.name not in own]


def _with(job: Job, content: str, environment: str) -> list[tuple[Path, str]]:
    """Return what goes with the records, with its name in the pack."""
    if content == "records":
        if not _records(job):
            raise _nothing("there are no records to pack", job.results.folder, "run the verbs that write them first")
        return []
    if content == "candidate":
        root = job.workspace.candidate.root
        if not root.is_dir():
            raise _nothing("there is no candidate to pack", root, "run `trainstop train` first")
        return [(root, packs.CANDIDATE)]
    log = job.workspace.target(environment) / "log"
    if not log.is_dir() or not any(path.is_file() for path in log.rglob("*")):
        raise _nothing(f"{environment} has written no inference log here", log, "name the environment that was asked")
    return [(log, f"{packs.LOG}/{environment}")]


def _left_out(job: Job, content: str, *, predictions: bool) -> tuple[str, ...]:
    """Return what is there and stays behind."""
    there = content == "candidate" and job.workspace.candidate.predictions.exists()
    return (PREDICTIONS,) if there and not predictions else ()


def _nothing(what: str, where: Path, fix: str) -> InputError:
    return InputError(what, where=str(where), fix=fix)
