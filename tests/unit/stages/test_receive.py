"""`receive`: what it leaves on the machine; what it takes and refuses is tried over the fake GitHub."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes import strangers
from tests.fakes.delivering import world

from trainstop.job import Job
from trainstop.ports.inbox import CheckedRun, OpenPull, Parcel
from trainstop.records import Status
from trainstop.records.judging import EvaluatePart
from trainstop.stages import receive

RUN = CheckedRun(
    number=500,
    attempt=1,
    address="https://github.com/acme/flights/actions/runs/500",
    event="pull_request",
    workflow="model.yml",
    commit="a" * 40,
    branch="change",
    owner="mallory",
    repository="mallory/flights",
    repository_id=5,
)


class Inbox:
    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.asked: list[str] = []

    def checked(self) -> CheckedRun:
        return RUN

    def pull_requests(self, run: CheckedRun) -> tuple[OpenPull, ...]:
        return (OpenPull(number=7, commit=run.commit, repository_id=5),)

    def artifact(self, run: CheckedRun, name: str, size: int) -> Parcel:
        self.asked.append(name)
        return self.parcel


def job(folder: Path, inbox: Inbox) -> Job:
    here = world(folder).job
    ports: Any = SimpleNamespace(inbox=inbox)
    return Job(here.config, here.workspace, here.results, ports, here.provenance)


def test_the_records_are_there_with_the_origin_that_github_told(tmp_path: Path) -> None:
    inbox = Inbox(Parcel(content=strangers.honest()))
    this = job(tmp_path, inbox)
    found = receive.run(this, workflow="model.yml", name="flights")
    assert inbox.asked == ["flights-report-1"]
    assert found.part is not None
    assert (found.part.run, found.part.pull_request, found.part.repository) == (500, 7, "mallory/flights")
    assert found.part.stages == ("lint", "test", "train", "baseline", "evaluate", "model-test")
    record = this.results.find(EvaluatePart)
    assert record is not None
    assert (record.provenance.commit, record.provenance.run_url) == (RUN.commit, RUN.address)
    assert record.provenance.repository == this.provenance.repository


def test_records_of_an_earlier_run_never_pass_for_what_did_not_come(tmp_path: Path) -> None:
    place = world(tmp_path)
    place.evaluate()
    assert place.results.find(EvaluatePart) is not None
    found = receive.run(job(tmp_path, Inbox(Parcel(reason="it left none"))), workflow="model.yml", name="flights")
    assert (found.status, found.reason) == (Status.SKIPPED, "nothing is posted for pull request 7: it left none")
    assert place.results.find(EvaluatePart) is None
