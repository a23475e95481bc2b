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
        "environment-called": {"found": "true", "superseded": "true"},
        "greedy": {"seen": "refused"},
        "approval": {"seen": "approved"},
        "queue": {},
        "comment": {"seen": conformance.BOT},
    }
    made = {name: {"result": "success", "outputs": outputs} for name, outputs in good.items()}
    return {**made, **{name.replace("_", "-"): job for name, job in changed.items()}}


def test_what_was_seen_held(conformance: ModuleType) -> None:
    answers = [answer for _, answer in conformance.rows(needs(conformance))]
    assert set(answers[: len(conformance.QUESTIONS)]) == {"held"}
    rest = answers[len(conformance.QUESTIONS) :]
    assert rest
    assert all(answer.startswith("not tried here: ") for answer in rest)


@pytest.mark.parametrize(
    "job", ["called", "ceiling", "environment", "environment_called", "approval", "queue", "comment", "greedy"]
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
    found = conformance.rows(needs(conformance, **{job: ended}))[: len(conformance.QUESTIONS)]
    answers = [said for _, said in found if said != "held"]
    assert answers
    assert all(said.startswith(answer) for said in answers)


def test_another_answer_is_told(conformance: ModuleType) -> None:
    opened = {"result": "success", "outputs": {"seen": "201"}}
    assert "did not hold: saw 201" in [answer for _, answer in conformance.rows(needs(conformance, ceiling=opened))]


def test_the_table_has_a_row_a_question(conformance: ModuleType) -> None:
    table = conformance.table(conformance.rows(needs(conformance)))
    assert table.count("\n") == len(conformance.QUESTIONS) + len(conformance.ELSEWHERE) + 2


@pytest.mark.parametrize(
    ("dispatched", "ends", "seen"),
    [
        (204, "startup_failure", "refused"),
        (422, "", "refused"),
        (204, "success", "success"),
        (204, "failure", "failure"),
        (404, "", "no end of it, status 404"),
    ],
)
def test_a_workflow_that_asks_for_too_much_is_refused_or_what_became_of_it_is_told(
    conformance: ModuleType, monkeypatch: pytest.MonkeyPatch, dispatched: int, ends: str, seen: str
) -> None:
    earlier = {"id": 1, "status": "completed", "conclusion": "success"}
    waiting = {"id": 2, "status": "queued", "conclusion": None}
    runs = [earlier, *([waiting, {"id": 2, "status": "completed", "conclusion": ends}] if ends else [])]

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        assert conformance.GREEDY in path
        assert (method == "POST") == (body is not None)
        return (dispatched, None) if body else (200, {"workflow_runs": [runs.pop(0) if runs[1:] else runs[0]]})

    monkeypatch.setattr(conformance, "ask", ask)
    monkeypatch.setattr(conformance, "PAUSE", 0.0)
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    assert conformance.greedy() == seen
