"""What a workflow's later steps and jobs can read of a record: outputs by kebab-case name, all of them text."""

from functools import singledispatch
from typing import Any

from trainstop.records import Record
from trainstop.records.delivery import (
    DeployPart,
    NewestPart,
    PreflightPart,
    PromotePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
)
from trainstop.records.judging import BaselinePart, EvaluatePart
from trainstop.records.reporting import ReportPart
from trainstop.records.training import TrainPart
from trainstop.records.watching import AlertPart, MonitorPart, ReactPart
from trainstop.report.verdict import against_champion

LEVELS = ("quiet", "not enough data", "look", "act")


def outputs(record: Record[Any], *, path: str, digest: str) -> dict[str, str]:
    """Return a step's outputs. A value that is not there is an empty text, so that an output never goes missing.

    Args:
        record: what the step came to.
        path: where its record lies.
        digest: of that file; the job that takes it over compares.

    """
    common = {"status": record.status.value, "record": path, "record-digest": digest}
    return {**common, **{name: _text(value) for name, value in of_part(record.part).items()}}


def _text(value: object) -> str:
    """Return a value as expressions of a workflow compare it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@singledispatch
def of_part(part: object) -> dict[str, object]:
    """Return what a stage's own part adds."""
    del part
    return {}


@of_part.register
def _(part: TrainPart) -> dict[str, object]:
    return {"fingerprint": part.fingerprint.digest, "restored": part.restored}


@of_part.register
def _(part: BaselinePart) -> dict[str, object]:
    return {"champion-version": part.version}


@of_part.register
def _(part: EvaluatePart) -> dict[str, object]:
    return {"champion-version": part.champion_version, "comparison": against_champion(part)}


@of_part.register
def _(part: ReportPart) -> dict[str, object]:
    return {"comment": part.comment, "summary": part.summary}


@of_part.register
def _(part: RegisterPart) -> dict[str, object]:
    return {
        "model-name": part.model_name,
        "model-version": part.model_version,
        "created": part.created,
        "manifest": part.manifest,
    }


@of_part.register
def _(part: DeployPart) -> dict[str, object]:
    return {
        "environment": part.environment,
        "model-version": part.model_version,
        "previous-version": part.previous_version,
        "endpoint": part.endpoint,
    }


@of_part.register
def _(part: StagingTestPart) -> dict[str, object]:
    return {"environment": part.environment, "model-version": part.model_version}


@of_part.register
def _(part: PromotePart) -> dict[str, object]:
    return {
        "model-version": part.model_version,
        "previous-version": part.previous_version,
        "approved-by": part.approved_by,
    }


@of_part.register
def _(part: PreflightPart) -> dict[str, object]:
    return {"reviewers": ", ".join(part.reviewers), "unprotected": part.unprotected}


@of_part.register
def _(part: NewestPart) -> dict[str, object]:
    return {
        "model-version": part.model_version,
        "candidate-version": part.candidate_version,
        "superseded": part.superseded,
    }


@of_part.register
def _(part: RollbackPart) -> dict[str, object]:
    return {"environment": part.environment, "model-version": part.to_version, "previous-version": part.from_version}


@of_part.register
def _(part: MonitorPart) -> dict[str, object]:
    worst = max((signal.level for signal in part.signals), key=LEVELS.index, default="not enough data")
    return {"level": worst, "incidents": len(part.incidents), "model-version": part.model_version}


@of_part.register
def _(part: AlertPart) -> dict[str, object]:
    issues = " ".join(str(number) for number in (*part.opened, *part.reopened, *part.updated))
    return {"reaction": part.reaction, "issues": issues}


@of_part.register
def _(part: ReactPart) -> dict[str, object]:
    return {"reaction": part.reaction, "workflow": part.workflow, "created": part.created, "address": part.address}
