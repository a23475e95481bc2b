"""Charts of counts: histograms of scores and residuals, confusion matrices, residuals by prediction."""

from collections.abc import Iterator, Sequence

from trainstop.records.charting import Charts, Confusion, Histogram, ResidualBin
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.curves import models
from trainstop.report.page.figures import CANDIDATE, Figure, Table, distinct, numbered, short

MANY_CLASSES, FEW_CLASSES = 12, 4
"""From so many classes on a confusion matrix' cells hold no numbers; with so few their names stand level."""
CLASS_LABEL = 24
Bin = tuple[str, float, float, int, float]
"""Model, lower and upper edge, rows, and their share of the model's rows of that kind."""


def figures(charts: Charts) -> Iterator[Figure]:
    """Yield the charts that there is data for; what could not be drawn becomes a sentence without a chart."""
    found = models(charts)
    yield from _histograms([(of, each.scores) for of, each in found if each.scores], "scores", "Scores", "Score")
    yield from (_matrix(of, each.confusion) for of, each in found if each.confusion)
    residuals = [(of, each.residuals) for of, each in found if each.residuals]
    yield from _histograms(residuals, "residuals", "Residuals", "Truth less prediction")
    if bins := [(of, each) for of, model in found for each in model.residuals_by_prediction]:
        yield _residuals(bins)


def _histograms(found: Sequence[tuple[str, Histogram]], key: str, title: str, axis: str) -> Iterator[Figure]:
    """Yield a histogram for each kind of rows, with a line for each model."""
    missing = "; ".join(f"none of the {of}: {each.reason}" for of, each in found if each.reason)
    kinds = list(dict.fromkeys(series.name for _, each in found for series in each.series))
    for number, kind in enumerate(kinds):
        rows = f"{kind} rows" if kind != "rows" else kind
        yield _histogram(_bins(found, kind), f"{key}-{number}", f"{title} of {rows}", axis, found[0][1].beyond)
    if missing:
        yield Figure(key=f"{key}-missing", title=title, says=f"Not drawn: {missing}.", table=Table(columns=(), rows=()))


def _bins(found: Sequence[tuple[str, Histogram]], kind: str) -> list[Bin]:
    """Return the bins of one kind of rows."""
    return [
        (of, low, high, count, count / max(1, sum(series.counts)))
        for of, each in found
        for series in each.series
        if series.name == kind
        for low, high, count in zip(each.edges[:-1], each.edges[1:], series.counts, strict=True)
    ]


def _histogram(bins: Sequence[Bin], key: str, title: str, axis: str, beyond: int) -> Figure:
    """Draw a histogram of both models."""
    span = [min(each[1] for each in bins), max(each[2] for each in bins)]
    x, y = layers.number("middle", axis, domain=span, nice=False), layers.number("share", "Share of rows", zero=True)
    data = numbered([{"of": of, "middle": (low + high) / 2, "share": part} for of, low, high, _, part in bins])
    _, low, high, _, part = max(
        (each for each in bins if each[0] == CANDIDATE), key=lambda each: each[3], default=bins[0]
    )
    return Figure(
        key=key,
        title=title,
        says=f"The candidate's fullest bin, {words.number(low)} to {words.number(high)}, holds {_percent(part)}.",
        note=f"The outer bins also hold {words.count(beyond, 'row')} from beyond them." if beyond else "",
        table=Table(columns=("Model", "From", "To", "Rows", "Share"), rows=tuple(bins)),
        spec=layers.spec(data, [layers.line(x, y, interpolate="step"), layers.picked(x, y)]),
        steps=tuple(
            f"{of}: {_percent(part)} ({words.count(count, 'row')}) from {words.number(low)} to {words.number(high)}"
            for of, low, high, count, part in bins
        ),
    )


