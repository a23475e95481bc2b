"""What is secret in an environment, and what of it a child may see.

Owns the guess which variables are secret. It errs on the secret side: a variable that a child needs is passed by name.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from trainstop.adapters import known_keys

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
INDEX = re.compile(r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS)")
"""Where uv takes packages from."""
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
    # An index whose password is withheld refuses; without its address, another one would be asked for its packages.
    bare = {
        name: USER_INFO.sub("://", value)
        for name, value in withheld.items()
        if INDEX.fullmatch(name) and USER_INFO.search(value) and not known_keys.is_one(value)
    }
    values = [value for name, value in withheld.items() if looks_secret(name, value) and len(value) >= SHORTEST]
    return bare | {
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
