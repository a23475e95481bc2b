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
TOLERANCES, OWN_UNIT = "Difference in tolerances (right is better)", "Difference (right is better)"
NOTE = "A row is the difference from the champion, signed so that right is better, with its interval."
DASHED = " Left of the dashed line is worse than the tolerance allows."
Row = tuple[str, MetricResult]


def of_metrics(metrics: Sequence[MetricResult]) -> Figure | None:
    """Return the forest plot of all metrics that were compared; None when none was."""
    compared = [(each.name, each) for each in metrics if _drawable(each)]
    if not compared:
        return None
    drawn = _alike(compared)
    left = len(compared) - len(drawn)
    more = f" {words.count(left, 'more metric')} without a tolerance: in the table." if left else ""
    return Figure(
        key="differences",
        title="Difference from the champion, by metric",
        says=f"{_tally(drawn)}, of {words.count(len(drawn), 'metric')}.{more}",
        table=metrics_table(metrics),
        **_drawn(drawn),
    )


def of_slices(rows: Sequence[SliceRow]) -> Figure | None:
    """Return the forest plot of the slices, the worst first; None where none was compared."""
    several = len({row.metric.name for row in rows}) > 1
    named = [(_named(row, several), row.metric) for row in rows]
    compared = _alike([each for each in named if _drawable(each[1])])
    if not compared:
        return None
    more = f" The {MOST} worst are drawn." if len(compared) > MOST else ""
    return Figure(
        key="slices-forest",
        title="Difference from the champion, by slice",
        says=f"{_tally(compared)}, of {words.count(len(compared), 'comparison')}; rows in parentheses.{more}",
        table=slices_table(rows),
        **_drawn(
            compared[:MOST],
            " Intervals are widened so that those of all slices hold together; no bar means too few rows for one.",
        ),
    )


def _named(row: SliceRow, several: bool) -> str:
    """Return the label of a slice's row: how many rows it rests on belongs to it."""
    of = f"{short(row.metric.name)}: " if several else ""
    return f"{of}{short(row.name)} ({row.rows:,})"


def _alike(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that may share an axis: those with a tolerance, if there are any, to be drawn in tolerances."""
    return [row for row in rows if _tolerance(row[1])] or list(rows)


def metrics_table(metrics: Sequence[MetricResult]) -> Table:
    """Return every metric of both models, and how they compare."""
    return Table(
        columns=(
            "Metric", "Candidate", "Interval", "Champion", "Its interval",
            "Difference (+ is better)", "Interval of the difference", "Tolerance", "Verdict",
            "Would be seen from", "How",
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
                each.method,
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


def _drawn(rows: Sequence[Row], note: str = "") -> dict[str, Any]:
    """Return specification, steps and note of a forest plot, in tolerances if its rows have them."""
    labels = distinct([short(name) for name, _ in rows])
    values = [_value(label, metric) for label, (_, metric) in zip(labels, rows, strict=True)]
    looks = layers.marks("word", LOOKS, values)
    tolerated = any(_tolerance(metric) for _, metric in rows)
    x = layers.number("at", TOLERANCES if tolerated else OWN_UNIT, nice=True, padding=10)
    y = layers.names("name", None, labels)
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
        "note": f"{NOTE}{DASHED if tolerated else ''}{note}",
    }


def _value(label: str, metric: MetricResult) -> dict[str, Any]:
    """Return a row of a forest plot as data."""
    found, unit = metric.comparison, _tolerance(metric) or 1.0
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


def _drawable(metric: MetricResult) -> bool:
    """Say whether there is a difference to draw."""
    return metric.comparison is not None and metric.comparison.difference is not None


def _tolerance(metric: MetricResult) -> float | None:
    """Return how much worse a metric may be, None where nothing says it."""
    return metric.comparison.tolerance if metric.comparison else None


def _word(metric: MetricResult) -> str:
    """Return the verdict on a metric."""
    return (metric.comparison.word if metric.comparison else None) or "no verdict"


def _tally(rows: Sequence[Row]) -> str:
    """Count verdicts in words."""
    found = [_word(metric) for _, metric in rows]
    counted = [f"{found.count(word)} {word}" for word in LOOKS if word in found]
    return words.listed(counted)
