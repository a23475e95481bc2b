"""What `baseline`, `evaluate` and `model-test` hand on."""

from typing import ClassVar, Literal

from pydantic import FiniteFloat

from trainstop.records.base import Frozen, Part
from trainstop.records.charting import Charts
from trainstop.records.checks import TestFailure
from trainstop.records.delivery import HistoryPart

Interval = tuple[FiniteFloat, FiniteFloat]
Word = Literal["better", "no worse", "worse", "cannot tell"]


class Answered(Frozen):
    """What recorded answers, and the numbers made of them, mean: the settings under which they were judged."""

    task: str
    target: str
    """Column with the truth."""
    positive: str = ""
    """Class that scores are the probability of, as labels are spelled; empty where the task is not binary."""
    id: str = ""
    """Column that names a row; empty where rows are told apart by their position."""
    method: str = ""
    """How the model was asked; empty where the project wrote the answers, or the numbers, itself."""
    classes: tuple[str, ...] = ()
    """Classes that have scores, in the order of their columns: of a model, that in which it gives them."""
    quantiles: tuple[FiniteFloat, ...] = ()
    """Quantiles in the order in which the model gives them; empty where its columns' names say them."""
    threshold: FiniteFloat | None = None
    """Probability from which a row counted as positive; None where the task is not binary."""
    at: int | None = None
    """Place down to which a ranking was looked at; None for another task."""


class BaselinePart(Part):
    """What the candidate is compared with, in `.trainstop/champion`. No champion yet: `version` is None."""

    stage: ClassVar[str] = "baseline"
    version: int | None = None
    evaluation_data: str = ""
    """Digest of the evaluation data its predictions were made on."""
    has_predictions: bool = False
    has_model: bool = False
    answered: Answered | None = None
    """What its predictions and metrics mean; None where no record says it."""
    metrics: dict[str, FiniteFloat] = {}
    model: str = ""
    """Name of the model."""
    numbers_only: bool = False
    """Whether only what is on record of it is at hand, as an earlier run left it."""
    seeds: dict[str, tuple[FiniteFloat, ...]] = {}
    """Each metric of its seeds' models, on that data; empty where it is one model."""
    history: HistoryPart | None = None
    """What was registered and done before, for the report, which has no credential; None where it cannot be read."""


class Estimate(Frozen):
    """A number and how sure it is."""

    value: FiniteFloat | None
    """None when it cannot be computed; `reason` says why."""
    interval: Interval | None = None
    reason: str = ""


class Comparison(Frozen):
    """Candidate against champion on the same rows, signed so that more is better."""

    difference: FiniteFloat | None
    interval: Interval | None = None
    tolerance: FiniteFloat | None = None
    word: Word | None = None
    """None when there is nothing to compare; `reason` says why."""
    smallest_visible: FiniteFloat | None = None
    """Smallest true difference these rows would show 8 times in 10."""
    needed: int | None = None
    """Rows or clusters needed to tell, when the word is `cannot tell`."""
    reason: str = ""

    @property
    def in_tolerances(self) -> float:
        """The difference in tolerances, or as it is without one; 0 when there is none. The least is the worst."""
        return (self.difference or 0.0) / (self.tolerance or 1.0)


class SeedValues(Frozen):
    """One metric of every seed's model, seed 0 first, where several were trained."""

    candidate: tuple[FiniteFloat, ...]
    champion: tuple[FiniteFloat, ...] = ()
    """As recorded when it was judged; empty where it is one model."""
    method: str = ""
    """How their spread was put into the intervals."""


class MetricResult(Frozen):
    """One metric of the candidate, beside the champion's."""

    name: str
    greater_is_better: bool | None
    """None for a metric of the project's own whose direction nothing says."""
    candidate: Estimate
    champion: Estimate | None = None
    comparison: Comparison | None = None
    method: str = ""
    """How the interval was made, and why so."""
    seeds: SeedValues | None = None
    """Where several seeds were trained: candidate, interval and comparison are about the code then."""


class SliceResult(Frozen):
    """Metrics of one slice: a value or bin of one column, or a pair of them. Its intervals hold all together."""

    column: str
    value: str
    name: str = ""
    """The slice in words, like `carrier = UA`."""
    rows: int
    metrics: tuple[MetricResult, ...]

    @property
    def title(self) -> str:
        """What the slice is called."""
        return self.name or f"{self.column} = {self.value}"


class WeakSpot(Frozen):
    """The slice that stood out most on one half of the data, judged on the other half. It never blocks."""

    metric: str
    against: Literal["all rows", "champion"]
    """What it falls behind: the model's own value on all rows, or the champion's on the same rows."""
    looked_at: int
    """Values, bins and pairs of them that had enough rows."""
    name: str = ""
    """The slice in words; empty when nothing was found."""
    rows: int = 0
    """Its rows in the half that judged it."""
    found: FiniteFloat | None = None
    """How far it lies behind, on the half it was found in; more is better, so less than zero."""
    difference: FiniteFloat | None = None
    """The same, on the other half."""
    interval: Interval | None = None
    confirmed: bool = False
    """Whether the other half shows it to lie behind."""
    reason: str = ""


class Changes(Frozen):
    """What differs between the trainings of candidate and champion."""

    code: bool
    data: bool
    command: bool
    environment: bool
    params: dict[str, tuple[str | None, str | None]] = {}
    """Parameters that the training logged and that differ: the champion's value, then the candidate's."""


