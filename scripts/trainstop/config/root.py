"""The whole configuration file, and the sections that describe the model, its code and its data."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from trainstop.config.base import Section
from trainstop.config.checks import LintSection, TestSection
from trainstop.config.delivery import (
    EnvironmentSection,
    IntegrationTestSection,
    RegistrySection,
    StagingTestSection,
)
from trainstop.config.judging import EvaluateSection, GateSection, ModelTestSection, OwnMetricSection
from trainstop.config.reporting import CardSection, ReportSection
from trainstop.config.slicing import SliceColumns, SlicesSection
from trainstop.config.training import TrainSection
from trainstop.config.watching import AlertSection, MonitorSection
from trainstop.errors import ConfigurationError

ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
"""Also the name of a folder and of a record."""

MetricName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]


DEFAULT_ENVIRONMENTS: dict[str, dict[str, Any]] = {"staging": {}, "production": {"strategy": "canary"}}
"""What `[environments]` says where the file does not write it."""


class ModelSection(Section):
    """What the model is."""

    name: ModelName
    """Name in the registry: letters, digits, dot, dash and underscore, up to 100."""
    task: Literal["binary", "multiclass", "regression", "ranking", "forecast"]
    """What it predicts: one of two classes, one of several, a number, an order of a query's rows, or a number by its
    quantiles."""
    description: str = ""
    """A sentence for the report and the model card."""
    serving: Literal["endpoint", "batch", "none"] = "endpoint"
    """How its predictions are used."""


class ProjectSection(Section):
    """The project's code and the environment it runs in."""

    source: tuple[str, ...] = ("**/*.py", "*.yaml", "*.yml", "conf*/**/*.yaml", "conf*/**/*.yml", "!tests/**")
    """Globs of the code and settings that training depends on, `!` before what is not; a change here trains again.
    Files that `train.command` names count too, folders that tools make (`venv`, `mlruns`, ...) only when named, code
    outside of the project's folder (`../libs/**/*.py`) only when named, too."""
    lock: str = ""
    """What the project's environment is made from; when empty: uv.lock, requirements*.txt or pyproject.toml."""
    python: str = ""
    """Python of the project's environment, like `3.12`; the one that runs trainstop when empty."""


class DataSection(Section):
    """The data and what its columns mean. Paths are relative to the configuration file; Parquet or CSV."""

    prepare: str = ""
    """Command that makes the data files when one is missing; run in the project's environment."""
    train: tuple[str, ...] = ()
    """Globs of the training data."""
    evaluation: tuple[str, ...] = ()
    """Globs of the evaluation data: rows that training never saw."""
    target: str = "target"
    """Column with the true answer."""
    positive: str | int | bool = 1
    """The value of the target that `score` is the probability of (binary)."""
    id: str = ""
    """Column that names a row; the row's position when empty."""
    time: str = ""
    """Column with the time of a row; needed for profiles per period."""
    cluster: str = ""
    """Column whose rows are not independent of one another (a day, a customer, a route); guessed when empty."""
    query: str = ""
    """Column with the query a row belongs to (ranking, which needs it)."""
    period: Literal["day", "week"] = "week"
    """Length of one period of the reference profile."""
    slices: tuple[SliceColumns, ...] = ()
    """Columns, and pairs of columns like `["carrier", "origin"]`, by whose values results are judged apart."""
    exclude: tuple[str, ...] = ()
    """Columns that are neither features nor named above (left out of the profile)."""

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """Every column that slices are made of, once."""
        return tuple(dict.fromkeys(name for columns in self.slices for name in columns))


class Config(Section):
    """A project's `trainstop.toml`, or `[tool.trainstop]` of its `pyproject.toml`."""

    model: ModelSection
    project: ProjectSection = ProjectSection()
    data: DataSection = DataSection()
    lint: LintSection = LintSection()
    test: TestSection = TestSection()
    train: TrainSection = TrainSection()
    evaluate: EvaluateSection = EvaluateSection()
    gates: dict[str, GateSection] = Field(default_factory=dict)
    """What each metric must reach, by the metric's name."""
    metrics: dict[MetricName, OwnMetricSection] = Field(default_factory=dict)
    """Metrics of the project's own, by name: letters, digits, dash and underscore, up to 63."""
    slices: SlicesSection = SlicesSection()
    model_test: ModelTestSection = ModelTestSection()
    registry: RegistrySection = RegistrySection()
    integration_test: IntegrationTestSection = IntegrationTestSection()
    staging_test: StagingTestSection = StagingTestSection()
    environments: dict[EnvironmentName, EnvironmentSection] = Field(
        default_factory=lambda: {name: EnvironmentSection(**keys) for name, keys in DEFAULT_ENVIRONMENTS.items()}
    )
    """Where the model is deployed, by name. Where the file has no such table: `staging` and `production` (a canary),
    which flags and variables change or add to; a table in the file replaces both.
    Names are letters, digits, dash and underscore, up to 63."""
    monitor: MonitorSection = MonitorSection()
    alert: AlertSection = AlertSection()
    report: ReportSection = ReportSection()
    card: CardSection = CardSection()

    def environment(self, name: str) -> EnvironmentSection:
        """Return the section of an environment.

        Raises:
            ConfigurationError: there is none.

        """
        if name not in self.environments:
            raise ConfigurationError(
                f"there is no environment `{name[:200]}`",
                where="--environment",
                fix=f"one of {', '.join(sorted(self.environments))}, or add it to the configuration",
            )
        return self.environments[name]

    @model_validator(mode="after")
    def _query_of_a_ranking(self) -> Self:
        """Refuse a ranking without queries."""
        if self.model.task == "ranking" and not self.data.query:
            raise ConfigurationError(
                "a ranking model is judged by its queries, and no column names them",
                where="key `data.query`",
                fix="name the column that says which query a row belongs to",
            )
        return self

    @model_validator(mode="after")
    def _seeds_of_a_model(self) -> Self:
        """Refuse several trainings where nothing can be asked of each."""
        named = "metrics-file" if self.evaluate.metrics_file else "predictions" if self.evaluate.predictions else ""
        if self.train.seeds > 1 and named:
            raise ConfigurationError(
                f"each of {self.train.seeds} trainings would write `evaluate.{named}` over the one before",
                where="key `train.seeds`",
                fix=f"leave `train.seeds` out, or hand over a model and leave `evaluate.{named}` out",
            )
        return self

    @property
    def kept_columns(self) -> tuple[str, ...]:
        """Columns that a predictions table keeps beside the answers: by which rows are grouped, shown or measured."""
        own = [name for metric in self.metrics.values() for name in metric.columns]
        named = (self.data.cluster, self.data.query, *self.data.slice_columns, *own, *self.model_test.fairness.names)
        return tuple(dict.fromkeys(name for name in named if name))
