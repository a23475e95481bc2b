"""What charts are drawn from: aggregates of bounded size, never rows. Part of what `evaluate` hands on."""

from typing import Annotated

from pydantic import Field, FiniteFloat, NonNegativeInt

from trainstop.records.base import Frozen

MOST_POINTS, MOST_BINS, MOST_CLASSES = 200, 40, 20
"""Of one curve, of one histogram, and of one confusion matrix. A record with more of them is refused."""
LONGEST_NAME = 1000
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = tuple[Share, Share]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class Curve(Frozen):
    """A curve in the unit square, from its first point to its last; no points where `reason` says why."""

    points: Annotated[tuple[Point, ...], Field(max_length=MOST_POINTS)] = ()
    area: Share | None = None
    """Of the whole curve, before points were left out."""
    reason: str = ""


class CalibrationBin(Frozen):
    """Rows whose scores lie next to one another: what was said of them, and what was true."""

    rows: NonNegativeInt
    said: Share
    """Their mean score."""
    seen: Share
    """Share of them that are positive."""
    interval: tuple[Share, Share] | None = None
    """Wilson's, of `seen`; as wide as the rows' dependence asks for."""


class Calibration(Frozen):
    """A reliability diagram; no bins where `reason` says why."""

    bins: Annotated[tuple[CalibrationBin, ...], Field(max_length=MOST_BINS)] = ()
    of: str = ""
    """Whose probability: `the positive class`, or `the predicted class` where there are several."""
    reason: str = ""


class Series(Frozen):
    """Rows of one kind in each bin of a histogram."""

    name: Name
    counts: Annotated[tuple[NonNegativeInt, ...], Field(max_length=MOST_BINS)]


class Histogram(Frozen):
    """Rows by a number. What lies beyond the outer edges is counted into the outer bins."""

    edges: Annotated[tuple[FiniteFloat, ...], Field(max_length=MOST_BINS + 1)] = ()
    series: Annotated[tuple[Series, ...], Field(max_length=2)] = ()
    beyond: NonNegativeInt = 0
    """How many rows lie beyond the outer edges."""
    reason: str = ""


class Confusion(Frozen):
    """Rows by the class they have and the class they were given; no counts where `reason` says why."""

    classes: Annotated[tuple[Name, ...], Field(max_length=MOST_CLASSES)] = ()
    """The biggest ones; where some were left out, the last one stands for all others together."""
    counts: Annotated[
        tuple[Annotated[tuple[NonNegativeInt, ...], Field(max_length=MOST_CLASSES)], ...],
        Field(max_length=MOST_CLASSES),
    ] = ()
    """A row a true class, a column a class that was given."""
    left_out: NonNegativeInt = 0
    """How many classes the last one stands for."""
    reason: str = ""


class ResidualBin(Frozen):
    """Rows whose predictions lie next to one another: how far off they are."""

    rows: NonNegativeInt
    prediction: FiniteFloat
    """Their mean."""
    low: FiniteFloat
    """A tenth of the residuals (truth less prediction) lie below."""
    middle: FiniteFloat
    """Their median."""
    high: FiniteFloat
    """A tenth of them lie above."""


class ModelCharts(Frozen):
    """What one model's charts are drawn from; None where its task has no such chart."""

    roc: Curve | None = None
    precision_recall: Curve | None = None
    calibration: Calibration | None = None
    scores: Histogram | None = None
    confusion: Confusion | None = None
    residuals: Histogram | None = None
    residuals_by_prediction: Annotated[tuple[ResidualBin, ...], Field(max_length=MOST_BINS)] = ()


class Charts(Frozen):
    """The candidate's charts, and the champion's on the same rows where it could be compared."""

    candidate: ModelCharts
    champion: ModelCharts | None = None
