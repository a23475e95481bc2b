"""The table of what held on GitHub: nothing that was not seen is said to hold."""

from types import ModuleType
from typing import Any

import pytest
from tests.unit.test_release import script


@pytest.fixture(scope="module")
def conformance() -> ModuleType:
    return script("conformance")


def needs(conformance: ModuleType, **changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    good = {
        "called": {"pack-digest": "sha256:1"},
        "ceiling": {"seen": "403"},
        "environment": {"seen": "true"},
        "environment-called": {"found": "true"},
        "approval": {"seen": "approved"},
        "queue": {},
        "comment": {"seen": conformance.BOT},
    }
    made = {name: {"result": "success", "outputs": outputs} for name, outputs in good.items()}
    return {**made, **{name.replace("_", "-"): job for name, job in changed.items()}}


def test_what_was_seen_held(conformance: ModuleType) -> None:
    assert {answer for _, answer in conformance.rows(needs(conformance))} == {"held"}


@pytest.mark.parametrize(
    "job", ["called", "ceiling", "environment", "environment_called", "approval", "queue", "comment"]
)
@pytest.mark.parametrize(
    ("ended", "answer"),
    [
        ({"result": "failure", "outputs": {}}, "did not hold"),
        ({"result": "cancelled", "outputs": {}}, "did not hold"),
        ({"result": "skipped", "outputs": {}}, "not tried"),
    ],
)
def test_what_was_not_seen_did_not_hold(conformance: ModuleType, job: str, ended: dict[str, Any], answer: str) -> None:
    answers = [found for _, found in conformance.rows(needs(conformance, **{job: ended})) if found != "held"]
    assert answers
    assert all(found.startswith(answer) for found in answers)


def test_another_answer_is_told(conformance: ModuleType) -> None:
    opened = {"result": "success", "outputs": {"seen": "201"}}
    assert "did not hold: saw 201" in [answer for _, answer in conformance.rows(needs(conformance, ceiling=opened))]


def test_the_table_has_a_row_a_question(conformance: ModuleType) -> None:
    table = conformance.table(conformance.rows(needs(conformance)))
    assert table.count("\n") == len(conformance.QUESTIONS) + 2
