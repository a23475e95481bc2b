"""What one job does on GitHub, in this process or in one of its own."""

from multiprocessing.synchronize import Barrier

from tests.fakes.github.clock import VirtualClock
from tests.integration.github.conftest import Job

COMMENT = "trainstop:report:flight-delay"
INCIDENT = "trainstop:incident:flight-delay:production:performance"
LOOK = "2026-03-01"
WAIT = 60


def result_of(run: int, attempt: int) -> str:
    return f"result of run {run}, attempt {attempt}"


def report_and_alert(environ: dict[str, str], clock: VirtualClock) -> None:
    """Comment, as `report` does; then look for the issue, open it, say the news once, as `alert` does."""
    forge = Job(environ, clock).forge
    text = result_of(int(environ["GITHUB_RUN_ID"]), int(environ["GITHUB_RUN_ATTEMPT"]))
    assert forge.put_comment(COMMENT, text).address
    forge.issue(INCIDENT)
    number = forge.open_issue(INCIDENT, "the model performs worse", text, ["trainstop"]).number
    if forge.update_issue(number, text):
        forge.comment_issue(number, LOOK, "it went on")


def work(environ: dict[str, str], clock: VirtualClock, start: Barrier | None) -> None:
    """Do it in a process of its own, with others at the same moment."""
    if start is not None:
        start.wait(WAIT)
    report_and_alert(environ, clock)
