"""The shape every record shares, and how checks add up to a status."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, FiniteFloat

SCHEMA_VERSION = 1


class Status(StrEnum):
    """What became of a stage."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


class CheckStatus(StrEnum):
    """What became of one check. A `warned` check does not stop the line; a `failed` one does."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


class Frozen(BaseModel):
    """Base of everything written in a record: cannot change, knows every key, holds finite numbers only."""

    # Built when first used: a verb pays for its own records only.
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null", defer_build=True
    )


class Check(Frozen):
    """One thing that was looked at: its value beside its limit, and in words why it is judged so."""

    name: str
    status: CheckStatus
    value: FiniteFloat | str | None = None
    limit: FiniteFloat | str | None = None
    interval: tuple[FiniteFloat, FiniteFloat] | None = None
    reason: str = ""


class Part(Frozen):
    """Base of what one stage adds to its record; `stage` is the verb's name."""

    stage: ClassVar[str]


class Provenance(Frozen):
    """Where and for whom a stage ran."""

    repository: str
    commit: str = ""
    dirty: bool = False
    ref: str = ""
    actor: str = ""
    run_url: str = ""


P = TypeVar("P", bound=Part)


class Result(Frozen, Generic[P]):
    """A stage's answer, before it is stamped with time and place."""

    status: Status
    reason: str = ""
    checks: tuple[Check, ...] = ()
    part: P | None = None


class Failure(Frozen):
    """Why a stage could not reach a verdict: the parts of the error that ended it."""

    kind: str
    what: str
    where: str = ""
    fix: str = ""
    exit_code: int


class Record(Result[P], Generic[P]):
    """A result, stamped: what `.trainstop/results/<verb>.json` holds. `error` is there when the stage broke off."""

    schema_version: int = SCHEMA_VERSION
    stage: str
    subject: str = ""
    trainstop: str
    provenance: Provenance
    started_at: datetime
    duration_seconds: FiniteFloat
    error: Failure | None = None


def conclude(checks: Iterable[Check], part: P | None = None, *, reason: str = "") -> Result[P]:
    """Add checks up: one failed fails the stage, else one inconclusive makes it so, else it passed.

    A stage without any check, or with skipped ones only, is `skipped`: nothing seen is never a pass.
    """
    checks = tuple(checks)
    seen = {check.status for check in checks}
    if CheckStatus.FAILED in seen:
        status = Status.FAILED
    elif CheckStatus.INCONCLUSIVE in seen:
        status = Status.INCONCLUSIVE
    elif seen & {CheckStatus.PASSED, CheckStatus.WARNED}:
        status = Status.PASSED
    else:
        status = Status.SKIPPED
    return Result(status=status, reason=reason or _reason(checks, status), checks=checks, part=part)


def _reason(checks: tuple[Check, ...], status: Status) -> str:
    """Say in a line which checks decided."""
    if status is Status.PASSED:
        warned = [check.name for check in checks if check.status is CheckStatus.WARNED]
        done = sum(check.status is not CheckStatus.SKIPPED for check in checks)
        return f"{done} check{'s' if done != 1 else ''} held" + (
            f", with a warning about {', '.join(warned)}" if warned else ""
        )
    deciding = [check for check in checks if check.status.value == status.value]
    return "; ".join(f"{check.name}: {check.reason}" if check.reason else check.name for check in deciding)
