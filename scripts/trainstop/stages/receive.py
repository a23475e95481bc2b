"""`receive`: takes over what a pull request's own run says of itself, for a job that may comment and runs none of it.

Which pull request it is comes from GitHub alone. Whatever is not as it should be ends in a notice and nothing else: a
stranger's file must not turn the default branch red.
"""

from trainstop.job import Job
from trainstop.ports.inbox import CheckedRun, only_one
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.kinds import CHECKING
from trainstop.records.travelling import ReceivePart
from trainstop.relaying.archive import only_file
from trainstop.relaying.limits import ARCHIVE_BYTES, BYTES, UnfitError
from trainstop.relaying.reading import Received, attributed, read

PULL_REQUEST = "pull_request"
DEPENDABOT = "dependabot[bot]"
"""Its runs may read only, unless their workflow says otherwise, although its branches are in the repository."""


def run(job: Job, *, workflow: str, name: str) -> Result[ReceivePart]:
    """Find the pull request that the run that has ended was about, and take over its records.

    Args:
        job: of a workflow that starts when a run has ended.
        workflow: file of the workflow whose runs are reported; another one's would be another comment.
        name: which the artifact's name begins with, as `ci.yml` was told.

    Raises:
        InputError: no run has ended.
        UnavailableError: the server does not answer.
        ConfigurationError: this job may not look.

    """
    for kind in CHECKING:
        job.results.forget(kind.stage)
    checked = job.ports.inbox.checked()
    reason = not_ours(checked, workflow)
    if reason:
        return Result(status=Status.SKIPPED, reason=reason)
    pull = only_one(checked, job.ports.inbox.pull_requests(checked))
    if isinstance(pull, str):
        return Result(status=Status.SKIPPED, reason=pull)
    try:
        received = _taken(job, checked, f"{name}-report-{checked.attempt}")
    except UnfitError as error:
        return Result(status=Status.SKIPPED, reason=f"nothing is posted for pull request {pull.number}: {error}")
    _place(job, checked, received)
    stages = tuple(record.stage for record in received.records)
    check = Check(name="records", status=CheckStatus.PASSED, value=len(stages))
    part = ReceivePart(
        run=checked.number,
        attempt=checked.attempt,
        run_url=checked.address,
        pull_request=pull.number,
        commit=checked.commit,
        repository=checked.repository,
        stages=stages,
        left_out=received.left_out,
    )
    return conclude([check], part, reason=f"pull request {pull.number}: records of {', '.join(stages)}")


def not_ours(checked: CheckedRun, workflow: str) -> str:
    """Say why a run is none that a report is due for; empty when one is."""
    if checked.event != PULL_REQUEST:
        return f"run {checked.number} was about no pull request"
    if checked.workflow != workflow:
        return f"run {checked.number} is of another workflow than `{workflow}`"
    if checked.own and checked.actor != DEPENDABOT:
        return f"run {checked.number} may comment itself: its branch is in this repository"
    return ""


def _taken(job: Job, checked: CheckedRun, name: str) -> Received:
    """Return the records that a run left.

    Raises:
        UnfitError: it left none, or something else.

    """
    parcel = job.ports.inbox.artifact(checked, name, ARCHIVE_BYTES)
    if parcel.reason:
        raise UnfitError(parcel.reason)
    try:
        return read(only_file(parcel.content, BYTES))
    except UnfitError as error:
        raise UnfitError(f"what run {checked.number} left is no report: {error}") from error


def _place(job: Job, checked: CheckedRun, received: Received) -> None:
    """Put the records where `report` looks for them, with the origin that GitHub told."""
    for record in received.records:
        origin = job.provenance.model_copy(
            update={"commit": checked.commit, "dirty": False, "ref": "", "actor": "", "run_url": checked.address}
        )
        job.results.write(attributed(record, origin))
