"""The comment on a pull request and the job's summary: Markdown from a view, cut to what GitHub takes."""

from collections.abc import Callable, Mapping

from trainstop.report.templating import render
from trainstop.report.verdict import decide
from trainstop.report.view import View

COMMENT_CHARACTERS = 65_000
"""GitHub refuses more than 65,536; the difference is for the hidden marker."""
SUMMARY_BYTES = 1_000_000
"""GitHub drops a summary of more than 1 MiB."""
ROWS = (10_000, 1000, 300, 100, 50, 20, 10, 5, 2)
"""How many rows of each table are tried, one after the other, until the text is short enough."""
CLOSED = "</details>"
FENCE = "```"


def render_comment(view: View, own: Mapping[str, str] | None = None) -> str:
    """Return the comment, at most `COMMENT_CHARACTERS` long; the forge adds its hidden marker.

    `own` holds templates of the project's in place of ours, by name.
    """
    return _fitting(view, "comment.md.j2", "the job's summary", COMMENT_CHARACTERS, len, own)


def render_summary(view: View, own: Mapping[str, str] | None = None) -> str:
    """Return the job's summary, at most `SUMMARY_BYTES` of UTF-8: what the comment says, and what it leaves out."""
    return _fitting(view, "summary.md.j2", "the records", SUMMARY_BYTES, lambda text: len(text.encode()), own)


def _fitting(
    view: View,
    template: str,
    elsewhere: str,
    limit: int,
    measure: Callable[[str], int],
    own: Mapping[str, str] | None,
) -> str:
    """Render with ever fewer rows a table until the text fits; each shortened table says how many rows it lacks."""
    text = ""
    for rows in ROWS:
        values = {"view": view, "verdict": decide(view), "rows": rows, "elsewhere": elsewhere}
        # Where the numbers come from is no matter of the project's templates.
        opening = render("received.md.j2", values).strip()
        text = f"{opening}\n\n" * bool(opening) + render(template, values, own)
        if measure(text) <= limit:
            return text
    return cut(text, elsewhere, limit, measure)


def cut(text: str, elsewhere: str, limit: int, measure: Callable[[str], int]) -> str:
    """Cut a text at the end of a line, close what is open, and say where the rest is."""
    ending = f"\n\n{CLOSED}\n\n*Cut here. The rest is in {elsewhere}.*\n"
    room = limit - measure(ending) - (measure(FENCE) + 1 if FENCE in text else 0)
    kept: list[str] = []
    for line in text.splitlines():
        room -= measure(line) + 1
        if room < 0:
            break
        kept.append(line)
    body = "\n".join(kept)
    if sum(line.startswith(FENCE) for line in kept) % 2:
        body += f"\n{FENCE}"
    still_open = sum(line.startswith("<details") for line in kept) > kept.count(CLOSED)
    return body + (ending if still_open else ending.replace(f"{CLOSED}\n\n", ""))
