"""Secrets that give themselves away: keys of a published form, passwords in addresses, and what follows `password=`.

For text that leaves us, whoever wrote it. A form is here only if ordinary text hardly ever has it: what is masked by
mistake makes a report harder to read. The scanner of `lint` looks for more, and only points at the place.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

FORMS: tuple[tuple[str, str], ...] = (
    ("akia", r"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("asia", r"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("gh", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,})"),
    ("sk-", r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20,}"),
    ("k_", r"(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("hf_", r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}"),
    ("aiza", r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
    ("pypi-", r"pypi-[A-Za-z0-9_-]{50,}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}"),
    ("sg.", r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("dapi", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?![0-9a-f])"),
    ("eyj", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("accountkey=", r"(?i:AccountKey)=([A-Za-z0-9+/]{40,}={0,2})"),
    (
        "private key-----",
        (
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s\\:,]|-(?!----)){0,8000}+"
            r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
        ),
    ),
    ("://", r"://[^/@\s:'\"<>]*:([^/@\s'\"<>]+)@"),
    # `https://TOKEN@host` has the secret in the user's place.
    ("://", r"://([^/@\s:'\"<>]{16,})@"),
    ("bearer", r"(?i:bearer)[ \t]+([A-Za-z0-9._~+/-]{12,}=*)"),
)
"""What must be there (in lower case) for a form to be looked for at all, and the form; a group in it is the secret.
They are compiled when first looked for."""
HINTS_NAMED = re.compile("secret|token|pwd|key|pass")
HINT = re.compile("passw|passphrase|key|secret|token")
ASSIGNED = (
    r"(?i:passw(?:or)?d|passphrase|(?:api|secret|access|account)[_-]?key|client[_-]?secret|(?:access|auth)[_-]?token)"
    r"[\"']?[ \t]?[=:][ \t]?[\"']?"
    # Words that only speak of it: `password: missing`, `password=None`, what is masked already.
    r"(?!\*\*\*|(?i:none|null|true|false|missing|required|optional|not|is|in|the|was|has|must)\b)"
    r"([^\s\"'&,;<>()\[\]{}`|]{6,})"
)
"""What follows `password=`, or stands behind such a name in YAML, JSON or a command line."""
NAMED = (
    r"(?i:secret|token|pwd|(?:auth|service|db|database|priv(?:ate)?|client|encryption|signing)[_-]?key|"
    r"(?:db|database|key)[_-]?pass)"
    r"[\"']?[ \t]?[=:][ \t]?[\"']?([A-Za-z0-9+/_=-]{20,200})(?![A-Za-z0-9+/_=-])"
)
"""What stands behind a name that is often harmless: a secret only where it looks drawn at random (see `is_random`)."""
PART = 8
HEX_BITS, BITS = 3.0, 3.5
"""Shannon entropy a character from which detect-secrets takes hexadecimal digits for a secret; and, for short values,
what a random one of 20 letters and digits hardly ever stays under and words do."""


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such secrets stand in a text."""
    lowered = text.lower()
    patterns = [pattern for hint, pattern in FORMS if hint in lowered]
    for pattern in [*patterns, ASSIGNED] if HINT.search(lowered) else patterns:
        form = re.compile(pattern)
        for found in form.finditer(text):
            yield found.span(1 if form.groups else 0)
    if HINTS_NAMED.search(lowered):
        yield from (found.span(1) for found in re.finditer(NAMED, text) if is_random(found[1]))


def is_random(value: str) -> bool:
    """Say whether a value seems drawn at random: letters and digits mixed, and hardly any character often."""
    # A name made of words, like `step_2_of_10`, has no long part that mixes them.
    parts = (part for part in re.split("[+/_=-]", value) if len(part) >= PART)
    if not any(any(map(str.isdigit, part)) and any(map(str.isalpha, part)) for part in parts):
        return False
    counts = Counter(value).values()
    bits = -sum(count / len(value) * log2(count / len(value)) for count in counts)
    return bits >= (HEX_BITS if re.fullmatch("[0-9a-f-]+|[0-9A-F-]+", value) else BITS)


def is_one(value: str) -> bool:
    """Say whether a value is, as a whole, a key of a published form."""
    return any(begin == 0 and end == len(value) for begin, end in spans(value.strip()))
