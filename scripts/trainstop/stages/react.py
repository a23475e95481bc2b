"""`react`: starts the workflow of the reaction that `alert` found due, once."""

from datetime import timedelta

from trainstop import digests
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.ports.forge import Dispatch
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.watching import AlertPart, ReactPart


def run(
    job: Job, *, retrain_workflow: str | None = None, rollback_workflow: str | None = None, ref: str | None = None
) -> Result[ReactPart]:
    """Start retraining or rolling back; `none` starts nothing.

    Raises:
        InputError: `alert` has not run here, or no workflow is named for the reaction that is due.
        ConfigurationError: GitHub refuses the start.
        UnavailableError: GitHub does not answer.

    """
    alert = job.results.part(AlertPart)
    if alert.reaction == "none":
        return Result(
            status=Status.SKIPPED, reason=alert.reason or "no reaction is due", part=ReactPart(reaction="none")
        )
    workflow = {"retrain": retrain_workflow, "rollback": rollback_workflow}[alert.reaction]
    if not workflow:
        raise InputError(
            f"{alert.reaction} is due ({alert.reason}), and no workflow is named for it",
            where=f"--{alert.reaction}-workflow",
            fix="name the file of a workflow with `on: workflow_dispatch`, or set alert.reaction to none",
        )
    record = job.results.find(AlertPart)
    seen = record.started_at if record else job.ports.clock.now()
    model = job.config.model.name
    done = job.ports.forge.dispatch(
        Dispatch(
            workflow=workflow,
            ref=ref or "",
            key=digests.short(digests.of_value([model, alert.environment, alert.incident, str(alert.as_of)])),
            reason=f"{model} in {alert.environment}: {alert.reason}",
            since=seen - timedelta(seconds=job.config.alert.cooldown),
            inputs=_inputs(alert),
        )
    )
    how = "is started" if done.created else "was started before"
    check = Check(name=alert.reaction, status=CheckStatus.PASSED, value=workflow, reason=f"`{workflow}` {how}")
    part = ReactPart(reaction=alert.reaction, workflow=workflow, created=done.created, address=done.address)
    return conclude([check], part, reason=check.reason)


def _inputs(alert: AlertPart) -> dict[str, str]:
    """Say where to go back and from which version: a start that comes late must not take a newer one away."""
    if alert.reaction != "rollback":
        return {}
    version = "" if alert.model_version is None else str(alert.model_version)
    return {"environment": alert.environment, "from-version": version}
