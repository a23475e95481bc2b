import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from trainstop.delivery.contract import Column, keeps_contract, repeats_golden, signature
from trainstop.errors import InputError
from trainstop.golden import Golden
from trainstop.ports.endpoints import Answer

GOLDEN = Golden(columns=("a", "b"), rows=((1.0, "x"), (2.0, "y")), answers=(0.25, 0.75))
COLUMNS = (Column("a", "double"), Column("b", "string"))
Reply = Callable[[list[str], list[list[Any]]], Answer]


class Endpoint:
    """Answers by a function of columns and rows."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        return self.reply(list(columns), [list(row) for row in rows])


def honest(columns: list[str], rows: list[list[Any]]) -> Answer:
    """Answer as a server that honours its signature does."""
    if not {"a", "b"} <= set(columns):
        return Answer(status=400, text="missing inputs")
    values = [row[columns.index("a")] for row in rows]
    if any(isinstance(value, str) for value in values):
        return Answer(status=400, text="wrong type")
    return Answer(status=200, predictions=[value / 2 - 0.25 if value == 1.0 else 0.75 for value in values])


def verdicts(reply: Reply, columns: Sequence[Column] = COLUMNS) -> dict[str, str]:
    checks = keeps_contract(Endpoint(reply), "http://model", GOLDEN, columns)
    return {check.name: check.status.value for check in checks}


def test_an_honest_server_keeps_the_contract() -> None:
    assert set(verdicts(honest).values()) == {"passed"}


def breaking(asked: Callable[[list[str], list[list[Any]]], bool], answer: Answer) -> Reply:
    """Be honest, except to one question."""
    return lambda columns, rows: answer if asked(columns, rows) else honest(columns, rows)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (breaking(lambda c, r: len(r) == 2, Answer(status=200, predictions=[0.25, 0.751])), "golden predictions"),
        (breaking(lambda c, r: len(c) == 3, Answer(status=500)), "extra column"),
        (breaking(lambda c, r: len(c) == 1, Answer(status=200, predictions=[0.1])), "missing column"),
        (breaking(lambda c, r: len(c) == 1, Answer(status=0)), "missing column"),
        (breaking(lambda c, r: r[0][0] == "not a number", Answer(status=500)), "wrongly typed column"),
    ],
)
def test_each_way_to_break_it_is_found(broken: Reply, check: str) -> None:
    assert verdicts(broken)[check] == "failed"


def test_no_golden_predictions_are_no_pass() -> None:
    empty = Golden(columns=("a",), rows=(), answers=())
    check = repeats_golden(Endpoint(lambda columns, rows: Answer(status=200)), "http://model", empty)
    assert check.status == "failed"


def test_a_wrong_number_of_answers_is_no_pass() -> None:
    check = repeats_golden(Endpoint(lambda *asked: Answer(status=200, predictions=[0.25])), "http://model", GOLDEN)
    assert check.status == "failed"
    assert "1 answers came to 2 rows" in check.reason


def test_the_first_wrong_answer_is_shown_beside_the_right_one() -> None:
    reply = Endpoint(lambda *asked: Answer(status=200, predictions=[0.25, 0.5]))
    check = repeats_golden(reply, "http://model", GOLDEN)
    assert (check.value, check.limit) == (1, 2)
    assert "row 2 was 0.75 offline and is 0.5 here" in check.reason


def test_no_answer_is_told_from_a_bad_one() -> None:
    check = repeats_golden(Endpoint(lambda *asked: Answer(status=0, text="refused")), "http://model", GOLDEN)
    assert "no answer: refused" in check.reason


def test_a_model_without_a_signature_is_warned_about() -> None:
    found = verdicts(honest, columns=())
    assert (found["missing column"], found["wrongly typed column"]) == ("warned", "warned")


def test_what_a_signature_allows_is_not_asked() -> None:
    found = verdicts(honest, columns=(Column("a", "double", required=False), Column("b", "string", required=False)))
    assert found["missing column"] == "skipped"
    assert verdicts(honest, columns=(Column("b", "string"),))["wrongly typed column"] == "skipped"


def test_the_signature_is_read_from_the_models_description(tmp_path: Path) -> None:
    inputs = [{"type": "double", "name": "a", "required": True}, {"type": "string", "name": "b", "required": False}]
    (tmp_path / "MLmodel").write_text(json.dumps({"signature": {"inputs": json.dumps(inputs)}}))
    assert signature(tmp_path) == (Column("a", "double"), Column("b", "string", required=False))


@pytest.mark.parametrize("text", ["{}", "signature: null", 'signature: {inputs: \'[{"type": "tensor"}]\'}'])
def test_a_signature_without_names_gives_no_columns(tmp_path: Path, text: str) -> None:
    (tmp_path / "MLmodel").write_text(text)
    assert signature(tmp_path) == ()


@pytest.mark.parametrize("text", [None, "[", "- a", "signature: {inputs: '['}"])
def test_an_unreadable_description_is_said_so(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(InputError, match="description"):
        signature(tmp_path)
