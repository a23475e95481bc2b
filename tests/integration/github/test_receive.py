"""A fork's run has ended: whatever it left and wherever its branch stands, there is one right comment or none."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes import strangers
from tests.fakes.delivering import world
from tests.fakes.github.clock import VirtualClock
from tests.fakes.github.faults import FAULTS, Planned
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import HEAD, TOKEN, Job, surroundings
from tests.integration.github.test_command import call, project  # noqa: F401  # a fixture

from trainstop import job as jobs
from trainstop.adapters.github import GitHubInbox
from trainstop.adapters.progress import Quiet
from trainstop.errors import ConfigurationError, InputError, UnavailableError
from trainstop.records import Record, Result, Status
from trainstop.records.travelling import ReceivePart
from trainstop.relaying.limits import ARCHIVE_BYTES
from trainstop.settings import Settings
from trainstop.stages import receive, report

MARK = "<!-- trainstop:comment:model.yml -->"
SECTION = "<!-- trainstop:report:delays -->"
RUN = 500
OWN = {"id": 1, "full_name": "acme/flights", "owner": {"login": "acme"}}
FORK = {"id": 5, "full_name": "mallory/flights", "owner": {"login": "mallory"}}
STORAGE = "the server that artifacts lie on"


def ended(**changes: Any) -> dict[str, Any]:
    """Return the event of a run that has ended; `changes` are of the run."""
    run = {
        "id": RUN,
        "run_attempt": 1,
        "html_url": f"https://github.com/acme/flights/actions/runs/{RUN}",
        "event": "pull_request",
        "path": ".github/workflows/model.yml",
        "head_sha": HEAD,
        "head_branch": "change",
        "head_repository": FORK,
        "actor": {"login": "mallory"},
        "conclusion": "success",
        "pull_requests": [],
        **changes,
    }
    return {"action": "completed", "workflow_run": run, "repository": OWN}


@dataclass
class Delivered:
    """What a run of `report.yml` came to."""

    received: Result[ReceivePart]
    reported: Result[Any] | None = None
    notices: list[str] = field(default_factory=list)


@dataclass
class Desk:
    """A default branch's job that receives and reports, on a machine of its own each time."""

    github: FakeGitHub
    clock: VirtualClock
    folder: Path
    count: int = 0
    between: Callable[[], object] = lambda: None
    """Called when the records are there and nothing is posted yet."""

    def leave(self, content: bytes, attempt: int = 1, run: int = RUN, **changes: Any) -> int:
        """Have the fork's run leave an artifact."""
        return self.github.world.artifact(run, f"trainstop-report-{attempt}", content, **changes)

    def deliver(self, event: dict[str, Any] | None = None, workflow: str = "model.yml", **config: Any) -> Delivered:
        """Run `receive`, and `report` if it passed."""
        self.clock.sleep(60)
        self.count += 1
        place = self.folder / f"machine-{self.count}"
        place.mkdir()
        path = place / "event.json"
        path.write_text(json.dumps(event or ended()))
        more = {
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_WORKFLOW_REF": "acme/flights/.github/workflows/report.yml@x",
        }
        environ = surroundings(self.github.address, path, run=9000 + self.count, **more)
        running = Job(environ, self.clock)
        inbox = GitHubInbox.of(Settings.from_environ(environ), self.clock, Quiet())
        here = world(place, **config).job
        processes = SimpleNamespace(holds_secret=lambda path, secrets: False)
        ports: Any = SimpleNamespace(inbox=inbox, forge=running.forge, processes=processes)
        this = jobs.Job(here.config, here.workspace, here.results, ports, here.provenance)
        found = receive.run(this, workflow=workflow, name="trainstop")
        if found.status is not Status.PASSED:
            assert not list(here.results.folder.glob("*.json"))
            return Delivered(found)
        self._keep(this, found)
        self.between()
        return Delivered(found, report.run(this), running.notices)

    def _keep(self, this: jobs.Job, found: Result[ReceivePart]) -> None:
        """Write the record, as a verb does."""
        fields = {name: getattr(found, name) for name in Result.model_fields}
        stamped = {"stage": "receive", "trainstop": "1", "provenance": this.provenance, "duration_seconds": 1}
        this.results.write(Record[ReceivePart](**fields, **stamped, started_at=self.clock.now()))

    @property
    def comments(self) -> list[str]:
        """Everything that was written anywhere."""
        return [each["body"] for each in self.github.world.comments.values()]


