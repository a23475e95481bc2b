"""What any served model must hold to: it repeats its golden predictions and refuses what its signature forbids."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trainstop.errors import InputError
from trainstop.golden import Golden, same_answer
from trainstop.ports.endpoints import Answer, EndpointClient
from trainstop.records import Check, CheckStatus

EXTRA_COLUMN = "trainstop_extra_column"
WRONG: dict[str, Any] = {
    **dict.fromkeys(("double", "float", "long", "integer"), "not a number"),
    "boolean": "not a truth value",
    "datetime": "not a time",
}
"""A value that a column of this type must refuse. A string column accepts anything."""


@dataclass(frozen=True)
class Column:
    """One column of a model's signature."""

    name: str
    type: str
    required: bool = True


def signature(model: Path) -> tuple[Column, ...]:
    """Return the named input columns of an MLflow model; none when it has no signature, or one without names.

    Raises:
        InputError: there is no readable `MLmodel` file.

    """
    try:
        described = yaml.safe_load((model / "MLmodel").read_text(encoding="utf-8"))
        inputs = json.loads((described.get("signature") or {}).get("inputs") or "[]")
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise InputError(
            "a model's description cannot be read", where=str(model / "MLmodel"), fix="register the model again"
        ) from error
    return tuple(
        Column(column["name"], str(column.get("type")), bool(column.get("required", True)))
        for column in inputs
        if isinstance(column, dict) and "name" in column
    )


def keeps_contract(endpoints: EndpointClient, address: str, golden: Golden, columns: Sequence[Column]) -> list[Check]:
    """Ask a served model everything it must answer rightly or refuse."""
    return [
        repeats_golden(endpoints, address, golden),
        ignores_extra(endpoints, address, golden),
        refuses_missing(endpoints, address, golden, columns),
        refuses_wrong_type(endpoints, address, golden, columns),
    ]


def repeats_golden(endpoints: EndpointClient, address: str, golden: Golden, name: str = "golden predictions") -> Check:
    """Ask the golden rows; every one must be answered as offline."""
    answer = endpoints.predict(address, golden.columns, golden.rows)
    return same_answers(name, golden, answer)


def ignores_extra(endpoints: EndpointClient, address: str, golden: Golden) -> Check:
    """Ask the golden rows with a column that the model does not know; it must change nothing."""
    rows = [[*row, "anything"] for row in golden.rows]
    answer = endpoints.predict(address, [*golden.columns, EXTRA_COLUMN], rows)
    return same_answers("extra column", golden, answer)


def refuses_missing(endpoints: EndpointClient, address: str, golden: Golden, columns: Sequence[Column]) -> Check:
    """Ask without a required column; that must be refused."""
    name = "missing column"
    required = [column.name for column in columns if column.required and column.name in golden.columns]
    if not golden.rows or not required:
        return _cannot_be_asked(name, columns, "the model requires no column by name")
    left = [index for index, column in enumerate(golden.columns) if column != required[0]]
    answer = endpoints.predict(
        address, [golden.columns[index] for index in left], [[golden.rows[0][index] for index in left]]
    )
    return refused(name, answer, f"without `{required[0]}`")


def refuses_wrong_type(endpoints: EndpointClient, address: str, golden: Golden, columns: Sequence[Column]) -> Check:
    """Ask with a value that a column's type does not allow; that must be refused."""
    name = "wrongly typed column"
    typed = [column for column in columns if column.type in WRONG and column.name in golden.columns]
    if not golden.rows or not typed:
        return _cannot_be_asked(name, columns, "every column accepts any text")
    row = list(golden.rows[0])
    row[golden.columns.index(typed[0].name)] = WRONG[typed[0].type]
    answer = endpoints.predict(address, golden.columns, [row])
    return refused(name, answer, f"`{typed[0].name}` ({typed[0].type}) = {WRONG[typed[0].type]!r}")


def same_answers(name: str, golden: Golden, answer: Answer) -> Check:
    """Compare an answer with the golden one."""
    wanted = len(golden.answers)
    if not wanted or len(golden.rows) != wanted:
        return Check(name=name, status=CheckStatus.FAILED, value=0, reason="there are no golden predictions to compare")
    if answer.status != 200:
        return Check(name=name, status=CheckStatus.FAILED, value=0, limit=wanted, reason=said(answer))
    if len(answer.predictions) != wanted:
        reason = f"{len(answer.predictions)} answers came to {wanted} rows"
        return Check(name=name, status=CheckStatus.FAILED, value=0, limit=wanted, reason=reason)
    pairs = list(zip(golden.answers, answer.predictions, strict=True))
    wrong = [index for index, (expected, seen) in enumerate(pairs) if not same_answer(expected, seen)]
    if not wrong:
        return Check(name=name, status=CheckStatus.PASSED, value=wanted, limit=wanted)
    expected, seen = pairs[wrong[0]]
    reason = f"row {wrong[0] + 1} was {_brief(expected)} offline and is {_brief(seen)} here"
    return Check(name=name, status=CheckStatus.FAILED, value=wanted - len(wrong), limit=wanted, reason=reason)


def refused(name: str, answer: Answer, asked: str) -> Check:
    """Say whether a question was refused as the asker's mistake (4xx)."""
    status = CheckStatus.PASSED if 400 <= answer.status < 500 else CheckStatus.FAILED
    reason = "" if status is CheckStatus.PASSED else f"asked {asked}: {said(answer)}"
    return Check(name=name, status=status, value=answer.status, limit="400 to 499", reason=reason)


def said(answer: Answer) -> str:
    """Say what came back, in a line."""
    text = " ".join(answer.text.split())[:200]
    return f"no answer: {text}" if answer.status == 0 else f"answered {answer.status}: {text}"


def _cannot_be_asked(name: str, columns: Sequence[Column], why: str) -> Check:
    if columns:
        return Check(name=name, status=CheckStatus.SKIPPED, reason=why)
    reason = "the model has no signature with named columns, so it cannot refuse anything"
    return Check(name=name, status=CheckStatus.WARNED, reason=reason)


def _brief(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
