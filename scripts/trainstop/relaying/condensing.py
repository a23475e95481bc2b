"""From records to the file: all of them where they fit, else with ever shorter lists, and how much is missing."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from trainstop.records import Check, CheckStatus, Record
from trainstop.relaying import limits

T = TypeVar("T")
STEPS = (10_000, 1000, 300, 100, 50, 20, 10, 5, 2)
"""How many entries of each list are tried, one after the other. A pair, as an interval is one, always stays whole."""
STANDS_OUT = {CheckStatus.FAILED: 0, CheckStatus.INCONCLUSIVE: 1, CheckStatus.WARNED: 2}


class Letter(BaseModel):
    """The file. `left_out` counts entries of long lists that were left out to keep it small."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = limits.SCHEMA_VERSION
    left_out: int = 0
    records: tuple[dict[str, Any], ...] = ()


class _Cut:
    """Shortens values, and counts the entries it leaves out."""

    def __init__(self, entries: int, text: int) -> None:
        self._entries = entries
        self._text = text
        self.left_out = 0

    def of(self, value: Any, field: str = "") -> Any:
        """Return a value with shorter lists and texts; models stay models. Half a chart would be a wrong one."""
        if field == "charts":
            return None
        if isinstance(value, BaseModel):
            fields = type(value).model_fields
            return value.model_copy(update={name: self.of(getattr(value, name), name) for name in fields})
        if isinstance(value, Mapping):
            return {
                self._words(str(name), limits.NAME): self.of(each) for name, each in self._some(list(value.items()))
            }
        if isinstance(value, tuple | list):
            return tuple(self.of(each) for each in self._some(value))
        if isinstance(value, str):
            return self._words(value, limits.NAME if field == "name" else limits.TEXT, last=field == "tail")
        return value

    def _some(self, entries: Sequence[T]) -> list[T]:
        """Return as many entries as may stay, in their order; of checks those that stand out before others."""
        ranked = sorted(range(len(entries)), key=lambda index: _rank(entries[index]))
        kept = sorted(ranked[: self._entries])
        self.left_out += len(entries) - len(kept)
        return [entries[index] for index in kept]

    def _words(self, text: str, limit: int, *, last: bool = False) -> str:
        """Return a text of at most so many characters, its beginning or its end."""
        limit = min(limit, self._text)
        if len(text) <= limit:
            return text
        return f"…{text[1 - limit :]}" if last else f"{text[: limit - 1]}…"


def _rank(entry: object) -> int:
    """Return how early an entry has a place; entries of one rank keep their order."""
    return STANDS_OUT.get(entry.status, len(STANDS_OUT)) if isinstance(entry, Check) else 0


def condensed(records: Sequence[Record[Any]], size: int = limits.BYTES) -> str:
    """Return the file's text, at most `size` bytes of UTF-8.

    Args:
        records: of the stages that check a change, at most one a stage.
        size: bytes; not less than two entries a list with short texts take.

    """
    text = ""
    for entries, words in (*((step, limits.TEXT) for step in STEPS), (STEPS[-1], 100)):
        cut = _Cut(entries, words)
        shown = tuple(cut.of(record).model_dump(mode="json") for record in records)
        text = Letter(left_out=cut.left_out, records=shown).model_dump_json() + "\n"
        if len(text.encode()) <= size:
            break
    return text
