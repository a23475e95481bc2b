"""The comment: one for each workflow, a section a model, newest result on top, and words where there is none."""

from pathlib import Path

import pytest
from tests.fakes.github.faults import FAULTS
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import TOKEN, Start

from trainstop.errors import ConfigurationError, UnavailableError

MARKER = "trainstop:report:flight-delay"
MARK = "<!-- trainstop:comment:model.yml -->"
SECTION = f"<!-- {MARKER} -->"


def test_the_second_run_updates_the_comment_of_the_first(github: FakeGitHub, job: Start) -> None:
    first = job(run=100).forge.put_comment(MARKER, "one")
    second = job(run=101).forge.put_comment(MARKER, "two")
    assert first.address == second.address != ""
    (body,) = github.world.bodies(7)
    assert body.splitlines() == [MARK, SECTION, "<!-- trainstop:run:101.1 -->", "two"]


def test_an_older_run_leaves_the_newer_result_and_says_so(github: FakeGitHub, job: Start) -> None:
    job(run=101).forge.put_comment(MARKER, "new")
    older = job(run=100)
    posted = older.forge.put_comment(MARKER, "old")
    assert posted.address
    assert github.world.bodies(7)[0].endswith("new\n")
    assert older.notices == ["a newer run has written its result there"]


def test_two_workflows_have_their_own(github: FakeGitHub, job: Start) -> None:
    other = "acme/flights/.github/workflows/other.yml@refs/pull/7/merge"
    job().forge.put_comment(MARKER, "a")
    job(GITHUB_WORKFLOW_REF=other).forge.put_comment(MARKER, "b")
    assert [body.split()[-1] for body in github.world.bodies(7)] == ["a", "b"]


SECOND = "trainstop:report:a-second"


def sections_of(github: FakeGitHub) -> list[tuple[str, str]]:
    """Return the run and the text of each section of the one comment."""
    (body,) = github.world.bodies(7)
    lines = [line for line in body.splitlines() if line not in {"", "---"}]
    return [(lines[place + 1], lines[place + 2]) for place, line in enumerate(lines) if "trainstop:report:" in line]


def test_two_models_of_one_workflow_have_a_section_each_in_one_comment(github: FakeGitHub, job: Start) -> None:
    for marker, text in ((MARKER, "delay"), (SECOND, "second"), (MARKER, "delay again")):
        assert job(run=101).forge.put_comment(marker, text).address
    run = "<!-- trainstop:run:101.1 -->"
    assert sections_of(github) == [(run, "second"), (run, "delay again")]


def test_each_section_is_the_newest_of_its_own_model(github: FakeGitHub, job: Start) -> None:
    job(run=101).forge.put_comment(MARKER, "new")
    job(run=100).forge.put_comment(SECOND, "of the run before")
    older = job(run=100)
    assert older.forge.put_comment(MARKER, "old").reason == "a newer run has written its result there"
    assert [text for _, text in sections_of(github)] == ["of the run before", "new"]


def test_twins_that_two_jobs_made_at_once_become_one_comment_with_both_sections(github: FakeGitHub, job: Start) -> None:
    other = f"{MARK}\n<!-- {SECOND} -->\n<!-- trainstop:run:100.1 -->\nsecond\n"
    github.world.comment(7, f"{MARK}\n{SECTION}\n<!-- trainstop:run:99.1 -->\nold\n")
    github.world.comment(7, other)
    assert job(run=100).forge.put_comment(MARKER, "delay").address
    assert [text for _, text in sections_of(github)] == ["second", "delay"]


def test_only_update_leaves_a_comment_of_another_model_without_this_one(github: FakeGitHub, job: Start) -> None:
    job().forge.put_comment(SECOND, "second")
    assert job().forge.put_comment(MARKER, "delay", only_update=True).address == ""
    assert [text for _, text in sections_of(github)] == ["second"]


