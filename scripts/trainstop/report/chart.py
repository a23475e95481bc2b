"""The chart in the comment: Mermaid, which GitHub draws itself, so that no picture has to be put anywhere.

The syntax is Mermaid's `xychart-beta` (https://mermaid.js.org/syntax/xyChart.html). It knows no error bars: each metric
has three bars, the lower end of the interval, the difference, and the upper end. All are in tolerances, so that metrics
of any scale share one axis and one limit: below -1 is too much worse.
"""

import re
from math import ceil, floor

from trainstop.records.judging import Comparison, EvaluatePart

MOST = 4
"""Metrics in one chart; the table has them all."""
LONGEST = 24
"""Characters of a name."""
FARTHEST = 20.0
"""Tolerances that are drawn; a bar beyond is cut off there."""
SAFE = re.compile(r"[^A-Za-z0-9_. -]+")
"""What is taken out of a name: anything that could end a string, a line or the block."""


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
    bars = [value for _, comparison in drawn for value in _bars(comparison)]
    names = [name for label, _ in drawn for name in (f"{label} low", label, f"{label} high")]
    low, high = min(-2, floor(min(bars))), max(1, ceil(max(bars)))
    axis = ", ".join(f'"{name}"' for name in names)
    return "\n".join(
        (
            "xychart-beta",
            f'    title "Difference from version {part.champion_version}: above 0 better, below -1 too much worse"',
            f"    x-axis [{axis}]",
            f'    y-axis "tolerances" {low} --> {high}',
            f"    bar [{', '.join(f'{value:.2f}' for value in bars)}]",
        )
    )


def _bars(comparison: Comparison) -> tuple[float, float, float]:
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