@pytest.fixture
def desk(github: FakeGitHub, clock: VirtualClock, tmp_path: Path) -> Desk:
    github.world.rights = {"actions": "read", "contents": "read", "pull-requests": "write"}
    github.world.pull(8, head=("eve", "change"), head_repository=6)
    return Desk(github, clock, tmp_path)


def test_a_forks_result_becomes_the_comment_that_its_run_would_have_written(desk: Desk) -> None:
    desk.leave(strangers.honest())
    done = desk.deliver()
    assert done.received.status is Status.PASSED, done.received.reason
    (body,) = desk.github.world.bodies(7)
    mark, section, rank, opening, *rest = body.splitlines()
    assert (mark, section, rank) == (MARK, SECTION, f"<!-- trainstop:run:{RUN}.1 -->")
    assert opening.startswith("*The numbers below come from the pull request's own code")
    assert f"https://github.com/acme/flights/actions/runs/{RUN}" in opening
    assert f"`{HEAD[:7]}`" in opening
    assert any("**delays**: no worse than version 3" in line for line in rest)
    assert "evil.example" not in body
    assert desk.comments == [body]
    assert done.notices == []


def test_it_takes_few_requests_and_the_storage_sees_no_token(desk: Desk) -> None:
    desk.leave(strangers.honest())
    desk.deliver()
    assert len(desk.github.seen) == 10, [asked.path for asked in desk.github.seen]
    assert desk.github.storage is not None
    (headers,) = desk.github.storage.seen
    assert "authorization" not in headers
    assert TOKEN not in str(headers)


def test_the_second_delivery_of_the_same_run_leaves_one_comment(desk: Desk) -> None:
    desk.leave(strangers.honest())
    desk.deliver()
    desk.deliver()
    assert len(desk.comments) == 1


def test_a_second_attempt_updates_the_comment_and_the_first_coming_late_does_not(desk: Desk) -> None:
    desk.leave(strangers.honest())
    worse = strangers.letter()
    strangers.of(worse, "evaluate")["status"] = "failed"
    desk.leave(strangers.packed(strangers.written(worse)), attempt=2)
    desk.deliver(ended(run_attempt=2))
    late = desk.deliver()
    (body,) = desk.comments
    assert f"<!-- trainstop:run:{RUN}.2 -->" in body
    assert "blocked by evaluate" in body
    assert late.notices == ["a newer run has written its result there"]


def test_a_comment_of_an_earlier_run_that_could_comment_is_the_same_comment(desk: Desk) -> None:
    desk.github.world.comment(7, f"{MARK}\n{SECTION}\n<!-- trainstop:run:{RUN - 1}.1 -->\nan older result\n")
    desk.github.world.comment(7, f"{MARK}\nplanted", author="mallory")
    desk.leave(strangers.honest())
    desk.deliver()
    (body,) = desk.github.world.bodies(7)
    assert "an older result" not in body
    assert desk.github.world.bodies(7, "mallory") == [f"{MARK}\nplanted"]


@pytest.mark.parametrize("name", strangers.archives())
def test_no_archive_but_one_plain_file_is_posted(name: str, desk: Desk) -> None:
    content, words = strangers.archives()[name]
    desk.leave(content)
    done = desk.deliver()
    assert done.received.status is Status.SKIPPED
    said = "more than" if len(content) > ARCHIVE_BYTES else words
    assert said in done.received.reason
    assert "nothing is posted for pull request 7" in done.received.reason
    assert desk.comments == []


