"""Charts of scores: ROC, precision and recall, calibration."""

from collections.abc import Iterator, Sequence

from trainstop.records.charting import Calibration, CalibrationBin, Charts, Curve, ModelCharts
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.figures import CANDIDATE, CHAMPION, Figure, Table, numbered

Models = Sequence[tuple[str, ModelCharts]]
TALL = 300
CORNERS = ((0, 0), (1, 1))


def models(charts: Charts) -> Models:
    """Return the models that there are charts of, each with what it is called."""
    return [(CANDIDATE, charts.candidate), *([(CHAMPION, charts.champion)] if charts.champion else [])]


def figures(charts: Charts) -> Iterator[Figure]:
    """Yield the charts that there is data for; what could not be drawn becomes a sentence without a chart."""
    found = models(charts)
    roc = [(of, model.roc) for of, model in found if model.roc]
    if roc:
        axes = ("False positive rate", "True positive rate")
        yield _curve(roc, "roc", "ROC curve", axes, "Area under the curve", guessing=True)
    both = [(of, model.precision_recall) for of, model in found if model.precision_recall]
    if both:
        yield _curve(both, "precision-recall", "Precision and recall", ("Recall", "Precision"), "Average precision")
    calibrated = [(of, model.calibration) for of, model in found if model.calibration]
    if calibrated:
        yield _calibration(calibrated)


def _curve(
    curves: Sequence[tuple[str, Curve]],
    key: str,
    title: str,
    axes: tuple[str, str],
    area: str,
    *,
    guessing: bool = False,
) -> Figure:
    """Draw a curve of both models; `guessing` adds that of a model that guesses."""
    points = [(of, *point) for of, curve in curves for point in curve.points]
    x, y = layers.share("x", axes[0]), layers.share("y", axes[1])
    chance = [layers.guide([{"x": a, "y": b} for a, b in CORNERS], x=x, y=y)] if guessing else []
    drawn = [*chance, layers.line(x, y), layers.picked(x, y)]
    known = [f"{words.number(curve.area)} for the {of}" for of, curve in curves if curve.area is not None]
    missing = [f"no curve of the {of}: {curve.reason}" for of, curve in curves if curve.reason]
    return Figure(
        key=key,
        title=title,
        says="; ".join([f"{area}: {words.listed(known)}"] * bool(known) + missing) + ".",
        note="The dotted line is a model that guesses." if guessing and points else "",
        table=Table(columns=("Model", *axes), rows=tuple(points)),
        spec=layers.spec(numbered([{"of": of, "x": a, "y": b} for of, a, b in points]), drawn, height=TALL)
        if points
        else {},
        steps=tuple(
            f"{of}: {axes[0].lower()} {words.number(a)}, {axes[1].lower()} {words.number(b)}" for of, a, b in points
        ),
    )


def _calibration(found: Sequence[tuple[str, Calibration]]) -> Figure:
    """Draw the reliability diagram of both models."""
    bins = [(of, each) for of, calibration in found for each in calibration.bins]
    x, y = layers.share("said", "Mean probability said"), layers.share("seen", "Share that came true")
    perfect = layers.guide([{"said": a, "seen": b} for a, b in CORNERS], x=x, y=y)
    drawn = [
        perfect,
        layers.bars(x, y, along="y"),
        layers.line(x, y, width=1.5),
        layers.dots(x, y),
        layers.picked(x, y),
    ]
    data = numbered([{"of": of, "said": each.said, "seen": each.seen, **_ends(each)} for of, each in bins])
    missing = [f"No bins of the {of}: {each.reason}." for of, each in found if each.reason]
    return Figure(
        key="calibration",
        title="Calibration",
        says=" ".join([*(_off(of, each.bins) for of, each in found if each.bins), *missing]),
        note=f"On the dotted line, what a model says of {found[0][1].of} comes true as often as it says. Each dot is "
        "about a tenth of the rows; the bars are Wilson's intervals, wider where rows depend on one another."
        if bins
        else "",
        table=Table(
            columns=("Model", "Mean probability said", "Share that came true", "Interval", "Rows"),
            rows=tuple((of, each.said, each.seen, each.interval, each.rows) for of, each in bins),
        ),
        spec=layers.spec(data, drawn, height=TALL) if bins else {},
        steps=tuple(
            f"{of}: said {_percent(each.said)}, came true in {_percent(each.seen)} of {words.count(each.rows, 'row')}"
            for of, each in bins
        ),
    )


def _off(of: str, bins: Sequence[CalibrationBin]) -> str:
    """Say in how many bins what came true is surely not what was said."""
    judged = [each for each in bins if each.interval]
    if not judged:
        return f"The {of}'s bins are too small for intervals."
    high = sum(each.interval is not None and each.said > each.interval[1] for each in judged)
    low = sum(each.interval is not None and each.said < each.interval[0] for each in judged)
    off = [f"too high in {high}" if high else "", f"too low in {low}" if low else ""]
    said = words.listed(filter(None, off)) or "never surely off"
    return f"What the {of} says is {said} of {words.count(len(judged), 'bin')}."


def _ends(each: CalibrationBin) -> dict[str, float]:
    """Return a bin's interval as data."""
    return {"low": each.interval[0], "high": each.interval[1]} if each.interval else {}


def _percent(value: float) -> str:
    """Return a share in words."""
    return words.percent(round(value, 3))
