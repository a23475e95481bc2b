"""Which registered version a stage is about."""

from trainstop.errors import InputError
from trainstop.ports.registry import Alias, Registry, Version
from trainstop.records import Check, CheckStatus, Results
from trainstop.records.delivery import RegisterPart


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


def completeness(version: Version) -> Check:
    """Say whether a version may be used at all."""
    if version.complete:
        return Check(name="complete version", status=CheckStatus.PASSED, value=version.number)
    twin = version.duplicate_of
    reason = f"it is a twin of version {twin}: use that one" if twin else "its upload was never finished and read back"
    return Check(name="complete version", status=CheckStatus.FAILED, value=version.number, reason=reason)
