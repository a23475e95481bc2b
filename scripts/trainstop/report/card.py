"""The model card: what a version is, what it is for, and how good it is, as Markdown that travels with it.

The sections follow Mitchell et al., "Model Cards for Model Reporting" (2019, https://arxiv.org/abs/1810.03993).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trainstop.report.comment import ROWS, cut
from trainstop.report.templating import render
from trainstop.report.verdict import decide
from trainstop.report.view import View

CHARACTERS = 1_000_000
WHERE = "the records beside this card"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the configuration says of a model."""

    task: str
    serving: str
    said: Mapping[str, str]
    """The texts of `[card]` by the names of their keys in Python; empty ones are missing."""
    periods: str = ""
    """The time that its training data covers, in words."""


def render_card(view: View, words: Words, own: Mapping[str, str] | None = None) -> str:
    """Return the card of a candidate.

    Args:
        view: the records of its check.
        words: what the configuration says of it.
        own: templates of the project's in place of ours.

    """
    values = {
        "view": view,
        "verdict": decide(view),
        "elsewhere": WHERE,
        "words": words,
        "card": words.said,
        "missing": [name.replace("_", "-") for name, text in words.said.items() if not text],
    }
    text = ""
    for rows in ROWS:
        text = render("card.md.j2", {**values, "rows": rows}, own)
        if len(text) <= CHARACTERS:
            return text
    return cut(text, WHERE, CHARACTERS, len)
