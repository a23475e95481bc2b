"""The one door through which foreign text enters HTML, and the one through which data enters a script."""

import json
from typing import Any

from markupsafe import Markup, escape

from trainstop.report.escape import NAME_IN_CODE, visible

LONGEST = 300
IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What could end a script's element or line; in JSON each may stand as an escape of the same character."""


def text(foreign: str, limit: int = LONGEST) -> Markup:
    """Return text as it may stand in an element or between an attribute's quotes: on one line, everything unseen shown.

    Args:
        foreign: anything, lone surrogates included.
        limit: characters that are kept; the rest becomes an ellipsis.

    """
    return escape(visible(foreign, limit))


def prose(foreign: str, limit: int = 1000) -> Markup:
    """Return a sentence of ours; the names that it puts between backticks become code."""
    line, shown, start = visible(foreign, limit), Markup(), 0
    for name in NAME_IN_CODE.finditer(line):
        shown += escape(line[start : name.start()]) + Markup("{}<code>{}</code>{}").format(name[1], name[2], name[3])
        start = name.end()
    return shown + escape(line[start:])


def data(value: Any) -> Markup:
    """Return data as JSON that may stand in `<script type="application/json">`.

    Raises:
        ValueError: it holds a number that is not finite, which JSON has no word for.

    """
    told = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for active, harmless in IN_SCRIPT.items():
        told = told.replace(active, harmless)
    return Markup(told.encode("utf-8", "replace").decode())  # nosec B704 # noqa: S704  # escaped in the lines above
