"""A comment of several sections, one a model: each is replaced by its own newest result, and the others stay. Pure.

A section begins with the hidden line of its marker. Text that came through the escaping door holds no such line.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

BEGINS = re.compile(r"^<!-- trainstop:report:\S+ -->[ \t]*$", re.MULTILINE)
BETWEEN = "\n\n---\n\n"


def split(body: str) -> dict[str, str]:
    """Return the sections of a comment by their first lines; what stands before the first is none."""
    text = body.replace("\r\n", "\n")
    starts = [found.start() for found in BEGINS.finditer(text)]
    pieces = (text[start:end] for start, end in pairwise([*starts, len(text)]))
    return {piece.split("\n", 1)[0].rstrip(): piece.strip().removesuffix("---").strip() for piece in pieces}


def join(first: str, sections: Mapping[str, str]) -> str:
    """Return a comment that begins with the line `first`; its sections stand in the order of their markers."""
    return f"{first}\n" + BETWEEN.join(sections[mark].strip() for mark in sorted(sections)) + "\n"


def shares(sizes: Iterable[int], room: int) -> list[int]:
    """Share room out among texts: each gets what it needs, or as much as any other that needs more than there is.

    Args:
        sizes: of the texts, in characters.
        room: characters for all of them.

    """
    wanted = list(sizes)
    level = left = max(0, room)
    for place, size in enumerate(sorted(wanted)):
        level = left // (len(wanted) - place)
        if size > level:  # as is every larger one; what cannot be divided is nobody's
            break
        level, left = size, left - size
    return [min(size, level) for size in wanted]
