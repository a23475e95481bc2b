"""Configuration of `evaluate`, its gates, and `model-test`."""

from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from trainstop.config.base import Seconds, Section
from trainstop.config.fairness import FairnessSection
from trainstop.config.leakage import LeakageSection
from trainstop.config.probing import BehaviourSection, Bytes, PerformanceSection, RobustnessSection

Quantile = Annotated[float, Field(gt=0, lt=1)]


class EvaluateSection(Section):
    """How the candidate is judged."""

    metrics_file: str = ""
    """Rung 0: metrics the project wrote itself (JSON, YAML, CSV or `name: value` lines); no uncertainty."""
    predictions: str = ""
    """Rung 1: predictions table the project wrote itself (Parquet or CSV)."""
    method: Literal["auto", "predict", "predict_proba"] = "auto"
    """Rung 2: what the model is asked for; `auto` takes probabilities for classification."""
    timeout: Seconds = 3600.0
    """How long loading a model and answering may take together; making its environment does not count."""
    memory_limit: Bytes | None = None
    """A model's process is ended when it takes more memory than this, like `"4GB"`."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Share of intervals that shall hold the truth."""
    intervals: Literal["auto", "bootstrap", "stratified", "rows", "closed-form"] = "auto"
    """How intervals are made: `auto` resamples whole clusters (or rows) and studentises, and takes Wilson's interval
    for a share of independent rows; `bootstrap` resamples always; `stratified` within the classes of the target;
    `rows` draws every single row (or cluster) however many there are; `closed-form` is DeLong, Obuchowski, Wilson and
    the delta method, without resampling."""
    resamples: int = Field(default=1000, ge=200, le=20000)
    """Bootstrap resamples."""
    seed: int = 0
    """Same seed and same input give the same digits."""
    minimum: int = Field(default=20, ge=2)
    """Fewer of either class, or fewer clusters, give no interval."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """Score from which a binary prediction counts as positive."""
    guess_cluster: bool = True
    """Whether to look for a column whose rows hang together when `data.cluster` is empty; if not, rows are taken as
    independent."""

    at: int = Field(default=10, ge=1)
    """Ranking: the place down to which `ndcg_at_k`, `precision_at_k` and `recall_at_k` look."""
    quantiles: tuple[Quantile, ...] = ()
    """Forecast: the quantiles' probabilities, in the order in which the model answers them; when empty, the names of
    its columns say them."""

    @model_validator(mode="after")
    def _different_quantiles(self) -> Self:
        """Refuse one quantile twice."""
        if len(set(self.quantiles)) < len(self.quantiles):
            raise ValueError("`quantiles` names one of them twice")
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        """Refuse two sources of the same numbers."""
        if self.metrics_file and self.predictions:
            raise ValueError("name either `metrics-file` or `predictions`; a predictions table gives the metrics too")
        for name in (self.metrics_file, self.predictions):
            if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
                raise ValueError(f"`{name}` lies outside of the project's folder")
        return self


class GateSection(Section):
    """What one metric must reach. A champion's metric is compared wherever `tolerance` is set."""

    min: float | None = None
    """Smallest value that passes."""
    max: float | None = None
    """Largest value that passes."""
    tolerance: float | None = Field(default=None, gt=0)
    """How much worse than the champion is still no loss, in the metric's own unit."""
    mode: Literal["block", "warn", "off"] = "block"
    """Whether a miss stops the line."""
    decide: Literal["point", "interval"] = "point"
    """Whether the point, or the whole interval, must clear `min` and `max`."""
    cannot_tell: Literal["block", "warn"] = "warn"
    """What follows when the data cannot tell whether the candidate is worse."""
    greater_is_better: bool | None = None
    """Direction of a metric that trainstop does not know."""

    @model_validator(mode="after")
    def _something_to_reach(self) -> Self:
        """Refuse a gate that nothing can miss, or nothing can pass."""
        if self.mode != "off" and self.min is None and self.max is None and self.tolerance is None:
            raise ValueError("a gate needs `min`, `max` or `tolerance`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` is above `max`, so nothing could pass")
        return self


Target = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$|^$")]


class OwnMetricSection(Section):
    """A metric of the project's own: a function of the predictions table that returns one number."""

    function: Target = ""
    """`package.module:function`, imported in the project's environment; when empty, the entry point of this name in the
    group `trainstop.metrics`."""
    greater_is_better: bool = True
    """Its direction."""
    columns: tuple[str, ...] = ()
    """Columns of the evaluation data that it looks at beside the target and the answers."""
    timeout: Seconds = 600.0
    """How long it may take for all its calls: 20 to 100 for its interval, and as many for the champion's."""


class ModelTestSection(Section):
    """Tests of the model itself."""

    rows: int = Field(default=2000, ge=1)
    """Rows of the evaluation data that are used; all of them for a ranking, whose queries must be whole."""
    beats_dummy: bool = True
    """Whether the model must do better than the best constant answer."""
    timeout: Seconds = 600.0
    """How long loading and answering may take together, each time the model is asked in a process of its own."""
    memory_limit: Bytes | None = None
    """The model's process is ended, and the test failed, when it takes more memory than this, like `"4GB"`."""
    performance: PerformanceSection = PerformanceSection()
    robustness: RobustnessSection = RobustnessSection()
    behaviour: tuple[BehaviourSection, ...] = ()
    """Rules that the answers must keep, each an entry `[[model-test.behaviour]]`."""
    tests: str = ""
    """The project's own tests of the model, like `python -m pytest tests/model`, in the project's environment; its
    fixtures are `trainstop_model` and `trainstop_predictions`."""
    tests_timeout: Seconds = 600.0
    """How long these tests may take."""
    fairness: FairnessSection = FairnessSection()
    leakage: LeakageSection = LeakageSection()
