"""Which registered version a stage is about, and its files."""

from collections.abc import Iterable
from pathlib import Path

from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.ports.registry import Alias, Registry, Version
from trainstop.records import Check, CheckStatus, Results
from trainstop.records.delivery import RegisterPart
from trainstop.records.travelling import PREDICTIONS_FILE


def selected(registry: Registry, results: Results, name: str, selector: str | None) -> Version:
    """Return the version that was asked for; else the one that `register` made here; else the `candidate`.

    Raises:
        InputError: there is no such version.

    """
    if selector:
        return registry.version(name, selector)
    record = results.find(RegisterPart)
    if record is not None and record.part is not None and record.part.model_name == name:
        return registry.version(name, str(record.part.model_version))
    version = registry.alias(name, Alias.CANDIDATE)
    if version is None:
        raise InputError(
            f"nothing says which version of `{name}` is meant: `register` has not run here, and there is no candidate",
            where=registry.uri,
            fix="run `trainstop register` first, or name one with --version",
        )
    return version


def at_hand(job: Job, selector: str | None) -> tuple[int, Bundle] | None:
    """Return the version that an earlier job registered and packed, if it is the one that is asked for.

    Its files are compared with the digest in the record of `register`, so that no registry has to be asked: a job that
    runs a model, or a project's tests, then needs no credential.

    Raises:
        InputError: a file of it is not what was registered.

    """
    record = job.results.find(RegisterPart)
    if record is None or record.part is None or selector not in (None, "", str(record.part.model_version)):
        return None
    bundle = Bundle(job.workspace.version(record.part.manifest))
    if record.part.model_name != job.config.model.name or not _is_there(bundle.root):
        return None
    bundle.verify(record.part.manifest, without=(PREDICTIONS_FILE,))
    return record.part.model_version, bundle


def _is_there(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()


def completeness(version: Version) -> Check:
    """Say whether a version may be used at all."""
    if version.complete:
        return Check(name="complete version", status=CheckStatus.PASSED, value=version.number)
    helps = "use that one, or register the model again where it was removed"
    reason = f"{version.unusable}: {helps if version.duplicate_of else 'name one that was, with --version'}"
    return Check(name="complete version", status=CheckStatus.FAILED, value=version.number, reason=reason)


def others(versions: Iterable[Version]) -> str:
    """List the numbers of the complete versions, for somebody who has to name one."""
    return ", ".join(str(version.number) for version in versions if version.complete)