def test_two_long_sections_share_the_room_and_each_points_to_the_summary(github: FakeGitHub, job: Start) -> None:
    for marker in (MARKER, SECOND):
        assert job().forge.put_comment(marker, f"# {marker}\n" + "| a | row of a table |\n" * 5000).address
    job().forge.put_comment("trainstop:report:short", "short")
    (body,) = github.world.bodies(7)
    assert len(body) <= 65_536
    assert body.count("The rest is in the job's summary") == 2
    assert body.rstrip().endswith("short")
    assert len(body) > 60_000


def test_our_comment_is_found_on_the_last_of_many_pages(github: FakeGitHub, job: Start) -> None:
    for number in range(250):
        github.world.comment(7, f"talk {number}", author="ada")
    job(run=100).forge.put_comment(MARKER, "one")
    job(run=101).forge.put_comment(MARKER, "two")
    assert len(github.world.bodies(7)) == 1
    assert [asked.query.get("page") for asked in github.seen if asked.path.endswith("/comments")].count("3") == 4


def test_few_requests_are_made(github: FakeGitHub, job: Start) -> None:
    job().forge.put_comment(MARKER, "one")
    assert len(github.seen) == 5
    assert github.requests("POST") == ["/repos/acme/flights/issues/7/comments"]


@pytest.mark.parametrize("event", ["push", "merge_group", "schedule"])
def test_without_a_pull_request_github_is_not_even_asked(event: str, github: FakeGitHub, job: Start) -> None:
    posted = job(GITHUB_EVENT_NAME=event).forge.put_comment(MARKER, "one")
    assert posted.address == ""
    assert "no pull request" in posted.reason
    assert not github.seen


def test_a_token_that_may_not_even_read_is_a_notice_and_no_error(github: FakeGitHub, job: Start) -> None:
    github.world.rights = {"contents": "read"}
    posted = job().forge.put_comment(MARKER, "one")
    assert "may not comment" in posted.reason
    assert {asked.method for asked in github.seen} == {"GET"}


def test_a_token_that_may_not_comment_is_a_notice_and_no_error(github: FakeGitHub, job: Start) -> None:
    github.world.rights = {"issues": "read", "pull-requests": "read"}
    fork = job()
    posted = fork.forge.put_comment(MARKER, "one")
    assert posted.address == ""
    assert "may not comment" in posted.reason
    assert fork.notices == [posted.reason]
    assert len(github.requests("POST")) == 1


def test_a_locked_conversation_is_a_notice(github: FakeGitHub, job: Start) -> None:
    github.world.issues[7]["locked"] = True
    assert "is locked" in job().forge.put_comment(MARKER, "one").reason


def test_a_pull_request_that_is_gone_is_a_notice(github: FakeGitHub, job: Start) -> None:
    del github.world.issues[7]
    assert "not there any more" in job().forge.put_comment(MARKER, "one").reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "closed"}, "was closed meanwhile"),
        ({"state": "closed", "merged": True}, "was merged meanwhile"),
        ({"sha": "f" * 40}, "stands at commit fffffff meanwhile"),
    ],
)
def test_what_became_of_the_pull_request_is_said(
    changes: dict[str, object], words: str, github: FakeGitHub, job: Start
) -> None:
    github.world.issues[7].update(changes)
    this = job()
    assert this.forge.put_comment(MARKER, "one").address
    assert words in this.notices[0]


def test_a_comment_that_was_deleted_between_look_and_edit_is_made_again(github: FakeGitHub, job: Start) -> None:
    job(run=100).forge.put_comment(MARKER, "one")

    def delete_before_the_edit(asked: object) -> None:
        if getattr(asked, "method", "") == "PATCH":
            github.world.comments.clear()

    github.before = delete_before_the_edit
    assert job(run=101).forge.put_comment(MARKER, "two").address
    assert [body.splitlines()[-1] for body in github.world.bodies(7)] == ["two"]


def test_a_list_that_lags_behind_makes_no_second_comment(github: FakeGitHub, job: Start) -> None:
    github.world.comment(7, "talk", author="ada")
    github.world.lag = 20
    job().forge.put_comment(MARKER, "one")
    assert len(github.world.bodies(7)) == 1


