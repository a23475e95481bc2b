"""Forest plots: candidate less champion, in tolerances, with intervals; over all rows and by slice."""

from collections.abc import Sequence
from typing import Any

from trainstop.records.judging import Comparison, MetricResult
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.figures import Figure, Table, distinct, numbered, short
from trainstop.report.view import SliceRow

MOST = 30
"""Rows of a forest plot; the table has all."""
LOOKS = {
    "worse": ("var(--bad)", "triangle-down"),
    "cannot tell": ("var(--warn)", "diamond"),
    "no worse": ("var(--muted)", "circle"),
    "better": ("var(--good)", "triangle-up"),
    "no verdict": ("var(--muted)", "square"),
}
"""Colour and shape of each verdict: either one is enough to tell them apart."""
NOTE = (
    "A row is the difference from the champion in units of its tolerance, signed so that right is better, with its "
    "interval. Left of the dashed line is worse than the tolerance allows."
)


def of_metrics(metrics: Sequence[MetricResult]) -> Figure | None:
    """Return the forest plot of all metrics that were compared; None when none was."""
    compared = [each for each in metrics if _drawable(each.comparison)]
    if not compared:
        return None
    return Figure(
        key="differences",
        title="Difference from the champion, by metric",
        says=f"{_tally([_word(each) for each in compared])}, of {words.count(len(compared), 'compared metric')}.",
        note=NOTE,
        table=metrics_table(metrics),
        **_drawn([(each.name, each) for each in compared]),
    )


def of_slices(rows: Sequence[SliceRow]) -> Figure | None:
    """Return the forest plot of the slices, the worst first; None where none was compared."""
    compared = [row for row in rows if _drawable(row.metric.comparison)]
    if not compared:
        return None
    several = len({row.metric.name for row in compared}) > 1
    shown = [(f"{row.name}: {row.metric.name}" if several else row.name, row.metric) for row in compared[:MOST]]
    more = f" The {len(shown)} worst are drawn." if len(compared) > MOST else ""
    return Figure(
        key="slices-forest",
        title="Difference from the champion, by slice",
        says=f"{_tally([_word(row.metric) for row in compared])}, of {words.count(len(compared), 'comparison')}.{more}",
        note=f"{NOTE} Intervals of slices hold all together.",
        table=slices_table(rows),
        **_drawn(shown),
    )


def metrics_table(metrics: Sequence[MetricResult]) -> Table:
    """Return every metric of both models, and how they compare."""
    return Table(
        columns=(
            "Metric", "Candidate", "Interval", "Champion", "Its interval",
            "Difference (+ is better)", "Interval of the difference", "Tolerance", "Verdict", "Would be seen from",
        ),
        rows=tuple(
            (
                each.name,
                each.candidate.value,
                each.candidate.interval,
                each.champion.value if each.champion else None,
                each.champion.interval if each.champion else None,
                *_compared(each.comparison),
                each.comparison.smallest_visible if each.comparison else None,
            )
            for each in metrics
        ),
    )  # fmt: skip


def slices_table(rows: Sequence[SliceRow]) -> Table:
    """Return every slice and metric, the worst first."""
    return Table(
        columns=(
            "Slice",
            "Metric",
            "Rows",
            "Candidate",
            "Difference (+ is better)",
            "Interval",
            "Tolerance",
            "Verdict",
        ),
        rows=tuple(
            (row.name, row.metric.name, row.rows, row.metric.candidate.value, *_compared(row.metric.comparison))
            for row in rows
        ),
    )


def _compared(found: Comparison | None) -> tuple[float | str | tuple[float, float] | None, ...]:
    """Return the cells of a comparison."""
    if found is None:
        return None, None, None, ""
    difference = None if found.difference is None else words.signed(found.difference)
    between = None if found.interval is None else words.interval(found.interval, sign=True)
    return difference, between, found.tolerance, found.word or found.reason


def _drawn(rows: Sequence[tuple[str, MetricResult]]) -> dict[str, Any]:
    """Return specification and steps of a forest plot."""
    labels = distinct([short(name) for name, _ in rows])
    values = [_value(label, metric) for label, (_, metric) in zip(labels, rows, strict=True)]
    looks = layers.marks("word", LOOKS, values)
    x = layers.number("at", "Difference in tolerances (right is better)", nice=True)
    y = layers.names("name", None, labels)
    tolerated = any(metric.comparison and metric.comparison.tolerance for _, metric in rows)
    drawn = [
        layers.upright(0, x, (1, 0)),
        *([layers.upright(-1, x, (5, 4))] if tolerated else []),
        layers.bars(x, y, along="x", looks={"color": looks["color"]}),
        layers.dots(x, y, size=90, looks=looks),
        layers.picked(x, y),
    ]
    return {
        "spec": layers.spec(numbered(values), drawn, height=26 * len(rows) + 30),
        "steps": tuple(_step(label, metric) for label, (_, metric) in zip(labels, rows, strict=True)),
    }


def _value(label: str, metric: MetricResult) -> dict[str, Any]:
    """Return a row of a forest plot as data."""
    found = metric.comparison
    unit = (found.tolerance if found else None) or 1.0
    value: dict[str, Any] = {"name": label, "word": _word(metric)}
    if found and found.difference is not None:
        value["at"] = found.difference / unit
    if found and found.interval:
        value["low"], value["high"] = (end / unit for end in found.interval)
    return value


def _step(label: str, metric: MetricResult) -> str:
    """Say a row of a forest plot."""
    found = metric.comparison
    if found is None or found.difference is None:
        return label
    between = f" {words.interval(found.interval, sign=True)}" if found.interval else " without an interval"
    allowed = f", tolerance {words.number(found.tolerance)}" if found.tolerance else ""
    return f"{label}: {words.signed(found.difference)}{between}{allowed}: {found.word or found.reason}"


def _drawable(found: Comparison | None) -> bool:
    """Say whether there is a difference to draw."""
    return found is not None and found.difference is not None


def _word(metric: MetricResult) -> str:
    """Return the verdict on a metric."""
    return (metric.comparison.word if metric.comparison else None) or "no verdict"


def _tally(found: Sequence[str]) -> str:
    """Count verdicts in words."""
    counted = [f"{found.count(word)} {word}" for word in LOOKS if word in found]
    return words.listed(counted)
