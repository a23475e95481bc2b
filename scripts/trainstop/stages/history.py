"""`history`: the ledger, as it was written, and the versions it is about."""

from trainstop.delivery.past import history
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import HistoryPart


def run(job: Job) -> Result[HistoryPart]:
    """Read the ledger.

    Raises:
        UnavailableError: the registry does not answer.

    """
    part = history(job.ports.registry, job.config.model.name)
    check = Check(name="entries", status=CheckStatus.PASSED, value=len(part.entries))
    return conclude([check], part, reason="" if part.entries else "nothing was done yet")
