"""A model asked for predictions, in its own recorded environment, by a project-side script."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from trainstop.bundles import Bundle


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """What to ask of a model."""

    bundle: Bundle
    """Holds the model and its environment's lock."""
    tables: tuple[Path, ...]
    """Parquet or CSV files with the evaluation rows."""
    predictions: Path
    """Where the predictions table goes (Parquet)."""
    golden: Path | None = None
    """Where golden predictions go, when wanted."""
    method: Literal["auto", "predict", "predict_proba"] = "auto"
    positive: str = ""
    """Class that a single probability a row is of, spelled; when empty, the one that `data.positive` names."""
    classes: tuple[str, ...] = ()
    """Classes of its scores, spelled and in their order, where neither the model nor its answer names them; when empty,
    those of the data."""
    quantiles: tuple[float, ...] | None = None
    """Quantiles in the order in which the model gives them; None takes `evaluate.quantiles`."""
    clean: bool = False
    """Whether a new environment is made from the lock instead of a kept one."""
    limit: int | None = None
    """At most this many rows, evenly spread over the table."""
    memory: int | None = None
    """Bytes that the model's process may take; it is ended when it takes more."""
    timeout: float = 3600.0
    """Seconds for loading and answering together; making the environment is not counted."""


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """What came of it.

    The table holds `row_id`, `target`, `prediction`, `score` or `score_<class>`, and the time, cluster and slice
    columns of the configuration under their own names.
    """

    rows: int
    load_seconds: float
    predict_seconds: float
    peak_memory_bytes: int
    inputs: tuple[str, ...]
    """The model's input columns, by its signature."""
    classes: tuple[str, ...]
    """Classes in the order in which the model gives their scores, spelled; empty where it gives none."""


class Scorer(Protocol):
    """Scores tables with models. What a model asks to be trusted is compared with the configuration before loading."""

    def check(self, bundle: Bundle) -> float:
        """Load a model in its own environment, and nothing else; return the seconds it took.

        Raises:
            ProjectCodeError: the model does not load, crashes, or is not trusted.
            TimeLimitError: it took too long.
            UnavailableError: its environment cannot be built.

        """

    def score(self, request: ScoreRequest) -> ScoreResult:
        """Score a table.

        Raises:
            InputError: a column is missing, or the model gives no scores.
            ProjectCodeError: the model does not load, crashes, or is not trusted.
            TimeLimitError: it took too long.
            UnavailableError: its environment cannot be built.

        """

    def golden(self, request: ScoreRequest) -> None:
        """Write golden predictions to `request.golden`, and no table; a model that gives labels only has them too.

        Raises:
            InputError: a column is missing.
            ProjectCodeError: the model does not load, crashes, or is not trusted.
            TimeLimitError: it took too long.
            UnavailableError: its environment cannot be built.

        """
