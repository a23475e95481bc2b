"""Issues: one a marker, with its life, whatever people and settings did meanwhile."""

import pytest
from tests.fakes.github.routes import Asked
from tests.fakes.github.server import FakeGitHub
from tests.fakes.github.world import BOT
from tests.integration.github.conftest import Start

from trainstop.errors import ConfigurationError

MARKER = "trainstop:incident:flight-delay:production:performance"
MARK = f"<!-- {MARKER} -->"
OURS = f"{MARK}\n<!-- trainstop:run:100.1 -->"


def test_an_issue_has_a_life(github: FakeGitHub, job: Start) -> None:
    forge = job().forge
    opened = forge.open_issue(MARKER, "it performs worse", "first words", ["trainstop"])
    forge.comment_issue(opened.number, "look-1", "still there")
    forge.update_issue(opened.number, "later words")
    forge.close_issue(opened.number)
    seen = job().forge.issue(MARKER)
    assert seen is not None
    assert (seen.number, seen.state, seen.labels) == (opened.number, "closed", ("trainstop",))
    assert seen.body == f"{OURS}\nlater words"
    assert [each.splitlines()[-1] for each in seen.comments] == ["still there"]


def test_everything_twice_is_once(github: FakeGitHub, job: Start) -> None:
    for _ in range(2):
        forge = job().forge
        number = forge.open_issue(MARKER, "title", "body", ()).number
        forge.comment_issue(number, "key", "text")
        forge.update_issue(number, "body 2")
    for _ in range(2):
        forge.close_issue(number)
    assert len(github.world.bodies(number)) == 1
    assert github.requests("PATCH").count(f"/repos/acme/flights/issues/{number}") == 2


def test_a_closed_issue_is_reopened_under_its_number(github: FakeGitHub, job: Start) -> None:
    forge = job().forge
    number = forge.open_issue(MARKER, "title", "body", ()).number
    forge.close_issue(number)
    again = job().forge.open_issue(MARKER, "title", "it is back", ())
    assert (again.number, again.state) == (number, "open")
    assert again.body.endswith("it is back")


def test_twins_are_closed_and_lose_the_marker(github: FakeGitHub, job: Start) -> None:
    first, second = (github.world.open_issue("t", f"{MARK}\nbody") for _ in range(2))
    assert job().forge.open_issue(MARKER, "t", "body", ()).number == first
    twin = github.world.issues[second]
    assert twin["state"] == "closed"
    assert not twin["body"].startswith(MARK)
    assert f"see issue {first}" in twin["body"]


def test_the_same_news_is_told_on_two_issues(github: FakeGitHub, job: Start) -> None:
    forge = job().forge
    numbers = [forge.open_issue(f"{MARKER}{name}", name, "body", ()).number for name in "ab"]
    for number in numbers:
        forge.comment_issue(number, "look-1", "it is back")
    assert [len(github.world.bodies(number)) for number in numbers] == [1, 1]


def test_an_older_run_leaves_a_newer_one_s_text_and_says_so(github: FakeGitHub, job: Start) -> None:
    newer, older = job(run=101).forge, job()
    number = newer.open_issue(MARKER, "t", "newer words", ()).number
    assert older.forge.open_issue(MARKER, "t", "older words", ()).body.endswith("newer words")
    assert not older.forge.update_issue(number, "older words")
    older.forge.close_issue(number)
    assert github.world.issues[number]["body"].endswith("newer words")
    assert github.world.issues[number]["state"] == "open"
    assert older.notices == [f"issue {number} stays as it is: a newer run has written its result there"]


def test_an_older_run_does_not_reopen_what_a_newer_one_closed(github: FakeGitHub, job: Start) -> None:
    newer = job(run=101).forge
    number = newer.open_issue(MARKER, "t", "newer words", ()).number
    newer.close_issue(number)
    assert job().forge.open_issue(MARKER, "t", "older words", ()).state == "closed"
    assert job(run=102).forge.open_issue(MARKER, "t", "it is back", ()).state == "open"


