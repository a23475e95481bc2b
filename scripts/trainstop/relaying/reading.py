"""From the file's bytes to records: each held against its stage's own schema, and against what a report can show."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from trainstop.records import Provenance, Record
from trainstop.records.base import SCHEMA_VERSION
from trainstop.records.checks import LintPart
from trainstop.records.kinds import CHECKING
from trainstop.relaying import limits
from trainstop.relaying.limits import UnfitError

KINDS = {part.stage: part for part in CHECKING}
"""The stages whose records may come this way: those that check a change, and no other."""


@dataclass(frozen=True)
class Received:
    """What the file holds: records in the order of the line, and how many entries of long lists it lacks."""

    records: tuple[Record[Any], ...]
    left_out: int = 0


def read(content: bytes) -> Received:
    """Return the records of a file that anybody may have written.

    Raises:
        UnfitError: it is not what an honest run writes: no JSON in UTF-8, too deep, a number that is none, a text that
            is too long, another stage, a stage twice, or a record that is not what its stage writes.

    """
    letter = _parsed(content)
    if not isinstance(letter, dict) or letter.keys() != {"schema_version", "left_out", "records"}:
        raise UnfitError("the file has not the keys that it should have")
    if letter["schema_version"] != limits.SCHEMA_VERSION or isinstance(letter["schema_version"], bool):
        raise UnfitError("the file is of another version of trainstop")
    left_out, entries = letter["left_out"], letter["records"]
    if type(left_out) is not int or left_out < 0 or not isinstance(entries, list):
        raise UnfitError("the file has not the shape that it should have")
    if not 0 < len(entries) <= len(KINDS):
        raise UnfitError(f"the file holds {len(entries)} records, where there are {len(KINDS)} stages")
    found = {record.stage: record for record in map(_record, entries)}
    if len(found) != len(entries):
        raise UnfitError("the file holds two records of one stage")
    return Received(tuple(found[stage] for stage in KINDS if stage in found), left_out)


def attributed(record: Record[Any], origin: Provenance) -> Record[Any]:
    """Return a record that says of its origin what we know, and that links nowhere."""
    part = record.part
    if isinstance(part, LintPart):
        part = part.model_copy(
            update={"sarif": "", "findings": tuple(each.model_copy(update={"url": ""}) for each in part.findings)}
        )
    return record.model_copy(update={"provenance": origin, "part": part})


def _parsed(content: bytes) -> Any:
    """Return the JSON, with every number and text within its limits."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise UnfitError("the file is nested too deeply") from error
    except ValueError as error:
        raise UnfitError("the file is no JSON in UTF-8") from error
    _require_modest(value)
    return value


def _no_number(_: str) -> NoReturn:
    raise UnfitError("the file holds a number that is not finite")


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _int(text: str) -> int:
    if len(text) > limits.DIGITS:
        raise UnfitError("the file holds a number that is too large")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that is there twice would be read one way here and another way elsewhere."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnfitError("the file holds a key twice")
    return found


def _record(entry: Any) -> Record[Any]:
    """Return one record, as its stage writes it."""
    stage = entry.get("stage") if isinstance(entry, dict) else None
    kind = KINDS.get(stage) if isinstance(stage, str) else None
    if kind is None:
        raise UnfitError("the file holds a record of a stage that checks no change")
    try:
        record: Record[Any] = Record[kind].model_validate_json(json.dumps(entry))  # type: ignore[valid-type]
    except ValidationError as error:
        raise UnfitError(
            f"its record of `{stage}` is not what this version of trainstop writes: {error.error_count()} faults"
        ) from error
    if record.subject or record.schema_version != SCHEMA_VERSION:
        raise UnfitError(f"its record of `{stage}` is of something else, or of another version")
    if record.started_at.tzinfo is None:
        raise UnfitError(f"its record of `{stage}` has a time without its zone")
    _require_modest(record.model_dump())  # once more: a text of digits is a number by now
    return record


def _require_modest(value: Any) -> None:
    """Refuse a tree with anything that a report could not show, or that no honest record holds."""
    for field, depth, each in _leaves(value):
        if depth > limits.DEPTH:
            raise UnfitError("the file is nested too deeply")
        if isinstance(each, str):
            _require_text(each, limits.NAME if field in {"name", "key of an object"} else limits.TEXT)
        elif isinstance(each, int) and abs(each) > limits.LARGEST_COUNT:
            raise UnfitError("the file holds a number that is too large")
        elif isinstance(each, float) and not abs(each) <= limits.LARGEST:
            raise UnfitError("the file holds a number that is too large, or is none")


def _require_text(text: str, limit: int) -> None:
    """Refuse a text that is too long, or holds half a character."""
    if len(text) > limit:
        raise UnfitError(f"the file holds a text of {len(text)} characters, where {limit} are the most")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnfitError("the file holds half a character") from error


def _leaves(tree: Any) -> Iterator[tuple[str, int, Any]]:
    """Yield every key and every leaf with its field's name and its depth; without recursion, whatever the depth."""
    waiting = [("", 0, tree)]
    while waiting:
        field, depth, value = waiting.pop()
        if isinstance(value, BaseModel):
            value = value.model_dump()
        if isinstance(value, dict):
            yield from (("key of an object", depth, key) for key in value)
            waiting += [(str(key), depth + 1, each) for key, each in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [("", depth + 1, each) for each in value]
            yield "", depth, None
        else:
            yield field, depth, value
