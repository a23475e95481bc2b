"""More than fifty secrets, each with a place of its own in a small project, so that one that gets out names its way."""

import base64
import hashlib
import json
from collections.abc import Mapping
from urllib.parse import quote

KNOWN = (
    "training output", "training error stream", "training output, base64", "training output, percent-encoded",
    "training output, JSON", "training output in colours", "run name", "parameter name", "parameter value",
    "metric name", "tag name", "tag value", "prepare output", "prepare command",
    "test output", "test failure", "test name", "test command", "test skip reason", "test environment",
    "code", "file name", "notebook output", "notebook code", "description",
    "branch", "actor", "repository", "run address", "issue label",
    "deploy command", "deploy output", "health reason", "endpoint", "deploy failure", "error body",
    "rollback reason", "version argument", "set argument", "environment override", "time argument",
    "log column", "training environment", "unnamed variable", "index password", "job token",
)  # fmt: skip
"""Places of secrets that stand in the environment of every verb, in variables whose names give them away."""


def value_of(place: str) -> str:
    """Return the secret of a place: 24 letters and digits that stand nowhere else."""
    return "Zq" + hashlib.sha256(place.encode()).hexdigest()[:22]


PUBLISHED = (
    "training output", "test failure", "tag value", "description", "health reason", "deploy failure", "error body",
    "unnamed variable", "run name", "parameter name", "parameter value", "metric name", "tag name", "notebook output",
    "notebook code", "code", "prepare output", "test output", "test name", "test skip reason", "deploy output",
    "rollback reason", "issue label", "log column", "training error stream",
)  # fmt: skip
"""Places of keys that stand in no environment variable with a telling name, and give themselves away."""
ASSIGNED = ("training output", "training error stream", "notebook output", "notebook code", "code", "test failure")
"""Places of values that only their place behind a name and their randomness give away: `db_key = "..."`."""


def published(place: str) -> str:
    """Return the secret of a place as a key of a published form; put together here, for scanners of this code."""
    digits = hashlib.sha256(place.encode()).hexdigest()
    forms = (
        "AKIA" + digits[:16].upper(),
        "gh" + "p_" + digits[:36],
        "xox" + f"b-{digits[:24]}",
        "hf" + "_" + digits[:34],
        "sk" + f"-{digits[:40]}",
        "glpat" + f"-{digits[:20]}",
        "eyJ" + f"{digits[:12]}.eyJ{digits[12:24]}.{digits[24:40]}",
        "gh" + "o_" + digits[:36],
        "npm" + "_" + digits[:36],
        "dapi" + digits[:32],
    )
    return forms[PUBLISHED.index(place) % len(forms)]


def assigned(place: str) -> str:
    """Return a random value of 28 letters and digits that no form tells from others."""
    digest = hashlib.sha256(f"assigned {place}".encode()).digest()
    return base64.b64encode(digest, b"Qz").decode()[:28]


PASSWORDS = {"training output": "in an address", "test failure": "after its name"}
"""Places of passwords that stand in no variable at all: `postgres://u:PASSWORD@host`, `password=PASSWORD`."""


def password(place: str) -> str:
    """Return a password that has no form of its own."""
    return "pw" + hashlib.sha256(f"password {place}".encode()).hexdigest()[:14]


def environment() -> Mapping[str, str]:
    """Return the variables that a job with all these secrets would have."""
    named = {f"PLANT_{number}_TOKEN": value_of(place) for number, place in enumerate(KNOWN)}
    return named | {
        "SOMETHING": published("unnamed variable"),
        "UV_DEFAULT_INDEX": f"https://ann:{value_of('index password')}@packages.example.org/simple",
    }


def every() -> Mapping[str, str]:
    """Return what must be found nowhere, and how it was planted."""
    found = {value_of(place): place for place in KNOWN}
    found |= {published(place): f"published key: {place}" for place in PUBLISHED}
    found |= {assigned(place): f"value behind a name: {place}" for place in ASSIGNED}
    found |= {password(place): f"password {how}: {place}" for place, how in PASSWORDS.items()}
    return found


def leaks(content: bytes) -> set[str]:
    """Return how each secret that stands in some bytes was planted; in any of the ways it may be written."""
    seen = set()
    for secret, place in every().items():
        text = secret.encode()
        forms = (text, base64.b64encode(text)[:-4], quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode())
        if any(form in content for form in forms):
            seen.add(place)
    return seen