@pytest.mark.parametrize("name", strangers.files())
def test_no_file_but_records_that_check_a_change_is_posted(name: str, desk: Desk) -> None:
    content, words = strangers.files()[name]
    desk.leave(strangers.packed(content))
    done = desk.deliver()
    assert done.received.status is Status.SKIPPED
    assert words in done.received.reason
    assert desk.comments == []


def test_markup_and_mentions_in_every_text_do_nothing(desk: Desk) -> None:
    content, _ = strangers.full_of(strangers.NASTY)
    desk.leave(strangers.packed(content))
    desk.deliver()
    (body,) = desk.comments
    assert "@everyone" in body
    assert strangers.acting(body) == []
    assert body.count("<!--") == 3


def test_an_artifact_that_says_to_be_too_large_is_not_even_asked_for(desk: Desk) -> None:
    desk.leave(strangers.honest(), says=100_000_000)
    done = desk.deliver()
    assert "has 100000000 bytes, more than" in done.received.reason
    assert desk.github.storage is not None
    assert desk.github.storage.seen == []


def test_one_that_is_larger_than_it_says_is_read_no_further_than_that(desk: Desk) -> None:
    desk.leave(strangers.honest())
    assert desk.github.storage is not None
    desk.github.storage.faults = ["endless"]
    done = desk.deliver()
    assert "more bytes than" in done.received.reason
    assert desk.github.storage.sent < 20_000_000
    assert desk.comments == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expired": True}, "has expired"),
        ({"gone": True}, "not there any more"),
        ({"of": 400}, "is another run's"),
    ],
)
def test_an_artifact_that_cannot_be_had_is_said(changes: dict[str, Any], words: str, desk: Desk) -> None:
    desk.leave(strangers.honest(), **changes)
    done = desk.deliver()
    assert words in done.received.reason
    assert desk.comments == []


def test_only_the_runs_own_artifact_of_this_attempt_and_name_counts_and_the_newest_of_these(desk: Desk) -> None:
    for other in ({"run": 400}, {"attempt": 2}):
        desk.leave(strangers.honest(), **other)
    assert "left no artifact `trainstop-report-1`" in desk.deliver().received.reason
    desk.leave(b"an older one of this name")
    desk.leave(strangers.honest())
    assert desk.deliver().received.status is Status.PASSED


@pytest.mark.parametrize("place", ["ftp://127.0.0.1/x", "file:///etc/passwd", "", "nowhere"])
def test_a_redirect_that_leads_to_no_server_of_the_same_kind_is_refused(place: str, desk: Desk) -> None:
    desk.leave(strangers.honest(), place=place)
    with pytest.raises(ConfigurationError, match="artifact"):
        desk.deliver()
    assert desk.comments == []


STALE = "no open pull request stands at commit 0000000"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "closed"}, STALE),
        ({"state": "closed", "merged": True}, STALE),
        ({"sha": "f" * 40}, STALE),
        ({"head_repository": 1}, STALE),
        ({"head": ("mallory", "other")}, STALE),
        ({"head": ("eve", "change")}, STALE),
    ],
)
@pytest.mark.parametrize("when", ["before", "between"])
def test_a_pull_request_that_is_not_there_any_more_gets_nothing(
    when: str, changes: dict[str, Any], words: str, desk: Desk
) -> None:
    desk.leave(strangers.honest())
    change = lambda: desk.github.world.issues[7].update(changes)  # noqa: E731
    if when == "before":
        change()
        done = desk.deliver()
        assert done.received.status is Status.SKIPPED
        assert words in done.received.reason
    else:
        desk.between = change
        done = desk.deliver()
        assert done.reported is not None
        assert words in done.reported.checks[1].reason
        assert words in done.notices[0]
    assert desk.comments == []


