"""Which run answers an occasion: ours, named by the key, or alone in its time."""

from datetime import UTC, datetime, timedelta

from trainstop.adapters.github.answers import Person, Run
from trainstop.adapters.github.dispatches import answering
from trainstop.ports.forge import Dispatch

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
WANTED = Dispatch(workflow="train.yml", key="abc", reason="it fell", since=SINCE)
BOT = "github-actions[bot]"


def run(title: str, *, days: float = 1, actor: str = BOT) -> Run:
    at = SINCE + timedelta(days=days)
    return Run(id=1, html_url="u", created_at=at, display_title=title, actor=Person(login=actor))


def test_a_run_with_the_key_in_its_name_answers() -> None:
    assert answering([run("other (trainstop xyz)"), run("it fell (trainstop abc)")], WANTED, BOT) is not None


def test_a_run_for_another_occasion_does_not() -> None:
    assert answering([run("it fell (trainstop abcd)"), run("(trainstop xyz)")], WANTED, BOT) is None


def test_a_workflow_that_does_not_show_its_reason_is_known_by_author_and_time() -> None:
    assert answering([run("Retrain")], WANTED, BOT) is not None
    assert answering([run("Retrain", actor="ada")], WANTED, BOT) is None
    assert answering([run("Retrain", days=-1)], WANTED, BOT) is None


def test_a_person_who_copies_the_key_starts_nothing_in_our_name() -> None:
    assert answering([run("(trainstop abc)", actor="mallory")], WANTED, BOT) is None
