"""`stop`: end what an environment runs on its target. Registry and ledger are left as they are."""

from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import StopPart


def run(job: Job, *, environment: str) -> Result[StopPart]:
    """End every process of an environment's target.

    Raises:
        UnavailableError: the target does not answer.

    """
    job.ports.target(environment).stop()
    check = Check(name="stopped", status=CheckStatus.PASSED, reason=f"nothing runs for {environment}")
    return conclude([check], StopPart(environment=environment))
