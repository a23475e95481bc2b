"""The page's template: autoescaped, in a sandbox, every value through the escaping door whether it asks or not."""

from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from trainstop import digests
from trainstop.report import words
from trainstop.report.page import escaping
from trainstop.report.templating import ADDRESS

HERE = Path(__file__).parent


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Make the environment once a process."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        prose=escaping.prose,
        cut=escaping.text,
        digest=lambda text: digests.short(str(text)),
        kind=lambda outcome: KINDS.get(str(outcome), "quiet"),
        duration=words.duration,
        span=lambda seconds: "" if seconds is None else words.duration(seconds),
        size=words.size,
        count=words.count,
        address=lambda text: text if ADDRESS.fullmatch(text) else "",
        numeric=lambda cell: isinstance(cell, int | float | tuple),
    )
    return made


KINDS = {
    "passed": "good",
    "better": "good",
    "worse": "bad",
    "act": "bad",
    "failed": "bad",
    "blocked": "bad",
    "broke off": "bad",
    "unreadable": "bad",
    "warned": "warn",
    "inconclusive": "warn",
    "cannot tell": "warn",
    "incomplete": "warn",
    "look": "warn",
    "stopped": "bad",
}
"""Which outcomes are shown as good, bad or a warning; the word itself always stands beside the colour."""


def shown(value: object) -> object:
    """Return a value as the page shows it: foreign text through the door, numbers and intervals written out."""
    if isinstance(value, Markup):
        return value
    told = words.written(value)
    return escaping.text(str(value) if told is None else told)  # an undefined value raises here, naming what is missing
