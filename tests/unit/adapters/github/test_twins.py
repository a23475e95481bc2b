"""One text with a marker: whoever looks takes the same next step, from whatever was left."""

from dataclasses import replace
from itertools import permutations, product

import pytest

from trainstop.adapters.github.twins import (
    Create,
    Done,
    Edit,
    Found,
    Rank,
    Remove,
    Wanted,
    marked,
    next_step,
    own,
    rank_of,
    same,
    text_of,
)

MARK = marked("trainstop:report:delay", "ci.yml")
BOT = "github-actions[bot]"


def body(run: int, attempt: int = 1) -> str:
    return text_of(MARK, f"result of {run}.{attempt}", Rank(run, attempt))


def found(number: int, text: str, author: str = BOT) -> Found:
    return Found(id=number, author=author, body=text)


def wanted(run: int, attempt: int = 1) -> Wanted:
    return Wanted(mark=MARK, body=body(run, attempt), rank=Rank(run, attempt))


def settled(there: list[Found], want: Wanted) -> list[Found]:
    """Take steps until nothing is left to do."""
    for _ in range(20):
        match next_step(own(there, MARK, BOT), want):
            case Create(text):
                there = [*there, found(max((each.id for each in there), default=0) + 1, text)]
                want = want.taken()
            case Edit(number, text):
                there = [replace(each, body=text) if each.id == number else each for each in there]
                want = want.taken() if text == want.body else want
            case Remove(number, _):
                there = [each for each in there if each.id != number]
            case Done():
                return there
    raise AssertionError("never done")


def test_nothing_there_is_made_once() -> None:
    assert [each.body for each in settled([], wanted(5))] == [body(5)]


def test_only_update_makes_nothing() -> None:
    assert next_step([], wanted(5), only_update=True) == Done(None)


def test_from_any_twins_in_any_order_the_oldest_stays_with_the_newest_result() -> None:
    for runs in product([3, 4, 5, 6], repeat=3):
        left = settled([found(number, body(run)) for number, run in enumerate(runs)], wanted(5))
        assert [(each.id, each.body) for each in left] == [(0, body(max(*runs, 5)))]


def test_order_of_the_list_makes_no_difference() -> None:
    there = [found(1, body(3)), found(2, body(6)), found(3, body(4))]
    for order in permutations(there):
        assert settled(list(order), wanted(5)) == [found(1, body(6))]


def test_a_rerun_is_newer_than_its_first_attempt_and_older_than_the_next_run() -> None:
    assert settled([found(1, body(5, 1))], wanted(5, 2)) == [found(1, body(5, 2))]
    assert settled([found(1, body(6, 1))], wanted(5, 9)) == [found(1, body(6, 1))]
    assert Rank(5, 10) > Rank(5, 9) > Rank(4, 99)


def test_an_older_run_says_that_it_was_superseded() -> None:
    step = next_step([found(1, body(6))], wanted(5))
    assert isinstance(step, Done)
    assert step.superseded


def test_two_jobs_of_one_run_do_not_write_in_turns_for_ever() -> None:
    other = text_of(MARK, "another job's", Rank(5, 1))
    assert next_step([found(1, other)], wanted(5)) == Edit(1, body(5))
    assert next_step([found(1, other)], wanted(5).taken()) == Done(found(1, other))


@pytest.mark.parametrize(
    "stranger",
    [
        found(1, body(1), author="mallory"),
        found(1, body(1), author=""),
        found(1, f"quoted:\n{body(1)}"),
        found(1, text_of(marked("trainstop:report:delay", "other.yml"), "x")),
        found(1, text_of(marked("trainstop:report:delay2", "ci.yml"), "x")),
    ],
)
def test_what_is_not_ours_is_never_touched(stranger: Found) -> None:
    assert own([stranger], MARK, BOT) == []


@pytest.mark.parametrize("line", ["", "<!-- trainstop:run:x.1 -->", "<!-- trainstop:run:5 -->", "text"])
def test_a_text_that_does_not_say_which_run_wrote_it_is_the_oldest(line: str) -> None:
    assert rank_of(f"{MARK}\n{line}\n<!-- trainstop:run:9.9 -->") == Rank()


def test_line_ends_that_github_changes_are_no_difference() -> None:
    assert same("a\r\nb\n", "a\nb")
    assert own([found(1, body(5).replace("\n", "\r\n"))], MARK, BOT)
    assert rank_of(body(5).replace("\n", "\r\n")) == Rank(5, 1)
    assert not same("a b", "ab")
