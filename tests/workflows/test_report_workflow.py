"""`report.yml` as a project calls it, after the run of a fork's pull request has ended: one right comment or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fakes import strangers
from tests.fakes.github.server import FakeGitHub
from tests.workflows.rig import events, trees, world
from tests.workflows.rig.github import github
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import TOKEN, Machine, uv_cache
from tests.workflows.rig.packages import compiled

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

CHECKED = 500
HEAD = "c" * 40
NUMBER = 3
MARK = "<!-- trainstop:comment:model.yml -->"
SECTION = "<!-- trainstop:report:parcels -->"
CONFIG = '[model]\nname = "parcels"\ntask = "binary"\n'


@dataclass
class Desk:
    """A repository whose default branch has `report.yml`, and a fork's pull request of it."""

    machine: Machine
    repository: Path
    forge: FakeGitHub

    def deliver(self, content: bytes | None, *, run: int, attempt: int = 1) -> Run:
        """Run `report.yml` after a run of the fork's has left an artifact, or none."""
        if content is not None:
            self.forge.world.artifact(run, f"trainstop-report-{attempt}", content)
        commit = trees.git(self.repository, "rev-parse", "HEAD")
        return self.machine.run(
            self.repository, events.workflow_run(commit, HEAD, run=run, attempt=attempt), "report.yml"
        )

    def pull(self, number: int = NUMBER, **changes: Any) -> None:
        """Put the fork's pull request there."""
        source = events.repository("mallory/parcels")["id"]
        self.forge.world.pull(number, sha=HEAD, head=("mallory", "change"), head_repository=source, **changes)

    @property
    def comments(self) -> list[str]:
        """Everything that was written anywhere."""
        return [each["body"] for each in self.forge.world.comments.values()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    machine = Machine(folder / "machine", folder / "library", packages=compiled(uv_cache(), folder / "packages"))
    repository = folder / "repository"
    caller = (world.EXAMPLE / ".github" / "workflows" / "report.yml").read_text()
    trees.caller(repository, {"trainstop.toml": CONFIG, ".github/workflows/report.yml": caller})
    trees.commit(repository, "The model as it is")
    trees.library(machine.library, ceilings=world.ceilings_of(repository))
    with github(machine.folder) as forge:
        machine.api = forge.address
        yield Desk(machine, repository, forge)
        assert forge.complaints == []


@pytest.fixture
def desk(place: Desk) -> Desk:
    """Give the repository with nothing written yet, and the fork's pull request open."""
    place.forge.world.comments.clear()
    place.forge.world.artifacts.clear()
    place.pull()
    return place


def said(run: Run) -> str:
    """Return the notices of a run."""
    return "\n".join(note["message"] for job in run.jobs.values() for note in job.annotations)


def test_a_forks_result_is_commented_once_however_often_its_end_is_told(desk: Desk) -> None:
    for _ in range(2):
        done = desk.deliver(strangers.honest(), run=CHECKED)
        assert done.results == {"report/report": "success"}, done.failures
        assert TOKEN not in done.text
    (body,) = desk.forge.world.bodies(NUMBER)
    assert body.startswith(
        f"{MARK}\n{SECTION}\n<!-- trainstop:run:{CHECKED}.1 -->\n*The numbers below come from the pull"
    )
    assert "**parcels**: no worse than version 3" in body
    assert desk.comments == [body]
    assert desk.forge.storage is not None
    assert all("authorization" not in headers for headers in desk.forge.storage.seen)


def test_markup_and_mentions_in_every_text_are_shown_and_do_nothing(desk: Desk) -> None:
    content, _ = strangers.full_of(strangers.NASTY)
    done = desk.deliver(strangers.packed(content), run=CHECKED + 1)
    assert done.results == {"report/report": "success"}, done.failures
    (body,) = desk.comments
    assert "@everyone" in body
    assert strangers.acting(body) == []


@pytest.mark.parametrize("name", ["zip-slip", "a symbolic link", "ten million rows"])
def test_an_archive_of_something_else_is_a_notice_and_a_green_job(name: str, desk: Desk) -> None:
    content, words = strangers.archives()[name]
    done = desk.deliver(content, run=CHECKED + 2)
    assert done.results == {"report/report": "success"}, done.failures
    assert words in said(done)
    assert desk.comments == []


def test_an_artifact_of_100_mb_is_a_notice_and_a_green_job(desk: Desk) -> None:
    desk.forge.world.artifact(CHECKED + 3, "trainstop-report-1", strangers.honest(), says=100_000_000)
    done = desk.deliver(None, run=CHECKED + 3)
    assert done.results == {"report/report": "success"}, done.failures
    assert "has 100000000 bytes" in said(done)
    assert desk.comments == []


def test_another_pull_requests_number_in_the_file_is_a_notice_and_a_green_job(desk: Desk) -> None:
    content, words = strangers.files()["another pull request's number"]
    done = desk.deliver(strangers.packed(content), run=CHECKED + 4)
    assert done.results == {"report/report": "success"}, done.failures
    assert words in said(done)
    assert desk.comments == []


@pytest.mark.parametrize("changes", [{"sha": "d" * 40}, {"state": "closed"}], ids=["moved on", "closed"])
def test_a_pull_request_that_is_not_there_any_more_gets_nothing(changes: dict[str, str], desk: Desk) -> None:
    desk.forge.world.issues[NUMBER].update(changes)
    done = desk.deliver(strangers.honest(), run=CHECKED + 5)
    assert done.results == {"report/report": "success"}, done.failures
    assert f"no open pull request stands at commit {HEAD[:7]}" in said(done)
    assert desk.comments == []
