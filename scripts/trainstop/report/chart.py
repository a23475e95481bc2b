"""The chart in the comment: Mermaid, which GitHub draws itself, so that no picture has to be put anywhere.

Mermaid has no chart of intervals, but its Gantt chart (https://mermaid.js.org/syntax/gantt.html) is one: bars from
one point of an axis to another, and marks. Its axis is time, of which a second is one tolerance here: metrics of any
scale share one axis and one limit, and the bar in the last line shows what is tolerated.
"""

import re

from trainstop.records.judging import Comparison, EvaluatePart

MOST = 6
"""Metrics in one chart; the table has them all."""
LONGEST = 24
"""Characters of a name."""
FARTHEST = 20.0
"""Tolerances that are drawn; a bar beyond is cut off there."""
CROWDED = 12.0
"""Tolerances on the axis from which on only every fifth is marked."""
SAFE = re.compile(r"[^A-Za-z0-9_. -]+")
"""What is taken out of a name: anything that could end a line, a field or the block."""
LOOK = {"worse": "crit, ", "better": "active, ", "no worse": "active, "}
"""How Mermaid is to colour a bar; every other word is grey."""
GREY = "done, "


def differences(part: EvaluatePart | None) -> str:
    """Return the chart of candidate against champion; empty where no metric has a tolerance and an interval.

    Args:
        part: what `evaluate` found.

    """
    if part is None or part.champion_version is None:
        return ""
    drawn = [
        (_label(metric.name), metric.comparison)
        for metric in part.metrics
        if metric.comparison and metric.comparison.tolerance and metric.comparison.interval
    ][:MOST]
    if not drawn:
        return ""
    ends = [end for _, comparison in drawn for end in _ends(comparison)]
    step = 5 if max(0.0, *ends) - min(-1.0, *ends) > CROWDED else 1
    return "\n".join(
        (
            "gantt",
            f"    title Difference from version {part.champion_version} in tolerances: left of -1 is too much worse",
            "    dateFormat x",
            "    axisFormat %s",
            f"    tickInterval {step}second",
            "    todayMarker off",
            *(line for label, comparison in drawn for line in _lines(label, comparison)),
            "    section tolerance",
            f"    tolerated :{GREY}-1000, 0",
        )
    )


def _lines(label: str, comparison: Comparison) -> tuple[str, str, str]:
    """Return a metric's lines: its name, its interval with the word, its difference."""
    low, middle, high = (round(1000 * end) for end in _ends(comparison))
    word = comparison.word or "no verdict"
    return (
        f"    section {label}",
        f"    {word} :{LOOK.get(word, GREY)}{low}, {max(high, low + 1)}",
        f"    {middle / 1000:+.2f} :milestone, {middle}, {middle}",
    )


def _ends(comparison: Comparison) -> tuple[float, float, float]:
    """Return the lower end, the difference and the upper end, in tolerances."""
    low, high = comparison.interval or (0.0, 0.0)
    tolerance = comparison.tolerance or 1.0
    low, middle, high = (
        max(-FARTHEST, min(FARTHEST, value / tolerance)) for value in (low, comparison.difference or 0.0, high)
    )
    return low, middle, high


def _label(name: str) -> str:
    """Return a name as a chart can carry it."""
    plain = " ".join(SAFE.sub(" ", name).split())
    return plain[:LONGEST].strip(" -") or "metric"
