"""What is secret in an environment, what of it a child may see, and how its values are kept out of text.

Owns the guess which variables are secret. It errs on the secret side: a variable that a child needs is passed by name.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote, quote_plus

from trainstop.adapters import known_keys

MASK = "***"
SHORTEST = 6
"""Shorter values are left: masking every `1` or `true` would make a log unreadable."""
SURE = 16
"""From this length on, a secret inside a longer value is no coincidence."""

SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|KEY)S?(_|\d|$)"
    r"|(^|_)(PASS|PAT|AUTH|DSN|COOKIE|SAS|JWT|CONNECTION_STRING|WEBHOOK|NETRC)(_|$)"
    r"|_PWD$",
    re.IGNORECASE,
)
WITHHELD_NAME = re.compile(
    # A runner's files and tokens, an action's inputs; our registry and settings; a Python world not the child's.
    r"GITHUB_(OUTPUT|ENV|PATH|STEP_SUMMARY|STATE)|ACTIONS_.*|INPUT_.*"
    r"|MLFLOW_.*|_?TRAINSTOP_.*"
    r"|VIRTUAL_ENV.*|PYTHON(PATH|HOME|STARTUP|EXECUTABLE|USERBASE|WARNINGS|INSPECT|DONTWRITEBYTECODE)"
    r"|__PYVENV_LAUNCHER__|COV_CORE_.*|COVERAGE_.*|PYTEST_.*"
)
PROXY = re.compile(r"(HTTPS?|FTP|ALL|NO)_PROXY", re.IGNORECASE)
USER_INFO = re.compile(r"://([^/@\s:]*):?([^/@\s]*)@")


def looks_secret(name: str, value: str) -> bool:
    """Say whether a variable seems to hold a secret: by its name, a password inside an address, or a key's form."""
    return bool(SECRET_NAME.search(name)) or bool(USER_INFO.search(value)) or known_keys.is_one(value)


def allowed(name: str, patterns: Iterable[str]) -> bool:
    """Say whether one of the names or patterns (`UV_*`) means this variable."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def cleaned(environ: Mapping[str, str], passed: Iterable[str] = ()) -> dict[str, str]:
    """Return what a child may see of an environment: no secret and no runner's file, save those `passed` by name."""
    passed = tuple(passed)
    # A proxy is needed to reach anything at all, password or not.
    withheld = {
        name: value
        for name, value in environ.items()
        if not allowed(name, passed)
        and not PROXY.fullmatch(name)
        and (WITHHELD_NAME.fullmatch(name) or looks_secret(name, value))
    }
    values = [value for name, value in withheld.items() if looks_secret(name, value) and len(value) >= SHORTEST]
    return {
        name: value
        for name, value in environ.items()
        if name not in withheld and (allowed(name, passed) or not _repeats(value, values))
    }


def _repeats(value: str, secrets: list[str]) -> bool:
    """Say whether a value is a withheld secret under another name, or carries one."""
    return any(value == secret or (len(secret) >= SURE and secret in value) for secret in secrets)


def secret_values(environ: Mapping[str, str], passed: Iterable[str] = ()) -> set[str]:
    """Return every value of an environment that must not be shown."""
    passed = tuple(passed)
    values: set[str] = set()
    for name, value in environ.items():
        # What is passed by its very name is a secret, whatever it is called; a pattern only lets through.
        if SECRET_NAME.search(name) or known_keys.is_one(value) or (name in passed and not USER_INFO.search(value)):
            values.add(value)
        for user, password in USER_INFO.findall(value):
            # `https://TOKEN@host` has the secret in the user's place.
            values.add(password or user)
    return {value for value in values if len(value.strip()) >= SHORTEST}


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
        from trainstop.adapters import inside  # not paid for by `--help`

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
