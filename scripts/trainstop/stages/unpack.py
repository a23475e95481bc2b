"""`unpack`: takes over what another job packed, all of it as its digest says, or nothing."""

import shutil
from pathlib import Path

from trainstop import packs
from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, Results, conclude
from trainstop.records.delivery import RegisterPart
from trainstop.records.travelling import PREDICTIONS_FILE, UnpackPart


def run(job: Job, *, from_: str, digest: str) -> Result[UnpackPart]:
    """Compare a pack with its digest, read every record in it, and put all of it in its place.

    A private copy is compared and used, so that nobody can change a file between the two.

    Raises:
        InputError: the pack is not what `digest` says, or a record in it is not what its stage writes, or another
            record of that stage is here already.

    """
    source = Path(from_)
    if not packs.is_folder(source):
        raise InputError(
            "there is no pack", where=str(source)[:300], fix="download the artifact of the job that packed it"
        )
    copy = job.workspace.scratch / "unpack"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        packs.copied(source, copy)
        label = packs.opened(copy, digest)
        found = packs.records(copy)
        logs = _logs(job, copy)
        _require_agreement(job, list(found))
        _place(job, copy, list(found), logs)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    stages = tuple(sorted({record.stage for record in found.values()}))
    check = Check(name=label.content, status=CheckStatus.PASSED, value=len(found), reason=digest)
    part = UnpackPart(content=label.content, digest=digest, files=len(found), stages=stages, left_out=label.left_out)
    return conclude([check], part, reason=f"records of {', '.join(stages)}" if stages else "no records")


def _roots(job: Job, copy: Path) -> dict[str, Path]:
    """Return where each model in a pack belongs."""
    workspace = job.workspace
    roots = {packs.CANDIDATE: workspace.candidate.root, packs.CHAMPION: workspace.champion.root}
    if (copy / packs.VERSION).is_dir():
        registered = Results(copy / packs.RESULTS).part(RegisterPart)
        Bundle(copy / packs.VERSION).verify(registered.manifest, without=(PREDICTIONS_FILE,))
        roots[packs.VERSION] = workspace.version(registered.manifest)
    return {name: root for name, root in roots.items() if (copy / name).is_dir()}


def _logs(job: Job, copy: Path) -> list[Path]:
    """Return the inference logs in a pack, each of an environment that the configuration knows."""
    logs = sorted((copy / packs.LOG).glob("*"))
    for log in logs:
        if log.name not in job.config.environments:
            known = ", ".join(sorted(job.config.environments)) or "none"
            raise InputError(
                f"the pack holds the log of `{log.name}`, and there is no such environment",
                where="environments of the configuration",
                fix=f"pack the log of one that is there: {known}",
            )
    return logs


def _require_agreement(job: Job, paths: list[Path]) -> None:
    """Refuse a record that is here already and says something else: one of the two is of another run."""
    for path in paths:
        here = job.results.folder / path.name
        if here.exists() and here.read_bytes() != path.read_bytes():
            raise InputError(
                f"`{path.name}` is here already, and is not the one in the pack",
                where=str(here),
                fix="unpack into a fresh checkout, or remove the record that is here",
            )


def _place(job: Job, copy: Path, paths: list[Path], logs: list[Path]) -> None:
    """Put everything where the stages look for it; the records last, since they say that the rest is there."""
    for name, root in _roots(job, copy).items():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        (copy / name).rename(root)
    for log in logs:
        packs.copied(log, job.workspace.target(log.name) / "log")
    for path in paths:
        packs.copied(path, job.results.folder / path.name)