def test_the_newest_of_twins_is_what_stays(github: FakeGitHub, job: Start) -> None:
    first = github.world.open_issue("t", f"{MARK}\n<!-- trainstop:run:98.1 -->\nolder words")
    github.world.open_issue("t", f"{MARK}\n<!-- trainstop:run:99.1 -->\nnewer words")
    assert job().forge.open_issue(MARKER, "t", "body", ()).number == first
    assert github.world.issues[first]["body"].endswith("newer words")


def test_of_two_jobs_of_one_run_the_later_text_stays(github: FakeGitHub, job: Start) -> None:
    one = job().forge
    number = one.open_issue(MARKER, "t", "body", ()).number
    written = len(github.requests("PATCH"))

    def interrupt(asked: Asked) -> None:
        if asked.method == "GET" and len(github.requests("PATCH")) == written + 1:
            github.world.issues[number]["body"] = f"{OURS}\nof the other"

    github.before = interrupt
    assert one.update_issue(number, "of the one")
    assert github.world.issues[number]["body"].endswith("of the other")


def test_somebody_else_s_issue_with_our_marker_is_left_alone(github: FakeGitHub, job: Start) -> None:
    planted = github.world.open_issue("t", f"{MARK}\nplanted", author="mallory")
    assert job().forge.issue(MARKER) is None
    opened = job().forge.open_issue(MARKER, "t", "body", ())
    assert opened.number != planted
    assert github.world.issues[planted]["body"].endswith("planted")


def test_an_update_brings_back_a_marker_that_a_person_removed(github: FakeGitHub, job: Start) -> None:
    forge = job().forge
    number = forge.open_issue(MARKER, "t", "body", ()).number
    github.world.issues[number]["body"] = "rewritten by hand"
    forge.update_issue(number, "later words")
    assert github.world.issues[number]["body"] == f"{OURS}\nlater words"


def test_a_list_that_lags_behind_opens_no_second_issue(github: FakeGitHub, job: Start) -> None:
    github.world.open_issue("another", "x")
    github.world.lag = 20
    job().forge.open_issue(MARKER, "t", "body", ())
    assert len(github.requests("POST")) == 1


def test_one_listing_serves_the_questions_of_one_job(github: FakeGitHub, job: Start) -> None:
    forge = job().forge
    assert [forge.issue(f"{MARKER}{number}") for number in range(5)] == [None] * 5
    assert github.requests("GET").count("/repos/acme/flights/issues") == 1


def test_an_issue_is_found_behind_many_others(github: FakeGitHub, job: Start) -> None:
    for number in range(120):
        github.world.open_issue(f"other {number}", "x", author="ada")
        github.world.open_issue(f"ours {number}", "x", author=BOT)
    number = job().forge.open_issue(MARKER, "t", "body", ()).number
    assert job().forge.open_issue(MARKER, "t", "body", ()).number == number


def test_issues_that_are_switched_off_say_so(github: FakeGitHub, job: Start) -> None:
    github.world.issues_on = False
    with pytest.raises(ConfigurationError) as caught:
        job().forge.open_issue(MARKER, "t", "body", ())
    assert "switched off" in caught.value.what
    assert "settings" in caught.value.fix


def test_a_missing_right_names_the_permission(github: FakeGitHub, job: Start) -> None:
    github.world.rights = {"pull-requests": "write"}
    with pytest.raises(ConfigurationError) as caught:
        job().forge.open_issue(MARKER, "t", "body", ())
    assert "issues: write" in caught.value.fix


def test_a_label_that_does_not_exist_keeps_no_issue_from_being_opened(github: FakeGitHub, job: Start) -> None:
    github.world.labels = set()
    this = job()
    assert this.forge.open_issue(MARKER, "t", "body", ["trainstop"]).labels == ()
    assert "has no label trainstop" in this.notices[0]


def test_a_title_and_a_body_that_are_too_long_are_cut(github: FakeGitHub, job: Start) -> None:
    memory = '<!-- trainstop:memory {"level":"act"} -->'
    issue = job().forge.open_issue(MARKER, "x" * 999, "| a | row |\n" * 9000 + memory, ())
    assert len(issue.title) == 256
    assert len(issue.body) <= 65_536
    assert issue.body.rstrip().endswith(memory)