def test_only_update_makes_none_and_updates_one(github: FakeGitHub, job: Start) -> None:
    assert job().forge.put_comment(MARKER, "one", only_update=True).address == ""
    assert not github.world.comments
    job(run=101).forge.put_comment(MARKER, "one")
    assert job(run=102).forge.put_comment(MARKER, "two", only_update=True).address
    assert github.world.bodies(7)[0].rstrip().endswith("two")


def test_a_body_that_is_too_long_is_cut_and_points_to_the_summary(github: FakeGitHub, job: Start) -> None:
    job().forge.put_comment(MARKER, "| a | row of a table |\n" * 5000)
    (body,) = github.world.bodies(7)
    assert len(body) <= 65_536
    assert body.endswith("The rest is in the job's summary.*\n")


def test_a_renamed_repository_is_followed(github: FakeGitHub, job: Start) -> None:
    github.world.former, github.world.repository = "acme/flights", "acme/delays"
    assert job(run=100).forge.put_comment(MARKER, "one").address
    assert job(run=101).forge.put_comment(MARKER, "two").address
    assert len(github.world.bodies(7)) == 1


def test_a_repository_renamed_between_look_and_write_is_followed(github: FakeGitHub, job: Start) -> None:
    def rename_before_the_write(asked: object) -> None:
        if getattr(asked, "method", "") == "POST":
            github.world.former, github.world.repository = "acme/flights", "acme/delays"

    github.before = rename_before_the_write
    assert job().forge.put_comment(MARKER, "one").address
    assert len(github.world.bodies(7)) == 1


def test_a_person_s_token_writes_and_finds_under_its_own_name(github: FakeGitHub, job: Start) -> None:
    github.world.people["ghp_personal1"] = "release-team"
    for run in (100, 101):
        job(run=run, GITHUB_TOKEN="ghp_personal1").forge.put_comment(MARKER, f"run {run}")
    assert [body.splitlines()[-1] for body in github.world.bodies(7, "release-team")] == ["run 101"]


def test_an_app_s_token_learns_its_name_from_the_first_answer(github: FakeGitHub, job: Start) -> None:
    github.world.apps["ghs_ourapp1"] = "model-gate[bot]"
    for run in (100, 101):
        job(run=run, GITHUB_TOKEN="ghs_ourapp1").forge.put_comment(MARKER, f"run {run}")
    assert [body.splitlines()[-1] for body in github.world.bodies(7, "model-gate[bot]")] == ["run 101"]


def test_waiting_is_said_and_has_an_end(github: FakeGitHub, job: Start) -> None:
    github.faults = {(TOKEN, number): FAULTS["429"] for number in range(1, 9)}
    this = job()
    with pytest.raises(UnavailableError) as caught:
        this.forge.put_comment(MARKER, "one")
    assert "waits 60 s" in this.noted.getvalue()
    assert "longer than the 300 s that are allowed" in caught.value.what
    assert not github.world.bodies(7)


def test_a_server_that_never_answers_ends_with_words(github: FakeGitHub, job: Start) -> None:
    github.faults = {(TOKEN, number): FAULTS["503"] for number in range(100)}
    start = github.world.clock.monotonic()
    with pytest.raises(UnavailableError):
        job().forge.put_comment(MARKER, "one")
    assert github.world.clock.monotonic() - start < 400


def test_a_token_that_has_ended_says_what_to_do(github: FakeGitHub, job: Start) -> None:
    def refused(asked: object) -> None:
        github.faults[(TOKEN, 0)] = BAD_TOKEN

    github.before = refused
    with pytest.raises(ConfigurationError) as caught:
        job().forge.put_comment(MARKER, "one")
    assert "GITHUB_TOKEN" in caught.value.fix
    assert TOKEN not in str(caught.value)


BAD_TOKEN = FAULTS["500"].__class__(done=False, answer="401", message="Bad credentials")


def test_the_summary_goes_to_the_job_s_page(job: Start, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    assert job(GITHUB_STEP_SUMMARY=str(page)).forge.put_summary("# Report") == ""
    assert page.read_text() == "# Report\n"