def test_two_pull_requests_of_one_commit_get_nothing(desk: Desk) -> None:
    desk.github.world.pull(9)
    desk.leave(strangers.honest())
    assert "pull requests 7, 9 stand at commit 0000000" in desk.deliver().received.reason
    assert desk.comments == []


def test_the_pull_request_is_found_on_the_last_of_many_pages(desk: Desk) -> None:
    here = desk.github.world.issues.pop(7)
    for number in range(100, 350):
        desk.github.world.pull(number, sha="e" * 40)
    desk.github.world.issues[7] = here
    desk.leave(strangers.honest())
    assert desk.deliver().received.status is Status.PASSED
    assert len(desk.github.world.bodies(7)) == len(desk.comments) == 1


def test_a_branch_with_signs_in_its_name_is_found(desk: Desk) -> None:
    name = 'a&b=c:d/é#"; id; %2F $(id) {x}'
    desk.github.world.issues[7]["head"] = ("mallory", name)
    desk.leave(strangers.honest())
    assert desk.deliver(ended(head_branch=name)).received.status is Status.PASSED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"event": "push"}, "was about no pull request"),
        ({"event": "workflow_dispatch"}, "was about no pull request"),
        ({"path": ".github/workflows/evil.yml"}, "is of another workflow than `model.yml`"),
        ({"path": ".github/workflows/../model.yml"}, "is of another workflow than `model.yml`"),
        ({"path": "dynamic/model.yml"}, "is of another workflow than `model.yml`"),
        ({"head_repository": OWN, "actor": {"login": "ann"}}, "may comment itself"),
        ({"head_repository": OWN, "actor": None}, "may comment itself"),
        ({"head_repository": None}, "is gone"),
        ({"head_branch": None}, STALE),
    ],
)
def test_a_run_that_no_report_is_due_for_is_left_alone(changes: dict[str, Any], words: str, desk: Desk) -> None:
    desk.leave(strangers.honest())
    assert words in desk.deliver(ended(**changes)).received.reason
    assert desk.comments == []
    assert desk.github.storage is not None
    assert desk.github.storage.seen == []


def test_dependabots_result_is_reported_although_its_branch_is_in_the_repository(desk: Desk) -> None:
    desk.github.world.issues[7].update(head=("acme", "dependabot/pip/x"), head_repository=1)
    desk.leave(strangers.honest())
    event = ended(head_repository=OWN, head_branch="dependabot/pip/x", actor={"login": "dependabot[bot]"})
    assert desk.deliver(event).received.status is Status.PASSED
    assert len(desk.github.world.bodies(7)) == 1


def test_the_path_of_a_workflow_may_name_a_branch_too(desk: Desk) -> None:
    desk.leave(strangers.honest())
    desk.deliver(ended(path=".github/workflows/model.yml@refs/pull/7/merge"))
    assert desk.comments[0].startswith(MARK)


def test_the_default_branch_says_whether_there_is_a_comment(desk: Desk) -> None:
    desk.leave(strangers.honest())
    done = desk.deliver(report={"comment": "off"})
    assert done.reported is not None
    assert done.reported.checks[1].reason == "`report.comment` is off"
    assert desk.comments == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "kind", ["look for pull requests", "look for artifacts", "ask for artifact", "create comment", "look for comments"]
)
def test_whatever_goes_wrong_on_the_way_there_is_one_comment(kind: str, fault: str, desk: Desk) -> None:
    planned = Planned(kind, FAULTS[fault])
    desk.github.planned = [planned]
    desk.leave(strangers.honest())
    assert desk.deliver().received.status is Status.PASSED
    assert planned.fired
    assert len(desk.comments) == 1


@pytest.mark.parametrize("fault", ["cut", "302", "403", "500", "503", "429", "408"])
def test_a_download_that_breaks_is_tried_again(fault: str, desk: Desk) -> None:
    assert desk.github.storage is not None
    desk.github.storage.faults = [fault]
    desk.leave(strangers.honest())
    assert desk.deliver().received.status is Status.PASSED
    assert len(desk.github.storage.seen) == 2
    assert len(desk.comments) == 1


