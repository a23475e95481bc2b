"""The comment: one for each workflow and model, found again, newest result on top, and words where there is none."""

from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import Start

MARKER = "trainstop:report:flight-delay"


def test_the_second_run_updates_the_comment_of_the_first(github: FakeGitHub, job: Start) -> None:
    first = job(run=100).forge.put_comment(MARKER, "one")
    second = job(run=101).forge.put_comment(MARKER, "two")
    assert first.address == second.address != ""
    (body,) = github.world.bodies(7)
    assert body.splitlines() == [
        "<!-- trainstop:report:flight-delay:model.yml -->",
        "<!-- trainstop:run:101.1 -->",
        "two",
    ]
