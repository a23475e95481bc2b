"""How far each column of production lies from its reference, window by window."""

from datetime import timedelta

from trainstop.records.watching import MonitorPart, Signal
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.figures import Figure, Table, distinct, numbered, short

MOST_COLUMNS, MOST_NAMED = 30, 5
"""Columns that are drawn, and that the sentence names."""
ABOUT_COLUMNS = ("feature", "prediction")
LEVELS = ("act", "look", "quiet", "not enough data")
DARKEST = 2.0
"""Limits beyond the column's own from which a cell becomes no darker."""


def drift(part: MonitorPart) -> Figure | None:
    """Return how far each column lies from its reference; None where none was judged."""
    seen = [each for each in part.signals if each.name.split(":")[0] in ABOUT_COLUMNS and _known(each)]
    if not seen:
        return None
    seen.sort(key=lambda each: (LEVELS.index(each.level), -_farthest(each)))
    whens = _windows(part, max(len(each.windows) for each in seen))
    shown = seen[:MOST_COLUMNS]
    labels = distinct([short(_column(each)) for each in shown])
    cells = [
        (label, each, when, value)
        for label, each in zip(labels, shown, strict=True)
        for when, value in zip(whens[-len(each.windows) :], each.windows, strict=True)
        if value is not None
    ]
    data = [
        {
            "name": label,
            "when": when,
            "shade": min(_ratio(each, value), DARKEST),
            "out": _ratio(each, value) > 1,
            "value": words.number(value, 2),
        }
        for label, each, when, value in cells
    ]
    x, y = layers.names("when", "Window that begins", whens, labelAngle=0), layers.names("name", None, labels)
    box = layers.cells(x, y, colour="var(--bad)", otherwise="var(--candidate)", test="datum.out", most=DARKEST)
    drawn = [box, layers.text(x, y, "value"), layers.picked(x, y, "rect")]
    return Figure(
        key="drift",
        title="Drift by column over time",
        says=_stands_out(seen),
        note="A cell is how far the column's values of one window lie from those of training (0 alike, 1 apart); the "
        "darker, the nearer to the column's own limit, which ordinary windows of training keep; red is beyond it. "
        "Where there is none, values are too few."
        + (f" The {len(shown)} that stand out most are drawn." if len(seen) > len(shown) else ""),
        table=Table(
            columns=("Column", "Level", "Limit", *whens, "Why"),
            rows=tuple(
                (_column(each), each.level, each.limit, *_padded(each, len(whens)), each.reason) for each in seen
            ),
        ),
        spec=layers.spec(numbered(data), drawn, height=max(80, 24 * len(labels))),
        steps=tuple(
            f"{label}, window from {when}: distance {words.number(value)}"
            + (f", limit {words.number(each.limit)}" if each.limit else "")
            for label, each, when, value in cells
        ),
    )


def _stands_out(seen: list[Signal]) -> str:
    """Say which columns stand out, and how many could not have."""
    out = [each for each in seen if each.level in ("act", "look")]
    blind = sum(each.level == "not enough data" for each in seen)
    of = words.count(len(seen) - blind, "column") + " that could be judged"
    unjudged = f" {words.count(blind, 'more column')} had too little data for it." if blind else ""
    if not out:
        return f"None of {of} stands out.{unjudged}"
    named = [words.quoted(_column(each)) for each in out[:MOST_NAMED]]
    more = [f"{len(out) - MOST_NAMED} more"] if len(out) > MOST_NAMED else []
    return f"{len(out)} of {of} stand out: {words.listed([*named, *more])}.{unjudged}"


def _known(signal: Signal) -> bool:
    """Say whether a signal has a value in any window."""
    return any(value is not None for value in signal.windows)


def _windows(part: MonitorPart, count: int) -> list[str]:
    """Return the first days of the windows, oldest first; their numbers where no record says when they were."""
    if part.window_start is None or part.window_end is None:
        return [f"window {number + 1}" for number in range(count)]
    length: timedelta = (part.window_end - part.window_start) / count
    form = "%Y-%m-%d" if length >= timedelta(days=1) else "%Y-%m-%d %H:%M"
    return distinct([(part.window_start + number * length).strftime(form) for number in range(count)])


def _padded(signal: Signal, count: int) -> list[float | None]:
    """Return a value a window, None before the first."""
    return [*[None] * (count - len(signal.windows)), *signal.windows]


def _ratio(signal: Signal, value: float) -> float:
    """Return a distance in units of the limit; where there is none, itself, which is 1 at most."""
    return value / signal.limit if signal.limit else min(value, 1.0)


def _farthest(signal: Signal) -> float:
    """Return the largest distance of a signal's windows."""
    return max(_ratio(signal, value) for value in signal.windows if value is not None)


def _column(signal: Signal) -> str:
    """Return what a signal is about."""
    return signal.name.removeprefix("feature:")