def test_a_storage_that_never_answers_ends_with_words(desk: Desk) -> None:
    assert desk.github.storage is not None
    desk.github.storage.faults = ["503"] * 100
    desk.leave(strangers.honest())
    with pytest.raises(UnavailableError):
        desk.deliver()
    assert desk.comments == []


@pytest.mark.parametrize("right", ["actions", "pull-requests"])
def test_a_right_that_is_missing_is_named(right: str, desk: Desk) -> None:
    del desk.github.world.rights[right]
    desk.leave(strangers.honest())
    with pytest.raises(ConfigurationError) as caught:
        desk.deliver()
    assert f"{right}: read" in caught.value.fix


def test_a_renamed_repository_is_followed(desk: Desk) -> None:
    desk.github.world.former, desk.github.world.repository = "acme/flights", "acme/delays"
    desk.leave(strangers.honest())
    assert desk.deliver().received.status is Status.PASSED
    assert len(desk.comments) == 1


def test_an_event_that_does_not_say_which_run_ended_is_an_error(desk: Desk) -> None:
    for event in ({"workflow_run": None}, ended(head_sha="main; id"), ended(id=0), ended(run_attempt="x")):
        with pytest.raises(InputError, match="does not say which run"):
            desk.deliver(event)


RECEIVE = ("receive", "--workflow", "model.yml")


def by_command(project: Path, github: FakeGitHub, *arguments: str) -> Any:  # noqa: F811
    path = project / "ended.json"
    path.write_text(json.dumps(ended()))
    more = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(path)}
    return call(project, github, *arguments, **more)


def test_the_commands_say_in_a_notice_why_nothing_was_posted_and_are_green(
    project: Path,  # noqa: F811
    github: FakeGitHub,
) -> None:
    github.world.artifact(RUN, "trainstop-report-1", strangers.archives()["zip-slip"][0])
    done = by_command(project, github, *RECEIVE)
    assert done.returncode == 0, done.stderr
    assert "::notice title=nothing received::nothing is posted for pull request 7" in done.stderr
    assert "status<<" in (project / "output").read_text()
    assert "skipped" in (project / "output").read_text()
    again = by_command(project, github, "report")
    assert again.returncode == 2
    assert github.world.comments == {}


def test_the_commands_post_what_is_as_it_should_be(project: Path, github: FakeGitHub) -> None:  # noqa: F811
    github.world.artifact(RUN, "trainstop-report-1", strangers.honest())
    for arguments in (RECEIVE, ("report",)):
        done = by_command(project, github, *arguments)
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
    assert len(github.world.bodies(7)) == 1
    assert "The numbers below come from the pull request's own code" in (project / "summary").read_text()


def test_what_report_leaves_is_what_receive_takes(project: Path, github: FakeGitHub) -> None:  # noqa: F811
    github.world.rights = {"issues": "read", "pull-requests": "read", "actions": "read"}
    world(project).evaluate()
    assert call(project, github, "report").returncode == 0
    file = project / ".trainstop" / "report.json"
    assert f"\n{file}\n" in (project / "output").read_text()
    github.world.artifact(RUN, "trainstop-report-1", strangers.packed(file.read_bytes()))
    done = by_command(project, github, *RECEIVE)
    assert "1 record" in done.stdout or "evaluate" in done.stdout, done.stdout + done.stderr


def test_outside_github_there_is_nothing_to_receive(project: Path, github: FakeGitHub) -> None:  # noqa: F811
    done = call(project, github, *RECEIVE, GITHUB_TOKEN="")
    assert done.returncode == 2
    assert "only a job of GitHub Actions can receive" in done.stderr
    done = call(project, github, *RECEIVE)
    assert done.returncode == 2
    assert "was started by `pull_request`" in done.stderr
