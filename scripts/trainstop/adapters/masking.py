"""How secrets are kept out of text, however they are written there."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

from trainstop.adapters import inside, known_keys
from trainstop.adapters.environ import SHORTEST, SURE

MASK = "***"


class Masker:
    """Replaces secrets in text, also when percent-encoded, in base64 (wherever it begins), or as JSON.

    Nobody needs to name those that give themselves away (see `known_keys`).
    """

    def __init__(self, values: Iterable[str]) -> None:
        """Prepare for these secrets; shorter ones than `SHORTEST` are left."""
        forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self.longest = len(self._forms[0]) if self._forms else 0

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets stand, in order, those that touch or overlap as one."""
        found = list(known_keys.spans(text))
        for form in self._forms:
            at = text.find(form)
            while at >= 0:
                found.append((at, at + len(form)))
                at = text.find(form, at + 1)
        merged: list[tuple[int, int]] = []
        for begin, end in sorted(found):
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return merged

    def in_file(self, path: Path) -> bool:
        """Say whether a file holds one of the secrets, in any of its forms and also behind compression (see `inside`).

        Short ones are left: they stand in files by chance.
        """
        forms = [form.encode(errors="surrogateescape") for form in self._forms if len(form) >= SURE]
        return bool(forms) and any(_holds(pieces, forms) for pieces in inside.contents(path))

    def mask(
        self, text: str, begin: int = 0, end: int | None = None, spans: list[tuple[int, int]] | None = None
    ) -> str:
        """Return `text[begin:end]` with every secret replaced, those that reach over its edges too."""
        end = len(text) if end is None else end
        pieces, at = [], begin
        for left, right in self.spans(text) if spans is None else spans:
            if right <= begin or left >= end:
                continue
            pieces += [text[at:left] if left > at else "", MASK]
            at = right
        return "".join([*pieces, text[at:end]])


def _holds(pieces: Iterable[bytes], forms: list[bytes]) -> bool:
    """Say whether one of the forms stands in some bytes, also over the edges of the pieces they come in."""
    longest, before = max(map(len, forms)), b""
    for piece in pieces:
        content = before + piece
        if any(form in content for form in forms):
            return True
        before = content[-longest:]
    return False


def _forms(value: str) -> Iterable[str]:
    """Yield how a secret may be written."""
    for text in {value, value.strip(), *value.splitlines()}:
        if len(text) < SHORTEST:
            continue
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        yield quote(text)
        yield quote(text, safe="")
        yield quote_plus(text)
        content = text.encode(errors="surrogateescape")
        for shift in range(3):
            # What stands before and after decides the first and last digits; those in between are the same anywhere.
            digits = base64.b64encode(b"\0" * shift + content).rstrip(b"=").decode()
            whole = digits[(0, 2, 3)[shift] : None if (shift + len(content)) % 3 == 0 else -1]
            if len(whole) >= SHORTEST:
                yield whole
                yield whole.replace("+", "-").replace("/", "_")
