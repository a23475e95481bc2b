"""What a terminal shows of explanations: a paragraph a gate."""

from trainstop.records.explaining import ExplainPart, Explanation
from trainstop.report.screen import MARKS, SENTENCE, part_lines, plain, table

LONG = 3 * SENTENCE
"""A method with its reasons is longer than a reason."""


@part_lines.register
def _(part: ExplainPart) -> list[str]:
    shown = [line for each in part.explanations for line in (*_paragraph(each), "")]
    return [*shown, *(f"  note: {plain(note, SENTENCE)}" for note in part.notes)]


def _paragraph(each: Explanation) -> list[str]:
    """Return one explanation as lines."""
    word = f", {each.word}" if each.word else ""
    said = (
        ("found", each.found),
        ("rests on", each.rests_on),
        ("rule", each.rule),
        ("change", each.change),
        ("method", each.method),
    )
    head = f"  {MARKS[each.status]} {plain(each.of_stage)}: {plain(each.gate)} {each.status}{word}"
    return [head, *(f"    {line}" for line in table([[name, plain(text, LONG)] for name, text in said if text]))]
