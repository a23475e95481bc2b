"""A model examined in its own recorded environment: timed, asked again, asked about changed rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from trainstop.bundles import Bundle

Section = Literal["sanity", "behaviour", "ranking", "robustness"]


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """What to examine."""

    bundle: Bundle
    clean: bool = False
    """Whether a new environment is made from the lock instead of a kept one."""
    champion: Bundle | None = None
    """Asked in turns with the candidate, for its speed alone."""
    tables: tuple[Path, ...]
    """Parquet or CSV files with the evaluation rows."""
    answers: Path
    """Folder for the answers, a file a question; `rows.parquet` holds ids, targets, and the columns to keep."""
    limit: int | None
    """At most this many rows, evenly spread over the tables; None for all."""
    method: Literal["auto", "predict", "predict_proba"] = "auto"
    seed: int = 0
    rounds: int = 20
    """Rounds of timing."""
    calls: int = 10
    """Single-row calls a round."""
    batch_rows: int = 1000
    singles: int = 50
    """Rows that are asked one by one and compared with the batch."""
    robustness: Mapping[str, Any] | None = None
    """How rows are spoiled: `kinds`, `noise`, `factors`, `columns`, `time`; None for not at all."""
    behaviour: tuple[Mapping[str, Any], ...] = ()
    """Rules: `kind`, `title`, `columns`, `values`, `by`, `where`."""
    memory: int | None = None
    """Bytes that a model's process may take."""
    timeout: float = 600.0


@dataclass(frozen=True)
class Timing:
    """Seconds of calls."""

    load_seconds: float
    single: tuple[tuple[float, ...], ...]
    """Of single-row calls, round by round."""
    batch: tuple[float, ...]
    """Of one call with `batch_rows` rows a round."""
    batch_rows: int
    peak_memory_bytes: int


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question."""

    section: Section
    kind: str
    """Sanity: `base`, `again`, `shuffled`, `single`. Behaviour: the rule's number. Else how the rows were spoiled."""
    column: str
    detail: str
    rows: int
    file: str
    """With the answers, below the folder that was asked for; empty when there are none."""
    error: str
    """What the model raised."""


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What was seen, in the order of asking."""

    load_seconds: float
    inputs: tuple[str, ...] = ()
    """The model's input columns."""
    timing: Timing | None
    timing_error: str = ""
    champion: Timing | None = None
    champion_error: str = ""
    probes: tuple[Probe, ...] = ()
    left_out: int = 0
    """Columns that were not spoiled in every way."""
    broke: str = ""
    """How the model's process ended before it was through, and what it was asked then."""
    broke_in: str = ""
    """The section it was in."""


@dataclass(frozen=True)
class Fixtures:
    """What a child needs so that pytest in it has our fixtures."""

    environment: Mapping[str, str]
    modules: tuple[Path, ...]
    """Folders for its PYTHONPATH."""


class Prober(Protocol):
    """Examines models. What a model asks to be trusted is compared with the configuration before loading."""

    def probe(self, request: ProbeRequest) -> ProbeResult:
        """Examine a model; one that ends its process leaves what was seen before.

        Raises:
            InputError: a column is missing, a rule cannot be asked, or the model gives no scores.
            ProjectCodeError: the model does not load, refuses the rows as they are, or is not trusted.
            UnavailableError: its environment cannot be built.

        """

    def fixtures(self, bundle: Bundle, predictions: Path, room: Path) -> Fixtures:
        """Prepare what the project's own tests of a model need; files go to `room`.

        Raises:
            ProjectCodeError: the model is not trusted.
            UnavailableError: its environment cannot be built.

        """
