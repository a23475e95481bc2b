"""`history`: the ledger, as it was written."""

from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.delivery import HistoryEntry, HistoryPart


def run(job: Job) -> Result[HistoryPart]:
    """Read the ledger.

    Raises:
        UnavailableError: the registry does not answer.

    """
    entries = tuple(
        HistoryEntry(
            at=entry.at,
            action=entry.action,
            environment=entry.environment,
            version=entry.version,
            previous=entry.previous,
            outcome=entry.outcome,
            reason=entry.reason,
            actor=entry.actor,
            approved_by=entry.approved_by,
        )
        for entry in job.ports.registry.entries(job.config.model.name)
    )
    check = Check(name="entries", status=CheckStatus.PASSED, value=len(entries))
    return conclude([check], HistoryPart(entries=entries), reason="" if entries else "nothing was done yet")
