"""One question of a reader and its answer, as the top of the page shows them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question, its answer in a few words, and what these rest on, a sentence a line."""

    question: str
    short: str
    lines: tuple[str, ...] = ()


def sentence(phrase: str) -> str:
    """Return a phrase as a sentence; nothing stays nothing."""
    return f"{phrase[:1].upper()}{phrase[1:]}." if phrase else ""