class EvaluatePart(Part):
    """How good the candidate is, and whether it is worse than the champion."""

    stage: ClassVar[str] = "evaluate"
    rung: Literal[0, 1, 2]
    rows: int = 0
    clusters: int | None = None
    cluster: str = ""
    """Column whose rows are taken to depend on one another; empty where rows are taken as independent."""
    cluster_guessed: bool = False
    """Whether the configuration names none and this one was found; a note says why."""
    design_effect: FiniteFloat | None = None
    """How many times more a guessed cluster's rows vary together than independent ones would."""
    champion_version: int | None = None
    changes: Changes | None = None
    """Against the champion; None without one, or where its training is not on record."""
    seeds: int = 1
    """Models that were judged, one a seed; from 2 on the metrics are about the code."""
    evaluation_data: str = ""
    """Digest of the evaluation data."""
    answered: Answered | None = None
    """What the answers mean, for whoever reads them under other settings."""
    predictions: str = ""
    """Digest of the candidate's predictions table."""
    class_rows: dict[str, int] = {}
    """Rows of each class of the target; empty for regression."""
    confidence: FiniteFloat = 0.95
    """Share of intervals that shall hold the truth."""
    metrics: tuple[MetricResult, ...] = ()
    slices: tuple[SliceResult, ...] = ()
    weakest: tuple[WeakSpot, ...] = ()
    """What a search for weak slices came to."""
    charts: Charts | None = None
    """What charts are drawn from; None without a predictions table."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the numbers rightly."""


class GroupResult(Frozen):
    """Rates of one group; `values` are in the order of the columns that make it."""

    values: tuple[str, ...]
    rows: int
    compared: bool = True
    """False for a group that is too small."""
    metrics: tuple[MetricResult, ...] = ()


class Disparity(Frozen):
    """How far apart the groups are in one respect; the interval holds for the two farthest of all groups."""

    name: str
    estimate: Estimate
    between: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """The groups with the largest and with the smallest value."""
    rate: str = ""
    """Which of their rates differs so much."""
    groups: int = 0
    """How many were compared."""


class FairnessResult(Frozen):
    """The groups of one column, or of the combinations of several."""

    columns: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    """Most rows first."""
    disparities: tuple[Disparity, ...]
    method: str = ""
    """How the disparities' intervals were made, and why so."""
    notes: tuple[str, ...] = ()


class Speed(Frozen):
    """How fast and how large one model is. Times in seconds."""

    load_seconds: FiniteFloat
    latency_p50: FiniteFloat | None = None
    """Of calls with one row."""
    latency_p95: FiniteFloat | None = None
    latency_p99: FiniteFloat | None = None
    batch_p50: FiniteFloat | None = None
    """Of calls with `batch_rows` rows."""
    batch_p95: FiniteFloat | None = None
    batch_p99: FiniteFloat | None = None
    batch_rows: int = 0
    throughput: FiniteFloat | None = None
    """Rows a second in such calls."""
    peak_memory_bytes: int | None = None
    size_bytes: int = 0
    rounds: int = 0


class Performance(Frozen):
    """The candidate's speed, and the champion's where both were asked in turns."""

    candidate: Speed
    champion: Speed | None = None
    ratio: FiniteFloat | None = None
    """How many times as long as the champion the candidate takes for one row: mean over the rounds."""
    ratio_interval: Interval | None = None
    reason: str = ""
    """Why the champion was not asked."""


class Perturbation(Frozen):
    """The answers to rows that were spoiled in one way."""

    kind: str
    column: str
    """Empty where all numeric columns were spoiled together."""
    detail: str = ""
    rows: int = 0
    fall: FiniteFloat | None = None
    """How much worse the metric became, signed so that more is worse."""
    fall_interval: Interval | None = None
    flips: FiniteFloat | None = None
    """Share of predictions that flipped, 0 to 1."""
    flips_interval: Interval | None = None
    not_finite: int = 0
    """Rows that were answered with NaN or infinity."""
    error: str = ""
    """What the model raised."""


class Robustness(Frozen):
    """What spoiled rows do to the answers."""

    metric: str
    value: FiniteFloat | None
    """The metric on the rows as they are."""
    tried: int
    """Ways and columns that were tried."""
    left_out: int = 0
    """Columns that were not spoiled in every way, for their number or for want of time."""
    columns: tuple[str, ...] = ()
    """The most sensitive columns first."""
    perturbations: tuple[Perturbation, ...] = ()
    """The worst first, not all of them."""


class Behaviour(Frozen):
    """One rule of the configuration, and how many rows keep it."""

    name: str
    kind: str
    rows: int = 0
    broken: int = 0
    share: FiniteFloat | None = None
    """Of the rows that keep the rule, 0 to 1."""
    interval: Interval | None = None
    failing: tuple[str, ...] = ()
    """The first rows that break it, by their id."""


class OwnTests(Frozen):
    """The project's own tests of the model."""

    command: str
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[TestFailure, ...] = ()


class ModelTestPart(Part):
    """Tests of the model itself."""

    stage: ClassVar[str] = "model-test"
    rows: int = 0
    performance: Performance | None = None
    robustness: Robustness | None = None
    behaviour: tuple[Behaviour, ...] = ()
    tests: OwnTests | None = None
    fairness: tuple[FairnessResult, ...] = ()