def _matrix(of: str, found: Confusion) -> Figure:
    """Draw a confusion matrix; a cell's shade is its share of the true class."""
    title, key = f"Confusion matrix of the {of}", f"confusion-{of}"
    if not found.counts:
        return Figure(key=key, title=title, says=f"Not drawn: {found.reason}.", table=Table(columns=(), rows=()))
    labels = distinct([short(name, CLASS_LABEL) for name in found.classes])
    cells = [
        (i, j, count, count / max(1, sum(row))) for i, row in enumerate(found.counts) for j, count in enumerate(row)
    ]
    data = numbered(
        [
            {"true": labels[i], "given": labels[j], "shade": part, "rows": f"{count:,}", "right": i == j}
            for i, j, count, part in cells
        ]
    )
    level = len(labels) <= FEW_CLASSES
    x = layers.names("given", "Class given", labels, labelAngle=0 if level else -40)
    y = layers.names("true", "True class", labels)
    box = layers.cells(x, y, colour="var(--candidate)", otherwise="var(--bad)", test="datum.right", most=1)
    counts = [layers.text(x, y, "rows")] if len(labels) <= MANY_CLASSES else []
    right, total = sum(cell[2] for cell in cells if cell[0] == cell[1]), sum(cell[2] for cell in cells)
    most = max(range(len(labels)), key=lambda index: sum(found.counts[index]))
    others = f" The last class stands for {found.left_out} others together." if found.left_out else ""
    return Figure(
        key=key,
        title=title,
        says=f"{_percent(right / max(1, total))} of {words.count(total, 'row')} were given their true class; "
        f"always answering {words.quoted(labels[most])} would be right for "
        f"{_percent(sum(found.counts[most]) / max(1, total))}.",
        note="A row is a true class, a column the class that was given; the darker a cell, the larger its share of the "
        f"row.{others}",
        table=Table(
            columns=("True class", "Class given", "Rows", "Share of the true class"),
            rows=tuple((found.classes[i], found.classes[j], count, part) for i, j, count, part in cells),
        ),
        spec=layers.spec(data, [box, *counts, layers.picked(x, y, "rect")], height=max(140, 28 * len(labels) + 60)),
        steps=tuple(
            f"true {labels[i]}, given {labels[j]}: {words.count(count, 'row')}, {_percent(part)} of that class"
            for i, j, count, part in cells
        ),
    )


def _residuals(bins: Sequence[tuple[str, ResidualBin]]) -> Figure:
    """Draw residuals by prediction."""
    x, y = layers.number("said", "Mean prediction"), layers.number("middle", "Truth less prediction")
    span = [min(each.prediction for _, each in bins), max(each.prediction for _, each in bins)]
    drawn = [
        layers.guide([{"said": end, "middle": 0} for end in span], x=x, y=y),
        layers.bars(x, y, along="y"),
        layers.line(x, y, width=1.5),
        layers.dots(x, y),
        layers.picked(x, y),
    ]
    data = [
        {"of": of, "said": each.prediction, "low": each.low, "middle": each.middle, "high": each.high}
        for of, each in bins
    ]
    own = [each for of, each in bins if of == CANDIDATE] or [each for _, each in bins]
    worst = max(own, key=lambda each: abs(each.middle))
    return Figure(
        key="residuals-by-prediction",
        title="Residuals by prediction",
        says=f"The candidate's median residual is farthest from 0 where it predicts {words.number(worst.prediction)}: "
        f"{words.signed(worst.middle)}.",
        note="Each dot is the median of rows with like predictions; the bars hold the middle 80 in 100.",
        table=Table(
            columns=("Model", "Mean prediction", "A tenth lie below", "Median", "A tenth lie above", "Rows"),
            rows=tuple((of, each.prediction, each.low, each.middle, each.high, each.rows) for of, each in bins),
        ),
        spec=layers.spec(numbered(data), drawn),
        steps=tuple(
            f"{of}: predicted {words.number(each.prediction)}, median residual {words.signed(each.middle)}, middle 80 "
            f"in 100 {words.interval((each.low, each.high), sign=True)}"
            for of, each in bins
        ),
    )


def _percent(value: float) -> str:
    """Return a share in words."""
    return words.percent(round(value, 3))
