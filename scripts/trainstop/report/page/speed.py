"""How long both models take."""

from trainstop.records.judging import Performance
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.figures import CANDIDATE, CHAMPION, Figure, Table, numbered

QUANTILES = ("p50", "p95", "p99")
TIMES = (
    ("Loading", "load_seconds"),
    *((f"One row, {quantile}", f"latency_{quantile}") for quantile in QUANTILES),
    *((f"A batch, {quantile}", f"batch_{quantile}") for quantile in QUANTILES),
)
SIZES = (("Memory at most", "peak_memory_bytes"), ("Size", "size_bytes"))


def latency(part: Performance) -> Figure | None:
    """Return how long both models take for one row; None where nothing was timed."""
    models = [(CANDIDATE, part.candidate), *([(CHAMPION, part.champion)] if part.champion else [])]
    timed = [
        (of, quantile, seconds)
        for of, speed in models
        for quantile in QUANTILES
        if (seconds := getattr(speed, f"latency_{quantile}")) is not None
    ]
    if not timed:
        return None
    x = layers.number("ms", "Milliseconds for one row", zero=True)
    y = layers.names("quantile", None, QUANTILES)
    looks = {
        "color": layers.by_model("circle")["color"],
        "shape": layers.category("of", layers.MODELS, ["circle", "square"]),
    }
    data = [{"of": of, "quantile": quantile, "ms": 1000 * seconds} for of, quantile, seconds in timed]
    rows = [
        *((title, *(_time(getattr(speed, name)) for _, speed in models)) for title, name in TIMES),
        *((title, *(_size(getattr(speed, name)) for _, speed in models)) for title, name in SIZES),
    ]
    return Figure(
        key="latency",
        title="Latency",
        says=_says(part, timed[0][2]),
        table=Table(columns=("What", *(of.capitalize() for of, _ in models)), rows=tuple(rows)),
        spec=layers.spec(numbered(data), [layers.dots(x, y, size=110, looks=looks), layers.picked(x, y)], height=110),
        steps=tuple(f"{of}, {quantile}: {words.duration(seconds)}" for of, quantile, seconds in timed),
    )


def _says(part: Performance, half: float) -> str:
    """Say how the candidate's speed compares with the champion's, or what it is."""
    if part.ratio is None:
        return f"Half of the candidate's answers to one row came within {words.duration(half)}."
    between = f" {words.interval(part.ratio_interval)}" if part.ratio_interval else ""
    return (
        f"The candidate takes {words.number(part.ratio, 3)}{between} times as long as the champion for one row, "
        "in the mean of all rounds."
    )


def _time(seconds: float | None) -> str | None:
    """Return a time span in words."""
    return None if seconds is None else words.duration(seconds)


def _size(in_bytes: int | None) -> str | None:
    """Return a size in words."""
    return None if in_bytes is None else words.size(in_bytes)
